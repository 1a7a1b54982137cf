#include "agent/conversations.h"

#include <unistd.h>

#include "agent/test-host.h"
#include "agent/worker.h"
#include "proto/test-http-server.h"

#define OWN    "arn:aws:iam::123456789012:user/web-1"
#define FAR_US (g_get_monotonic_time () + G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC)
#define SIGNED "-----BEGIN PKCS7-----"
#define SPECIFIED                                                                                  \
  ",\"DeploymentSystem\":\"CodeDeploy\",\"DeploymentSpecification\":{\"GenericEnvelope\":"         \
  "{\"Format\":\"PKCS7/JSON\",\"Payload\":\"" SIGNED "\"}}"
#define COMMAND(id)                                                                                \
  "\"HostCommand\":{\"HostCommandIdentifier\":\"" id "\",\"HostIdentifier\":\"" OWN                \
  "\",\"DeploymentExecutionId\":\"a/b/c/d\",\"CommandName\":\"Install\"}"

/*
 * A service, a master and its workers, played by threads. What the service hears and what workers are told is written down as it
 * happens, a word each.
 */
typedef struct {
  TestHost on;
  AgentConfig config;
  AgentIdentity identity;
  TestServer *server;
  CredentialsSource *credentials;
  Channel *network, *master; /* the two ends between network process and master */
  NetworkLink *link;
  GThread *listener, *forker;
  Conversations *conversations;
  const char *brought; /* by the answer to the first report; NULL: nothing */

  GMutex lock; /* all below */
  GCond changed;
  GString *story;
  gboolean held;          /* workers wait before they report */
  gboolean held_at_begin; /* and before they begin */
  GPtrArray *workers;     /* of GThread */
} Fixture;

static void
tell (Fixture *f, const char *word)
{
  g_mutex_lock (&f->lock);
  g_string_append_printf (f->story, "%s%s", f->story->len > 0 ? " " : "", word);
  g_cond_broadcast (&f->changed);
  g_mutex_unlock (&f->lock);
}

static void
wait_for_story (Fixture *f, const char *part)
{
  g_mutex_lock (&f->lock);
  while (strstr (f->story->str, part) == NULL)
    g_cond_wait (&f->changed, &f->lock);
  g_mutex_unlock (&f->lock);
}

static void
wait_while (Fixture *f, const gboolean *held)
{
  g_mutex_lock (&f->lock);
  while (*held)
    g_cond_wait (&f->changed, &f->lock);
  g_mutex_unlock (&f->lock);
}

static void
set_held (Fixture *f, gboolean held)
{
  g_mutex_lock (&f->lock);
  f->held = held;
  g_cond_broadcast (&f->changed);
  g_mutex_unlock (&f->lock);
}

/* --- the service ---------------------------------------------------------------------------- */

/* "complete", or "complete-short" from one that takes another command. */
static char *
answer (const TestRequest *request, gsize *out_length, gpointer data)
{
  static const char *const operations[][2] = { { ".GetDeploymentSpecification\r\n", "fetch" },
                                               { ".PutHostCommandAcknowledgement\r\n",
                                                 "acknowledge" },
                                               { ".PutHostCommandComplete\r\n", "complete" } };
  Fixture *f = data;
  gboolean is_short = strstr (request->head, "\r\nx-slipway-conversation: short\r\n") != NULL;
  const char *body = "{}";

  for (gsize i = 0; i < G_N_ELEMENTS (operations); i++) {
    if (strstr (request->head, operations[i][0]) == NULL)
      continue;
    g_autofree char *word = g_strconcat (operations[i][1], is_short ? "-short" : "", NULL);
    tell (f, word);
    if (i == 2 && f->brought != NULL)
      body = g_steal_pointer (&f->brought);
  }
  return test_answer ("200 OK", "", body, strlen (body), out_length);
}

/* --- the master and its workers ------------------------------------------------------------- */

static ChannelMessage
ask (Channel *channel, const ChannelMessage *question, ChannelKind wanted, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  ChannelFailure failure;
  ChannelMessage out;
  g_assert_true (worker_ask (channel, question, -1, wanted, arena, &out, &failure, &error));
  g_assert_no_error (error);
  return out;
}

/* Whoever knows the short conversation begins, and reports; others ask for the specification, if it is not there, and acknowledge first. */
static void
play (Fixture *f, Channel *channel, const ChannelMessage *command, Arena *arena)
{
  ChannelMessage want = { .kind = CHANNEL_WANT_SPECIFICATION }, begin = { .kind = CHANNEL_BEGIN },
                 acknowledge = { .kind = CHANNEL_ACKNOWLEDGE },
                 report = { .kind = CHANNEL_REPORT,
                            .command_id = command->command_id,
                            .succeeded = TRUE,
                            .payload = "{}" },
                 end = { .kind = CHANNEL_END, .end = CHANNEL_END_OVER };

  if (!command->is_specified)
    ask (channel, &want, CHANNEL_SPECIFICATION, arena);
  wait_while (f, &f->held_at_begin);
  const char *status =
      ask (channel, command->is_short ? &begin : &acknowledge, CHANNEL_ACKNOWLEDGED, arena).status;
  wait_while (f, &f->held);
  if (status == NULL)
    ask (channel, &report, CHANNEL_REPORTED, arena);
  else
    tell (f, status);
  g_assert_true (channel_send (channel, &end, -1, NULL));
}

typedef struct {
  Fixture *f;
  int fd;
} Start;

static gpointer
work (gpointer data)
{
  g_autofree Start *start = data;
  g_autoptr (Channel) channel = worker_channel (start->fd);
  g_autoptr (Arena) arena = arena_new ();
  ChannelMessage command;
  int none;

  if (channel_receive (channel, arena, &command, &none, NULL) != CHANNEL_GOT)
    return NULL; /* nobody needs it */
  g_assert_cmpint (command.kind, ==, CHANNEL_COMMAND);
  if (command.is_short)
    g_assert_cmpstr (command.payload, ==, SIGNED);
  tell (start->f, command.command_id);
  play (start->f, channel, &command, arena);
  return NULL;
}

static gpointer
fork_workers (gpointer data)
{
  Fixture *f = data;
  ChannelMessage message, worker = { .kind = CHANNEL_WORKER };
  int none, ours, theirs;

  for (;;) {
    g_autoptr (Arena) arena = arena_new ();
    if (channel_receive (f->master, arena, &message, &none, NULL) != CHANNEL_GOT)
      return NULL;
    g_assert_cmpint (message.kind, ==, CHANNEL_WANT_WORKER);
    g_assert_true (channel_pair (&ours, &theirs, NULL));
    Start *start = g_new0 (Start, 1);
    *start = (Start){ f, ours };
    g_mutex_lock (&f->lock);
    g_ptr_array_add (f->workers, g_thread_new ("worker", work, start));
    g_mutex_unlock (&f->lock);
    worker.serial = message.serial;
    g_assert_true (channel_send (f->master, &worker, theirs, NULL));
    close (theirs);
  }
}

static gpointer
listen_to_master (gpointer data)
{
  Fixture *f = data;
  ChannelMessage message;
  int fd;

  for (;;) {
    g_autoptr (Arena) arena = arena_new ();
    if (channel_receive (f->network, arena, &message, &fd, NULL) != CHANNEL_GOT)
      return NULL;
    network_link_take (f->link, &message, fd);
  }
}

/* --- the fixture ---------------------------------------------------------------------------- */

static gboolean
give_keys (gpointer ctx, CredentialsAnswer *out, GError **error)
{
  *out = (CredentialsAnswer){ .keys = credentials_new ("AKID", "secret", NULL) };
  return TRUE;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  int ours, theirs;

  test_host_set_up (&f->on, data);
  g_mutex_init (&f->lock);
  g_cond_init (&f->changed);
  f->story = g_string_new (NULL);
  f->workers = g_ptr_array_new ();
  f->server = test_server_start (answer, f, NULL);
  f->config = *f->on.host.config;
  f->config.deploy_control_endpoint =
      arena_printf (f->on.arena, "http://127.0.0.1:%u", f->server->port);
  f->config.acknowledge_after_ms = G_GINT64_CONSTANT (3600) * 1000;
  f->config.no_proxy = "*";
  f->identity = (AgentIdentity){ .host_identifier = OWN, .region = "us-east-1" };
  f->on.host.config = &f->config;
  f->on.host.identity = &f->identity;
  f->credentials = credentials_source_new (f->on.host.log, f->on.host.ambient);
  credentials_source_add (f->credentials,
                          (CredentialsProvider){ .name = "the test", .fetch = give_keys });
  g_assert_true (channel_pair (&ours, &theirs, NULL));
  f->network = channel_new (ours, CHANNEL_MASTER_TO_NETWORK, CHANNEL_NETWORK_TO_MASTER);
  f->master = channel_new (theirs, CHANNEL_NETWORK_TO_MASTER, CHANNEL_MASTER_TO_NETWORK);
  f->link = network_link_new (f->network);
  f->listener = g_thread_new ("listener", listen_to_master, f);
  f->forker = g_thread_new ("forker", fork_workers, f);
  f->conversations = conversations_new (
      &(ConversationsSettings){ &f->on.host, f->credentials, f->link, "1.0-test" });
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  conversations_wait_until_idle (f->conversations);
  conversations_stop (f->conversations);
  conversations_wait_for_end (f->conversations);
  conversations_free (f->conversations);
  channel_shut_down (f->network);
  g_thread_join (f->listener);
  g_thread_join (f->forker);
  for (guint i = 0; i < f->workers->len; i++)
    g_thread_join (g_ptr_array_index (f->workers, i));
  g_ptr_array_unref (f->workers);
  network_link_free (f->link);
  channel_free (f->network);
  channel_free (f->master);
  credentials_source_free (f->credentials);
  test_server_stop (f->server);
  g_string_free (f->story, TRUE);
  g_cond_clear (&f->changed);
  g_mutex_clear (&f->lock);
  test_host_tear_down (&f->on, data);
}

typedef enum {
  LONG,
  SHORT /* the specification comes with the command */
} Which;

static ConversationsTook
start (Fixture *f, const char *id, Which which)
{
  ApiSpecificationEnvelope envelope = { .format = "PKCS7/JSON", .payload = SIGNED };
  ApiDeploymentSpecification specification = { .generic_envelope = &envelope };
  ApiHostCommand command = { .host_command_identifier = id,
                             .host_identifier = OWN,
                             .deployment_execution_id = "a/b/c/d",
                             .command_name = "Install" };
  HostCommand whole = { .command = &command };
  if (which == SHORT)
    whole.specification =
        (ApiGetDeploymentSpecificationOutput){ .deployment_system = "CodeDeploy",
                                               .deployment_specification = &specification };
  return conversations_start (f->conversations, &whole);
}

static void
assert_story (Fixture *f, const char *expected)
{
  conversations_wait_until_idle (f->conversations);
  g_assert_cmpstr (f->story->str, ==, expected);
}

/* --- cases ---------------------------------------------------------------------------------- */

static void
test_follows (Fixture *f, gconstpointer data)
{
  f->brought = "{" COMMAND ("two") SPECIFIED "}";
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_TOOK);
  assert_story (f, "one complete-short two complete-short");
  g_assert_cmpuint (f->workers->len, ==,
                    3); /* one was made in case that there is a third command */
}

/* A service that leaves the specification out is asked for it, and what it belongs to is acknowledged first. */
static void
test_follows_without_specification (Fixture *f, gconstpointer data)
{
  f->brought = "{" COMMAND ("two") "}";
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_TOOK);
  conversations_wait_until_idle (f->conversations);
  g_assert_true (g_str_has_prefix (f->story->str, "one complete-short fetch "));
  wait_for_story (f, "two acknowledge-short complete-short");
}

static void
test_long (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (start (f, "one", LONG), ==, CONVERSATIONS_TOOK);
  wait_for_story (f, "fetch");
  assert_story (f, "fetch one acknowledge-short complete-short");
  g_assert_cmpuint (f->workers->len, ==, 1);
}

static void
test_late_acknowledgement (Fixture *f, gconstpointer data)
{
  f->config.acknowledge_after_ms = 0;
  set_held (f, TRUE);
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_TOOK);
  wait_for_story (f, "one acknowledge");
  set_held (f, FALSE);
  assert_story (f, "one acknowledge complete-short");
}

static void
test_once (Fixture *f, gconstpointer data)
{
  set_held (f, TRUE);
  f->brought = "{" COMMAND ("one") SPECIFIED "}"; /* while it still is at work */
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_TOOK);
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_LEFT);
  set_held (f, FALSE);
  assert_story (f, "one complete-short");
  /* it comes again, and is reported again without any work */
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_TOOK);
  assert_story (f, "one complete-short complete-short");
}

/* A worker that takes a command on which another has just ended: what the service was told meanwhile counts. */
static void
test_ended_by_another (Fixture *f, gconstpointer data)
{
  ChannelMessage report = { .kind = CHANNEL_REPORT, .command_id = "one", .payload = "{}" },
                 end = { .kind = CHANNEL_END, .end = CHANNEL_END_OVER };
  int ours, theirs;

  f->held_at_begin = TRUE;
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_TOOK);
  wait_for_story (f, "one");
  g_assert_true (channel_pair (&ours, &theirs, NULL));
  g_autoptr (Channel) recovery = worker_channel (ours);
  conversations_recover (f->conversations, network_link_conversation (theirs));
  ask (recovery, &report, CHANNEL_REPORTED, f->on.arena);
  g_assert_true (channel_send (recovery, &end, -1, NULL));
  conversations_wait_for_recovery (f->conversations);
  g_mutex_lock (&f->lock);
  f->held_at_begin = FALSE;
  g_cond_broadcast (&f->changed);
  g_mutex_unlock (&f->lock);
  assert_story (f, "one complete-short Failed");
}

static void
test_foreign (Fixture *f, gconstpointer data)
{
  f->brought =
      "{\"HostCommand\":{\"HostCommandIdentifier\":\"two\",\"HostIdentifier\":\"somebody\","
      "\"DeploymentExecutionId\":\"a/b/c/d\",\"CommandName\":\"Install\"}" SPECIFIED "}";
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_TOOK);
  assert_story (f, "one complete-short");
}

static void
test_stopping (Fixture *f, gconstpointer data)
{
  set_held (f, TRUE);
  f->brought =
      "{" COMMAND ("two") SPECIFIED "}"; /* though nobody has said that it would be taken */
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_TOOK);
  wait_for_story (f, "one");
  conversations_stop (f->conversations);
  g_assert_cmpint (start (f, "three", SHORT), ==, CONVERSATIONS_LEFT);
  set_held (f, FALSE);
  conversations_wait_for_end (f->conversations);
  assert_story (f, "one complete");
}

static gpointer
let_go (gpointer data)
{
  set_held (data, FALSE);
  return NULL;
}

/* Whoever polls waits for the end of a short conversation, but not for ever; and not for others. */
static void
test_turn (Fixture *f, gconstpointer data)
{
  set_held (f, TRUE);
  g_assert_cmpint (start (f, "one", SHORT), ==, CONVERSATIONS_TOOK);
  conversations_wait_for_turn (f->conversations, g_get_monotonic_time ());
  g_assert_false (conversations_are_idle (f->conversations));
  GThread *other = g_thread_new ("other", let_go, f);
  conversations_wait_for_turn (f->conversations, FAR_US);
  g_assert_true (conversations_are_idle (f->conversations));
  g_thread_join (other);

  set_held (f, TRUE);
  g_assert_cmpint (start (f, "two", LONG), ==, CONVERSATIONS_TOOK);
  conversations_wait_for_turn (f->conversations, FAR_US);
  g_assert_false (conversations_are_idle (f->conversations));
  set_held (f, FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, function)                                                                       \
  g_test_add ("/conversations/" name, Fixture, NULL, set_up, function, tear_down)
  CASE ("the-command-that-a-report-brings-follows", test_follows);
  CASE ("one-that-follows-without-its-specification-is-fetched",
        test_follows_without_specification);
  CASE ("a-command-without-its-specification-is-acknowledged-first", test_long);
  CASE ("what-takes-long-is-acknowledged-while-it-runs", test_late_acknowledgement);
  CASE ("a-command-is-taken-on-once-and-reported-again", test_once);
  CASE ("a-command-that-another-worker-has-ended-does-not-begin", test_ended_by_another);
  CASE ("a-command-for-another-host-does-not-follow", test_foreign);
  CASE ("an-agent-that-stops-takes-no-next-command", test_stopping);
  CASE ("polls-wait-for-short-conversations-and-not-for-ever", test_turn);
  return g_test_run ();
}
