#pragma once

#include "core/arena.h"

/*
 * What the agent's processes say to each other (docs/architecture.md, "The agent's processes"), and its form as bytes. One
 * table states for each kind of message who may send it to whom, its fields and their bounds, and whether a descriptor
 * goes with it; encoding and decoding are two functions over that table. Decoding trusts nothing: it is what stands between the
 * privileged processes and the one that talks to the network.
 *
 * A frame is a header of CHANNEL_HEADER_BYTES (length of the body, kind, a mark) and a body: each field of the kind in the order of
 * the table, a number as 4 bytes, a text as its length and bytes. Numbers are the machine's: both ends are one program.
 *
 * Thread rule: pure functions; any thread. Texts of decoded messages live in the arena.
 */

/* Who speaks to whom. Each kind belongs to exactly one of these. */
typedef enum {
  CHANNEL_NETWORK_TO_MASTER,
  CHANNEL_MASTER_TO_NETWORK,
  CHANNEL_NETWORK_TO_WORKER,
  CHANNEL_WORKER_TO_NETWORK
} ChannelRoute;

typedef enum {
  /* network process to master */
  CHANNEL_WANT_WORKER = 1, /* for a command: answered with WORKER or REFUSED of the same serial */
  CHANNEL_WANT_KEYS,       /* answered with KEYS or REFUSED */
  CHANNEL_POLLING, /* the service has answered a poll: the first, one after failures, now and then */
  CHANNEL_POLL_FAILED,
  CHANNEL_PONG,
  /* master to network process */
  CHANNEL_WORKER, /* with a descriptor: the worker's channel */
  CHANNEL_KEYS,
  CHANNEL_REFUSED,
  CHANNEL_RECOVERY, /* with a descriptor: the channel of a worker that reports what was left */
  CHANNEL_PING,
  CHANNEL_STOP,
  /* network process to worker */
  CHANNEL_COMMAND, /* first, and once; with the specification, if the service has given it already */
  CHANNEL_SPECIFICATION, /* answers WANT_SPECIFICATION */
  CHANNEL_ACKNOWLEDGED,  /* answers ACKNOWLEDGE and BEGIN */
  CHANNEL_FETCHED,       /* answers FETCH */
  CHANNEL_REPORTED,      /* answers REPORT: the service has had it, or does not want it */
  CHANNEL_RESUMED,       /* answers RESUME */
  CHANNEL_FAILED,        /* answers any of them */
  /* worker to network process */
  CHANNEL_WANT_SPECIFICATION,
  CHANNEL_ACKNOWLEDGE,
  CHANNEL_FETCH, /* with a descriptor: the file that the bundle goes to */
  CHANNEL_REPORT,
  CHANNEL_RESUME, /* a command of an earlier run that has not begun: it is to be taken on */
  CHANNEL_END,    /* last, and once */
  CHANNEL_BEGIN, /* in place of ACKNOWLEDGE: that is left for later, and done if the command takes long */
} ChannelKind;
#define CHANNEL_LAST_KIND CHANNEL_BEGIN

/* Why a call of the service failed (CHANNEL_FAILED). */
typedef enum {
  CHANNEL_FAILURE_GAVE_UP, /* no answer for too long, or the agent is being stopped */
  CHANNEL_FAILURE_REFUSED, /* the service said no */
  CHANNEL_FAILURE_LAST = CHANNEL_FAILURE_REFUSED
} ChannelFailure;

/* How a conversation ended (CHANNEL_END). */
typedef enum {
  CHANNEL_END_DROPPED, /* nothing ran and nothing was reported: the service may hand it out again */
  CHANNEL_END_OVER,
  CHANNEL_END_BUSY, /* another worker is at this command */
  CHANNEL_END_LAST = CHANNEL_END_BUSY
} ChannelEnd;

/* The members that a kind does not have are zero. */
typedef struct {
  ChannelKind kind;
  guint32 serial;
  guint32 failure; /* ChannelFailure */
  guint32 end;     /* ChannelEnd */
  guint32 is_noop; /* 0 or 1, as succeeded */
  guint32 succeeded;
  guint32 revision_type; /* SpecRevisionType: S3 or GitHub */
  guint32 course;        /* BundleFetchCourse */
  guint32 is_specified;  /* 0 or 1: system, format and payload of COMMAND are an answer */
  guint32 is_short;      /* 0 or 1: of the short conversation (docs/host-protocol.md) */
  const char *text;      /* for people */
  const char *command_id, *host_identifier, *execution_id, *command_name;
  const char *own_identifier, *region;   /* of this host, as the network process knows them */
  const char *system, *format, *payload; /* NULL: the answer has none */
  const char *status;                    /* of the acknowledgement; NULL: none */
  const char *access_key_id, *secret_access_key, *session_token;
  const char *bucket, *key, *version, *etag, *account, *repository, *commit_id;
  const char *bundle_type, *github_token;
} ChannelMessage;

#define CHANNEL_ERROR (channel_error_quark ())
GQuark channel_error_quark (void);
typedef enum {
  CHANNEL_ERROR_FORBIDDEN, /* a message that this peer may not send, or not as it is */
  CHANNEL_ERROR_ENDED,     /* the peer is gone */
  CHANNEL_ERROR_FAILED
} ChannelError;

#define CHANNEL_HEADER_BYTES 8

typedef struct {
  ChannelKind kind;
  gsize body_bytes;
  gboolean carries_descriptor;
} ChannelHeader;

/* The first CHANNEL_HEADER_BYTES of a frame that comes along route. The body's length is within what its kind can have. */
gboolean channel_header_decode (ChannelRoute route, const guint8 *bytes, ChannelHeader *out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean channel_body_decode (const ChannelHeader *header, const guint8 *bytes, Arena *arena,
                              ChannelMessage *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/*
 * A whole frame. Fails for a message that the other end would refuse: a member that is too long, missing or not UTF-8. Only text,
 * which is for people, is made to fit instead.
 */
GByteArray *channel_message_encode (ChannelRoute route, const ChannelMessage *message,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean channel_kind_carries_descriptor (ChannelKind kind);
/* "COMMAND"; for messages. */
const char *channel_kind_name (ChannelKind kind);
