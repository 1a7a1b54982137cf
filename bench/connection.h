#pragma once

#include <openssl/ssl.h>
#include <stddef.h>

/*
 * What the load programs share: many non-blocking connections to one server, plain or TLS, and files of ready-made
 * requests. Benchmarks measure the server, so these do as little as they can: requests are signed beforehand by
 * bench/run and only written here.
 *
 * Errors end the program with a message: a benchmark with errors has no result.
 */
typedef struct {
  int fd;
  SSL *tls;   /* NULL: plain */
  int closed; /* by the server */
} Connection;

/* Requests as they go over the wire, read from a file of "<decimal length>\n<bytes>" records. */
typedef struct {
  size_t n;
  const char **bytes;
  size_t *lengths;
} Requests;

Requests requests_read (const char *path);

/* The server's certificate is not checked: it is not what is measured. */
SSL_CTX *connection_tls_context (void);

/* "127.0.0.1:8600"; blocks until connected and, with TLS, until the handshake is done; then non-blocking. name: what TLS
 * asks for (SNI); NULL: nothing. */
Connection connection_open (const char *address, SSL_CTX *tls, const char *name);
void connection_close (Connection *connection);

/* Bytes moved, 0 when it would block or the server has closed the connection. */
size_t connection_write (Connection *connection, const char *bytes, size_t n);
size_t connection_read (Connection *connection, char *bytes, size_t n);

/* Ends the program. */
void fail (const char *format, ...) __attribute__ ((noreturn, format (printf, 1, 2)));

/* Seconds of a clock that never goes back. */
double now_s (void);
