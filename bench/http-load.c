/*
 * http-load ADDRESS CONNECTIONS SECONDS REQUESTS [NAME]
 *
 * Sends ready-made requests over keep-alive connections, one at a time on each, for the given time after a tenth of it
 * for warming up. With NAME it is TLS with a server of that name. Prints {"requests_per_s": ..., "p50_us": ..., "p99_us":
 * ..., "requests": ..., "all_requests": ..., "connects": ..., "cpu_s": ...}; "all_requests" includes those of the warming up,
 * "cpu_s" is this program's own. A server that closes a connection between two requests gets a new one, within the next
 * request's time. An answer that is not a 200 ends it.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "bench/connection.h"

#define ANSWER_BYTES 65536
#define MAX_SAMPLES  (8 * 1024 * 1024)

typedef struct {
  Connection connection;
  size_t request, written; /* which one is on its way, and how much of it */
  size_t received;
  double sent_s;
  char answer[ANSWER_BYTES];
} Client;

typedef struct {
  const char *address, *name;
  SSL_CTX *tls;
  int epoll;
  Requests requests;
  size_t n_answers, n_connects;
  uint32_t *samples_us;
  size_t n_samples;
  double begin_s, end_s;
} Load;

/* Whether the whole answer is in the buffer. */
static int
answer_is_whole (const Client *client)
{
  const char *end = memmem (client->answer, client->received, "\r\n\r\n", 4);
  if (end == NULL) {
    return 0;
  }
  if (client->received < 12 || memcmp (client->answer + 9, "200", 3) != 0) {
    fail ("an answer that is not 200: %.*s", (int)client->received, client->answer);
  }
  const char *field = NULL;
  for (const char *at = client->answer; at < end; at++) {
    if (*at == '\n' && strncasecmp (at + 1, "content-length:", 15) == 0) {
      field = at + 16;
    }
  }
  if (field == NULL) {
    fail ("an answer without Content-Length");
  }
  size_t whole = (size_t)(end - client->answer) + 4 + strtoul (field, NULL, 10);
  if (whole > ANSWER_BYTES) {
    fail ("an answer of more than %d bytes", ANSWER_BYTES);
  }
  return client->received >= whole;
}

static void
connect_client (Load *load, Client *client)
{
  client->connection = connection_open (load->address, load->tls, load->name);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = client };
  epoll_ctl (load->epoll, EPOLL_CTL_ADD, client->connection.fd, &event);
  load->n_connects++;
}

static void
write_on (Load *load, Client *client)
{
  const char *bytes = load->requests.bytes[client->request];
  size_t length = load->requests.lengths[client->request];
  while (client->written < length) {
    size_t n =
        connection_write (&client->connection, bytes + client->written, length - client->written);
    if (n == 0) {
      return; /* requests are small: there is room again when something can be read */
    }
    client->written += n;
  }
}

/* Between two requests a server may close; within an answer it may not. */
static void
connect_again (Load *load, Client *client)
{
  if (client->received > 0) {
    fail ("the server closed a connection within an answer");
  }
  if (load->n_answers == 0) {
    fail ("the server closed a connection without an answer");
  }
  connection_close (&client->connection);
  connect_client (load, client);
  client->written = 0;
  write_on (load, client);
}

static void
begin_request (Load *load, Client *client)
{
  client->request = (client->request + 1) % load->requests.n;
  client->written = client->received = 0;
  client->sent_s = now_s ();
  write_on (load, client);
}

static void
read_on (Load *load, Client *client)
{
  write_on (load, client);
  size_t n;
  while ((n = connection_read (&client->connection, client->answer + client->received,
                               ANSWER_BYTES - client->received)) > 0) {
    client->received += n;
    if (!answer_is_whole (client)) {
      continue;
    }
    double now = now_s ();
    load->n_answers++;
    if (now >= load->begin_s && now < load->end_s && load->n_samples < MAX_SAMPLES) {
      load->samples_us[load->n_samples++] = (uint32_t)((now - client->sent_s) * 1e6);
    }
    begin_request (load, client);
  }
  if (client->connection.closed) {
    connect_again (load, client);
  }
}

static int
compare (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static double
own_cpu_s (void)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void
run (Load *load, Client *clients, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    begin_request (load, &clients[i]);
  }
  struct epoll_event events[64];
  while (now_s () < load->end_s) {
    int ready = epoll_wait (load->epoll, events, 64, 100);
    for (int i = 0; i < ready; i++) {
      read_on (load, events[i].data.ptr);
    }
  }
}

int
main (int argc, char **argv)
{
  if (argc < 5) {
    fail ("usage: http-load ADDRESS CONNECTIONS SECONDS REQUESTS [NAME]");
  }
  size_t n = strtoul (argv[2], NULL, 10);
  double duration_s = strtod (argv[3], NULL);
  Load load = { .address = argv[1],
                .name = argc > 5 ? argv[5] : NULL,
                .tls = argc > 5 ? connection_tls_context () : NULL,
                .epoll = epoll_create1 (EPOLL_CLOEXEC),
                .requests = requests_read (argv[4]) };
  load.samples_us = calloc (MAX_SAMPLES, sizeof *load.samples_us);
  Client *clients = calloc (n, sizeof *clients);
  if (n == 0 || load.samples_us == NULL || clients == NULL) {
    fail ("no connections, or no memory for them");
  }
  for (size_t i = 0; i < n; i++) {
    connect_client (&load, &clients[i]);
    clients[i].request = i;
  }

  load.begin_s = now_s () + duration_s / 10;
  load.end_s = load.begin_s + duration_s;
  run (&load, clients, n);
  if (load.n_samples == 0) {
    fail ("no answers in %.1f s", duration_s);
  }
  qsort (load.samples_us, load.n_samples, sizeof *load.samples_us, compare);
  printf ("{\"requests_per_s\": %.0f, \"p50_us\": %u, \"p99_us\": %u, \"requests\": %zu, "
          "\"all_requests\": %zu, \"connects\": %zu, \"cpu_s\": %.3f}\n",
          (double)load.n_samples / duration_s, load.samples_us[load.n_samples / 2],
          load.samples_us[load.n_samples * 99 / 100], load.n_samples, load.n_answers,
          load.n_connects, own_cpu_s ());
  return 0;
}
