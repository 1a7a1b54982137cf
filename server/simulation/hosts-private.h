#pragma once

#include "server/simulation/hosts.h"

/* What the hosts' own files share. */

typedef enum {
  KEPT_TAKEN, /* on the agent's disk, not acknowledged yet */
  KEPT_RUNNING,
  KEPT_DONE, /* its result waits to be heard */
  KEPT_OVER
} KeptState;

/* A command on the agent's disk. */
typedef struct {
  KeptState state;
  EngineReport result;
} Kept;

typedef struct {
  Hosts *hosts;
  char *name, *arn;
  guint64
      life; /* changes whenever its agent ends: what was on its way to the one before is not for this one */
  gboolean alive, polling;
  gboolean unknown;    /* to the server: what it asks is refused */
  guint64 poll_number; /* of the latest one */
  gboolean lies;
  gboolean is_short;   /* it takes its next command from the answer to a report */
  gboolean was_copied; /* it may do again what it did before the copy was taken */
  gint64 skewed_until_ms;
  gint64 last_message_ms; /* when the latest message from it or to it arrives */
  GHashTable *kept;       /* command id -> Kept */
  GHashTable *copy;       /* of an earlier day; NULL: none */
  gint64 begin_ms;        /* when it was launched */
  gboolean gone;
  char *last_id; /* the last command that it was given; NULL */
} Host;

struct Hosts {
  World *world;
  Chance chance;
  GPtrArray *all;  /* Host */
  gsize n_first;   /* of those, which were there at first */
  gint64 lived_ms; /* of those that have ended */
  HostsSabotage sabotage;
};

/* ---- what a host tells the server (host-reports.c) ---- */
void host_report (Host *host, const char *command_id, EngineReport report, int tries);
/* It says what nobody asked for. */
void host_lie (Host *host);

/* ---- its agent (hosts.c) ---- */
/* The server's answer, with a command, is on its way. */
void host_answer (Host *host, guint64 life, const char *command_id, const char *name);
void host_begin (Host *host, const char *command_id);
void host_forget (Host *host, const char *command_id);
