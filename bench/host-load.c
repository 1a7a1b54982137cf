/*
 * host-load ADDRESS HOSTS [tls]
 *
 * Many hosts in one process, each with a connection of its own that it keeps, saying what host agents say (agent.md 1.9).
 * First it registers them with the administrator's key of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; host N has the tag "rank" with
 * the smallest of 1, 10, 100... that is greater than N. Then it polls, and whatever command comes is a no-op that succeeds.
 *
 * Standard input, a line each:
 *   pattern NAME   how they talk from now on: a row of the table `patterns`
 *   report         prints one line of JSON: what was asked since the last one, and this program's processor time
 * Its end ends the program.
 *
 * Standard output: "registered SECONDS" once; "started EXECUTION-ID SECONDS" when the first acknowledgement of a deployment has
 * been answered, by the clock that never goes back. An answer that is not a 200 ends it with a message.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/connection.h"
#include "bench/host-request.h"

#define REGISTERED_AT_ONCE 48
#define ANSWER_BYTES       65536
#define COMMANDS           "CodeDeployCommandService_v20141006."
#define SUCCESS                                                                                    \
  "\"Diagnostics\":{\"Format\":\"JSON\",\"Payload\":\"{\\\"error_code\\\":0,\\\"script_name\\\":"  \
  "\\\"\\\",\\\"message\\\":\\\"Succeeded: \\\",\\\"log\\\":\\\"\\\"}\"}"

/* How an agent talks. */
typedef struct {
  const char *name;
  const char *conversation; /* what it says that it can; NULL: nothing */
  gboolean
      hooks_are_noops; /* it says of a hook without a script, when it acknowledges, that there is nothing to do */
} Pattern;

static const Pattern patterns[] = {
  { "stock-1.8", NULL, TRUE },
  { "stock-2.x", NULL, FALSE },
  { "short", "short", TRUE },
};

#define ASKED_LIST(X)                                                                              \
  X (ASKED_REGISTER, "registrations")                                                              \
  X (ASKED_POLL, "polls")                                                                          \
  X (ASKED_SPECIFICATION, "specifications")                                                        \
  X (ASKED_ACKNOWLEDGE, "acknowledgements")                                                        \
  X (ASKED_COMPLETE, "completions")
#define ASKED_ENUMERATOR(id, name) id,
typedef enum {
  ASKED_LIST (ASKED_ENUMERATOR) N_ASKED
} Asked;
#define ASKED_NAME(id, name) [id] = name,
static const char *const asked_names[] = { ASKED_LIST (ASKED_NAME) };

typedef struct {
  Connection connection;
  RequestIdentity identity;
  char arn[128];
  Asked asked; /* what its connection waits for the answer of */
  char command_id[64], execution_id[130], event[32];
  GString *part; /* of an answer that has not come whole; NULL: nothing */
} Host;

typedef struct {
  RequestScope scope;
  RequestIdentity administrator;
  const Pattern *pattern;
  SSL_CTX *tls; /* NULL: plain */
  Host *hosts;
  gsize n_hosts, n_begun, n_registered;
  double begin_s;
  int epoll;
  GString *body, *request;
  char started[130]; /* the execution id that was told of last */
  gsize counts[N_ASKED];
} Load;

/* ---- asking ---- */

static void
ask (Load *load, Host *host, Asked asked, RequestIdentity *identity, const char *target,
     const char *conversation)
{
  g_string_truncate (load->request, 0);
  host_request_write (&load->scope, identity, target, conversation, load->body->str,
                      load->body->len, load->request);
  host->asked = asked;
  load->counts[asked]++;
  for (gsize written = 0; written < load->request->len && !host->connection.closed;)
    written += connection_write (&host->connection, load->request->str + written,
                                 load->request->len - written);
}

static void
ask_as_host (Load *load, Host *host, Asked asked, const char *target)
{
  ask (load, host, asked, &host->identity, target, load->pattern->conversation);
}

/* One that says nothing at first is not let in for long, so the connection is opened only now. */
static void
open_connection (Load *load, Host *host)
{
  host->connection = connection_open (load->scope.host, load->tls, NULL);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = host };
  epoll_ctl (load->epoll, EPOLL_CTL_ADD, host->connection.fd, &event);
}

static void
begin_registering (Load *load)
{
  gsize number = load->n_begun++;
  Host *host = &load->hosts[number];
  open_connection (load, host);
  gsize rank = 1;
  while (rank <= number)
    rank *= 10;
  g_string_printf (load->body,
                   "{\"instanceName\":\"host-%05" G_GSIZE_FORMAT
                   "\",\"tags\":[{\"Key\":\"rank\",\"Value\":\"%" G_GSIZE_FORMAT "\"}]}",
                   number, rank);
  ask (load, host, ASKED_REGISTER, &load->administrator, "Slipway_20261101.RegisterHost", NULL);
}

static void
poll_for_command (Load *load, Host *host)
{
  g_string_printf (load->body, "{\"HostIdentifier\":\"%s\"}", host->arn);
  ask_as_host (load, host, ASKED_POLL, COMMANDS "PollHostCommand");
}

static void
fetch_specification (Load *load, Host *host)
{
  g_string_printf (load->body, "{\"DeploymentExecutionId\":\"%s\",\"HostIdentifier\":\"%s\"}",
                   host->execution_id, host->arn);
  ask_as_host (load, host, ASKED_SPECIFICATION, COMMANDS "GetDeploymentSpecification");
}

static void
acknowledge (Load *load, Host *host, gboolean is_noop)
{
  g_string_printf (load->body,
                   "{\"HostCommandIdentifier\":\"%s\",\"Diagnostics\":{\"Format\":\"JSON\","
                   "\"Payload\":\"{\\\"IsCommandNoop\\\":%s}\"}}",
                   host->command_id, is_noop ? "true" : "false");
  ask_as_host (load, host, ASKED_ACKNOWLEDGE, COMMANDS "PutHostCommandAcknowledgement");
}

static void
complete (Load *load, Host *host)
{
  g_string_printf (load->body,
                   "{\"HostCommandIdentifier\":\"%s\",\"CommandStatus\":\"Succeeded\"," SUCCESS "}",
                   host->command_id);
  ask_as_host (load, host, ASKED_COMPLETE, COMMANDS "PutHostCommandComplete");
}

/* ---- what the answers lead to ---- */

/* With the specification at hand: what is said first. In the short conversation an event that was over at once is not
 * acknowledged apart from that. */
static void
report (Load *load, Host *host)
{
  gboolean is_hook =
      strcmp (host->event, "DownloadBundle") != 0 && strcmp (host->event, "Install") != 0;
  if (load->pattern->conversation != NULL && !is_hook)
    complete (load, host);
  else
    acknowledge (load, host, is_hook && load->pattern->hooks_are_noops);
}

/* Takes the command of an answer, or polls when it has none. */
static void
go_on (Load *load, Host *host, const char *json, gsize length)
{
  if (!host_request_find_text (json, length, "HostCommandIdentifier", host->command_id,
                               sizeof host->command_id)) {
    poll_for_command (load, host);
    return;
  }
  if (!host_request_find_text (json, length, "DeploymentExecutionId", host->execution_id,
                               sizeof host->execution_id) ||
      !host_request_find_text (json, length, "CommandName", host->event, sizeof host->event))
    fail ("a command that is not whole: %.*s", (int)length, json);
  if (memmem (json, length, "\"GenericEnvelope\"", 17) != NULL)
    report (load, host);
  else
    fetch_specification (load, host);
}

static void
tell_of_start (Load *load, const Host *host)
{
  if (strcmp (load->started, host->execution_id) == 0)
    return;
  g_strlcpy (load->started, host->execution_id, sizeof load->started);
  printf ("started %s %.6f\n", host->execution_id, now_s ());
  fflush (stdout);
}

static void
take_identity (Load *load, Host *host, const char *json, gsize length)
{
  if (!host_request_find_text (json, length, "iamUserArn", host->arn, sizeof host->arn) ||
      !host_request_find_text (json, length, "accessKeyId", host->identity.access_key_id,
                               sizeof host->identity.access_key_id) ||
      !host_request_find_text (json, length, "secretAccessKey", host->identity.secret,
                               sizeof host->identity.secret))
    fail ("a registration that is not whole");
  host->identity.service = "codedeploy-commands";
  if (load->n_begun < load->n_hosts)
    begin_registering (load);
  poll_for_command (load, host);
  if (++load->n_registered < load->n_hosts)
    return;
  printf ("registered %.1f\n", now_s () - load->begin_s);
  fflush (stdout);
}

static void
on_answer (Load *load, Host *host, const char *json, gsize length)
{
  char status[16];
  switch (host->asked) {
  case ASKED_REGISTER:
    take_identity (load, host, json, length);
    break;
  case ASKED_POLL:
    go_on (load, host, json, length);
    break;
  case ASKED_SPECIFICATION:
    if (memmem (json, length, "\"GenericEnvelope\"", 17) == NULL)
      fail ("no specification in %.*s", (int)length, json);
    report (load, host);
    break;
  case ASKED_ACKNOWLEDGE:
    tell_of_start (load, host);
    if (host_request_find_text (json, length, "CommandStatus", status, sizeof status) &&
        strcmp (status, "Succeeded") == 0)
      go_on (load, host, json, length);
    else
      complete (load, host);
    break;
  case ASKED_COMPLETE:
    go_on (load, host, json, length);
    break;
  case N_ASKED:
    break;
  }
}

/* ---- answers ---- */

/* The answer's body when all of it is there; its end is the answer's. */
static const char *
whole_body (const char *answer, gsize received, gsize *out_length)
{
  const char *end = memmem (answer, received, "\r\n\r\n", 4);
  if (end == NULL)
    return NULL;
  if (memcmp (answer + 9, "200", 3) != 0)
    fail ("an answer that is not 200: %.*s", (int)received, answer);
  const char *field = NULL;
  for (const char *at = answer; field == NULL && at < end; at++)
    if (*at == '\n' && strncasecmp (at + 1, "content-length:", 15) == 0)
      field = at + 16;
  if (field == NULL)
    fail ("an answer without Content-Length");
  *out_length = strtoul (field, NULL, 10);
  gsize whole = (gsize)(end - answer) + 4 + *out_length;
  if (whole > ANSWER_BYTES)
    fail ("an answer of more than %d bytes", ANSWER_BYTES);
  return received >= whole ? end + 4 : NULL;
}

static void
keep_part (Host *host, const char *bytes, gsize n)
{
  if (host->part == NULL)
    host->part = g_string_new (NULL);
  g_string_truncate (host->part, 0);
  g_string_append_len (host->part, bytes, (gssize)n);
}

static void
read_on (Load *load, Host *host)
{
  char buffer[ANSWER_BYTES];
  const char *body = NULL;
  gsize n, length, received = host->part != NULL ? host->part->len : 0;
  if (received > 0)
    memcpy (buffer, host->part->str, received);
  /* All that is there: with TLS the socket says nothing of what was read and not yet taken. */
  while (body == NULL && (n = connection_read (&host->connection, buffer + received,
                                               sizeof buffer - received)) > 0) {
    received += n;
    body = whole_body (buffer, received, &length);
  }
  if (host->connection.closed)
    fail ("the server closed a host's connection");
  if (body == NULL) {
    keep_part (host, buffer, received);
    return;
  }
  if (host->part != NULL)
    g_string_truncate (host->part, 0);
  on_answer (load, host, body, length);
}

/* ---- standard input ---- */

static void
print_report (Load *load)
{
  struct rusage usage;
  getrusage (RUSAGE_SELF, &usage);
  printf ("{");
  for (gsize i = 0; i < N_ASKED; i++)
    printf ("\"%s\": %zu, ", asked_names[i], load->counts[i]);
  printf ("\"cpu_s\": %.3f}\n",
          (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
              (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
  fflush (stdout);
  memset (load->counts, 0, sizeof load->counts);
}

static void
obey (Load *load, const char *line)
{
  if (strcmp (line, "report") == 0) {
    print_report (load);
    return;
  }
  for (gsize i = 0; i < G_N_ELEMENTS (patterns); i++) {
    if (g_str_has_prefix (line, "pattern ") && strcmp (line + 8, patterns[i].name) == 0) {
      load->pattern = &patterns[i];
      return;
    }
  }
  fail ("not understood: %s", line);
}

/* FALSE: it has ended. Lines come whole: they are short, and written one at a time. */
static gboolean
read_orders (Load *load)
{
  char text[256];
  ssize_t n = read (STDIN_FILENO, text, sizeof text - 1);
  if (n <= 0)
    return FALSE;
  text[n] = '\0';
  char *rest = text;
  for (char *line = strsep (&rest, "\n"); rest != NULL; line = strsep (&rest, "\n"))
    obey (load, line);
  return TRUE;
}

/* ---- all of it ---- */

static const char *
need (const char *variable)
{
  const char *value = g_getenv (variable);
  if (value == NULL)
    fail ("%s is not set", variable);
  return value;
}

static void
run (Load *load)
{
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait (load->epoll, events, G_N_ELEMENTS (events), -1);
    if (ready < 0 && errno != EINTR)
      fail ("cannot wait for answers: %m");
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr != NULL)
        read_on (load, events[i].data.ptr);
      else if (!read_orders (load))
        return;
    }
  }
}

int
main (int argc, char **argv)
{
  if (argc < 3)
    fail ("usage: host-load ADDRESS HOSTS [tls]");
  Load load = { .scope = { .host = argv[1], .region = "us-east-1" },
                .administrator = { .service = "codedeploy" },
                .pattern = &patterns[0],
                .tls = argc > 3 ? connection_tls_context () : NULL,
                .n_hosts = strtoul (argv[2], NULL, 10),
                .epoll = epoll_create1 (EPOLL_CLOEXEC),
                .body = g_string_sized_new (1024),
                .request = g_string_sized_new (4096) };
  g_strlcpy (load.administrator.access_key_id, need ("AWS_ACCESS_KEY_ID"),
             sizeof load.administrator.access_key_id);
  g_strlcpy (load.administrator.secret, need ("AWS_SECRET_ACCESS_KEY"),
             sizeof load.administrator.secret);
  if (load.n_hosts == 0)
    fail ("%s is not a number of hosts", argv[2]);
  load.hosts = g_new0 (Host, load.n_hosts);
  struct epoll_event event = { .events = EPOLLIN, .data.ptr = NULL };
  epoll_ctl (load.epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
  load.begin_s = now_s ();
  for (gsize i = 0; i < MIN (REGISTERED_AT_ONCE, load.n_hosts); i++)
    begin_registering (&load);
  run (&load);
  return 0;
}
