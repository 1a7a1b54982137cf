/*
 * park-polls ADDRESS REQUESTS [tls]
 *
 * Opens a connection for each ready-made poll, sends it and holds the connection. Prints "parked N" when all are out
 * and none was answered for a second, then waits until its standard input ends.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/connection.h"

#define QUIET_MS 1000

int
main (int argc, char **argv)
{
  if (argc < 3) {
    fail ("usage: park-polls ADDRESS REQUESTS [tls]");
  }
  Requests requests = requests_read (argv[2]);
  SSL_CTX *tls = argc > 3 ? connection_tls_context () : NULL;
  Connection *connections = calloc (requests.n, sizeof *connections);
  struct pollfd *polls = calloc (requests.n, sizeof *polls);
  if (connections == NULL || polls == NULL) {
    fail ("no memory for %zu connections", requests.n);
  }
  for (size_t i = 0; i < requests.n; i++) {
    connections[i] = connection_open (argv[1], tls, NULL);
    for (size_t written = 0; written < requests.lengths[i] && !connections[i].closed;) {
      written += connection_write (&connections[i], requests.bytes[i] + written,
                                   requests.lengths[i] - written);
    }
    polls[i] = (struct pollfd){ .fd = connections[i].fd, .events = POLLIN };
  }

  for (double quiet_since_s = now_s (); now_s () - quiet_since_s < QUIET_MS / 1000.0;) {
    if (poll (polls, requests.n, QUIET_MS) <= 0) {
      continue;
    }
    for (size_t i = 0; i < requests.n; i++) {
      char answer[4096];
      /* TLS session tickets arrive here as well, and read as nothing. */
      size_t n =
          polls[i].revents != 0 ? connection_read (&connections[i], answer, sizeof answer) : 0;
      if (connections[i].closed) {
        fail ("the server closed a connection");
      }
      if (n > 0) {
        fail ("a poll was answered: %.*s", (int)n, answer);
      }
      if (polls[i].revents != 0) {
        quiet_since_s = now_s ();
      }
    }
  }
  printf ("parked %zu\n", requests.n);
  fflush (stdout);
  char byte;
  while (read (STDIN_FILENO, &byte, 1) > 0) {
  }
  return 0;
}
