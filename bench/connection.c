#include "bench/connection.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

void
fail (const char *format, ...)
{
  va_list arguments;
  va_start (arguments, format);
  /* va_start is two lines above. NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized) */
  vfprintf (stderr, format, arguments);
  va_end (arguments);
  fputc ('\n', stderr);
  exit (1); /* NOLINT(concurrency-mt-unsafe): there is one thread */
}

double
now_s (void)
{
  struct timespec now;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

Requests
requests_read (const char *path)
{
  FILE *file = fopen (path, "rb");
  if (file == NULL) {
    fail ("cannot read %s: %m", path);
  }
  Requests all = { 0 };
  char line[32];
  while (fgets (line, sizeof line, file) != NULL) {
    char *end = NULL;
    size_t length = strtoul (line, &end, 10);
    char *bytes = malloc (length);
    if (*end != '\n' || bytes == NULL || fread (bytes, 1, length, file) != length) {
      fail ("%s is not a file of requests", path);
    }
    all.bytes = reallocarray (all.bytes, all.n + 1, sizeof *all.bytes);
    all.lengths = reallocarray (all.lengths, all.n + 1, sizeof *all.lengths);
    all.bytes[all.n] = bytes;
    all.lengths[all.n++] = length;
  }
  fclose (file);
  if (all.n == 0) {
    fail ("%s has no requests", path);
  }
  return all;
}

SSL_CTX *
connection_tls_context (void)
{
  SSL_CTX *context = SSL_CTX_new (TLS_client_method ());
  SSL_CTX_set_mode (context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return context;
}

Connection
connection_open (const char *address, SSL_CTX *tls, const char *name)
{
  struct rlimit files;
  if (getrlimit (RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit (RLIMIT_NOFILE, &files);
  }
  char host[64];
  const char *colon = strrchr (address, ':');
  struct sockaddr_in to = { .sin_family = AF_INET };
  if (colon == NULL || (size_t)(colon - address) >= sizeof host) {
    fail ("%s is not ADDRESS:PORT", address);
  }
  memcpy (host, address, (size_t)(colon - address));
  host[colon - address] = '\0';
  to.sin_port = htons ((uint16_t)strtoul (colon + 1, NULL, 10));
  if (inet_pton (AF_INET, host, &to.sin_addr) != 1) {
    fail ("%s is not an IPv4 address", host);
  }

  Connection connection = { .fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
  if (connection.fd < 0 || connect (connection.fd, (struct sockaddr *)&to, sizeof to) != 0) {
    fail ("cannot connect to %s: %m", address);
  }
  int on = 1;
  setsockopt (connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (tls != NULL) {
    connection.tls = SSL_new (tls);
    SSL_set_fd (connection.tls, connection.fd);
    if (name != NULL) {
      SSL_set_tlsext_host_name (connection.tls, name);
    }
    if (SSL_connect (connection.tls) != 1) {
      fail ("no TLS with %s", address);
    }
  }
  fcntl (connection.fd, F_SETFL, O_NONBLOCK);
  return connection;
}

void
connection_close (Connection *connection)
{
  SSL_free (connection->tls);
  close (connection->fd);
}

static size_t
tls_result (Connection *connection, int result)
{
  if (result > 0) {
    return (size_t)result;
  }
  int reason = SSL_get_error (connection->tls, result);
  connection->closed = reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE;
  return 0;
}

static size_t
plain_result (Connection *connection, ssize_t result)
{
  if (result > 0) {
    return (size_t)result;
  }
  connection->closed = result == 0 || (errno != EAGAIN && errno != EINTR);
  return 0;
}

size_t
connection_write (Connection *connection, const char *bytes, size_t n)
{
  return connection->tls != NULL
             ? tls_result (connection, SSL_write (connection->tls, bytes, (int)n))
             : plain_result (connection, send (connection->fd, bytes, n, MSG_NOSIGNAL));
}

size_t
connection_read (Connection *connection, char *bytes, size_t n)
{
  return connection->tls != NULL
             ? tls_result (connection, SSL_read (connection->tls, bytes, (int)n))
             : plain_result (connection, recv (connection->fd, bytes, n, 0));
}
