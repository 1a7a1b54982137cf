#pragma once

#include <glib.h>

#include "core/ambient.h"
#include "proto/credentials.h"
#include "proto/http-wire.h"

/*
 * HTTP requests over libcurl, which is transport only: signing is ours (core/sigv4). One HttpClient keeps its
 * connections alive for the next request to the same server.
 *
 * It does not retry and does not follow redirects: callers know what may be repeated. (One case is libcurl's: when the
 * peer had closed a kept connection before the first byte of an answer, the request goes out again on a new one.) An
 * HTTP status of 400 or more is an answer, not an error.
 *
 * Thread rule: a client belongs to one thread at a time; make one for each thread that sends. Only
 * http_client_abort may be called from any other thread. Calls block until the answer is there.
 */
typedef struct HttpClient HttpClient;

typedef enum {
  HTTP_CLIENT_ERROR_SETTINGS, /* a bad URL, proxy or CA file: trying again does not help */
  HTTP_CLIENT_ERROR_CONNECT,  /* no such host, refused, unreachable, or the connection broke */
  HTTP_CLIENT_ERROR_TLS,      /* handshake or certificate */
  HTTP_CLIENT_ERROR_TIMEOUT,
  HTTP_CLIENT_ERROR_PROTOCOL,  /* the peer does not speak HTTP, or cut the answer short */
  HTTP_CLIENT_ERROR_TOO_LARGE, /* the answer is over the cap */
  HTTP_CLIENT_ERROR_FILE,      /* reading the upload or writing the download failed */
  HTTP_CLIENT_ERROR_ABORTED,
} HttpClientError;
#define HTTP_CLIENT_ERROR (http_client_error_quark ())
GQuark http_client_error_quark (void);

/* Everything may be left 0 or NULL for the default in brackets. Strings are copied. */
typedef struct {
  const char *ca_file;      /* PEM bundle that replaces the system's [the system's] */
  const char *ca_directory; /* folder whose *.pem and *.crt are trusted in addition [none] */
  const char *proxy;    /* "http://user:password@host:port"; "" for none [environment, as curl] */
  const char *no_proxy; /* hosts reached without it, separated by commas; "*": all [environment] */
  HttpWireLine wire;    /* gets a line for each header, without secrets [none] */
  gpointer wire_ctx;
  const char *user_agent;  /* [slipway/VERSION] */
  guint connect_timeout_s; /* [15] */
  guint timeout_s;         /* a whole request with both bodies in memory [80] */
  guint stall_s;           /* so long without a byte ends a transfer from or to a file [60] */
  const Ambient *ambient;  /* the clock that signs; not copied [the system's] */
} HttpClientSettings;

HttpClient *http_client_new (const HttpClientSettings *settings, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void http_client_free (HttpClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpClient, http_client_free)

/* Ends the request in progress, and every later one, with HTTP_CLIENT_ERROR_ABORTED, at once. Any thread. */
void http_client_abort (HttpClient *client);
/* Lets requests through again. */
void http_client_resume (HttpClient *client);

typedef struct {
  const char *name;
  const char *value;
} HttpClientHeader;

/* How to sign. Nothing may be NULL. Service "s3" is signed the way S3 wants it. */
typedef struct {
  const Credentials *credentials;
  const char *region;
  const char *service;
  gint64 clock_offset_ms; /* added to our clock, for a peer whose clock is known to differ */
} HttpClientSigning;

typedef struct HttpClientAnswer HttpClientAnswer;

/* Bytes of an answer to a file so far, and how many it will have: -1 when it did not say. */
typedef void (*HttpClientProgress) (gpointer ctx, gint64 done, gint64 expected);

/*
 * One request; start from { 0 }. The body is from memory (body), from a file (body_from_fd), or absent. The answer goes
 * to memory, or with answer_to_fd to a file when its status is 2xx. File descriptors stay the caller's.
 */
typedef struct {
  const char *method; /* "GET" */
  const char *url;    /* absolute, http or https, path and query already percent-encoded */
  const HttpClientHeader *headers;
  gsize n_headers;
  const HttpClientSigning *signing; /* NULL: unsigned */
  guint timeout_s; /* 0: the client's; with a file on either side, none but stall_s */

  gconstpointer body;
  gsize body_length;

  gboolean body_from_fd; /* body_fd_length bytes of body_fd from body_offset on */
  int body_fd;
  gint64 body_offset;
  gint64 body_fd_length;
  const char *body_sha256; /* their hash in lower-case hex; NULL: UNSIGNED-PAYLOAD, for S3 only */

  gsize max_answer_bytes; /* in memory; 0: 4 MiB */

  gboolean answer_to_fd; /* written from the descriptor's position on */
  int answer_fd;
  gint64 max_answer_fd_bytes;  /* 0: no cap */
  HttpClientProgress progress; /* after each piece; NULL: none */
  gpointer progress_ctx;
  HttpClientAnswer **
      out_broken; /* gets status and headers of an answer that broke off after them; NULL: not wanted */
} HttpClientRequest;

void http_client_answer_free (HttpClientAnswer *answer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpClientAnswer, http_client_answer_free)

/* Sends and waits. Messages name the server (scheme, host, port), never the query or a header. */
HttpClientAnswer *http_client_send (HttpClient *client, const HttpClientRequest *request,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

guint http_client_answer_status (const HttpClientAnswer *answer);
/* The last header of that name, case-insensitively, or NULL. */
const char *http_client_answer_header (const HttpClientAnswer *answer, const char *name);
/* The body in memory, NUL-terminated for convenience. */
const char *http_client_answer_body (const HttpClientAnswer *answer, gsize *out_length);
/* Bytes of body, in memory or written to the file. */
gint64 http_client_answer_size (const HttpClientAnswer *answer);
