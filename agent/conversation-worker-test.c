#include "agent/conversation-worker.h"

#include <unistd.h>

#include "agent/worker.h"

#define TOO_LONG (2 * 1024 * 1024)

/* A master that has been asked for one worker, and that worker's end of its channel. */
typedef struct {
  int master; /* where questions go; nobody reads them */
  Channel *channel;
  NetworkLink *link;
  NetworkLinkWorker *asked;
  Channel *worker;
  Arena *arena;
  AgentIdentity identity;
  AgentHost host;
} Fixture;

static const ApiHostCommand command = {
  .host_command_identifier = "id",
  .host_identifier = "web-1",
  .deployment_execution_id = "a/b/c/d",
  .command_name = "Install",
};

static void
set_up (Fixture *f, gconstpointer data)
{
  int ours, theirs;

  g_assert_true (channel_pair (&ours, &f->master, NULL));
  f->channel = channel_new (ours, CHANNEL_MASTER_TO_NETWORK, CHANNEL_NETWORK_TO_MASTER);
  f->link = network_link_new (f->channel);
  f->asked = network_link_ask_worker (f->link, NULL);
  g_assert_true (channel_pair (&ours, &theirs, NULL));
  f->worker = worker_channel (ours);
  ChannelMessage made = { .kind = CHANNEL_WORKER, .serial = 1 };
  network_link_take (f->link, &made, theirs);
  f->arena = arena_new ();
  f->identity = (AgentIdentity){ .host_identifier = "arn:web-1", .region = "us-east-1" };
  f->host = (AgentHost){ .identity = &f->identity };
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  network_link_free (f->link);
  channel_free (f->channel);
  channel_free (f->worker);
  close (f->master);
  arena_free (f->arena);
}

/* What the worker is told. */
static ChannelMessage
told (Fixture *f, ConversationKind kind, const ApiGetDeploymentSpecificationOutput *specification)
{
  g_autoptr (GError) error = NULL;
  ChannelMessage message;
  int none;
  g_autoptr (Channel) channel = conversation_worker_begin (&f->host, g_steal_pointer (&f->asked),
                                                           kind, &command, specification, &error);

  g_assert_no_error (error);
  g_assert_nonnull (channel);
  g_assert_cmpint (channel_receive (f->worker, f->arena, &message, &none, NULL), ==, CHANNEL_GOT);
  g_assert_cmpint (message.kind, ==, CHANNEL_COMMAND);
  g_assert_cmpstr (message.command_id, ==, "id");
  g_assert_cmpstr (message.host_identifier, ==, "web-1");
  g_assert_cmpstr (message.execution_id, ==, "a/b/c/d");
  g_assert_cmpstr (message.command_name, ==, "Install");
  g_assert_cmpstr (message.own_identifier, ==, "arn:web-1");
  g_assert_cmpstr (message.region, ==, "us-east-1");
  g_assert_cmpuint (message.is_short, ==, kind == CONVERSATION_SHORT);
  return message;
}

static void
test_with_specification (Fixture *f, gconstpointer data)
{
  ApiSpecificationEnvelope envelope = { .format = "PKCS7/JSON", .payload = "signed" };
  ApiDeploymentSpecification specification = { .generic_envelope = &envelope };
  ApiGetDeploymentSpecificationOutput output = { .deployment_system = "CodeDeploy",
                                                 .deployment_specification = &specification };
  ChannelMessage message = told (f, CONVERSATION_SHORT, &output);

  g_assert_cmpuint (message.is_specified, ==, TRUE);
  g_assert_cmpstr (message.system, ==, "CodeDeploy");
  g_assert_cmpstr (message.format, ==, "PKCS7/JSON");
  g_assert_cmpstr (message.payload, ==, "signed");
}

/* An answer without one is an answer, which the worker refuses; no answer is none, and the worker asks. */
static void
test_without_specification (Fixture *f, gconstpointer data)
{
  static const ApiGetDeploymentSpecificationOutput empty = { 0 };
  gboolean answered = GPOINTER_TO_INT (data);
  ChannelMessage message = told (f, CONVERSATION_LONG, answered ? &empty : NULL);

  g_assert_cmpuint (message.is_specified, ==, answered);
  g_assert_null (message.payload);
}

static void
test_too_long (Fixture *f, gconstpointer data)
{
  g_autofree char *payload = g_strnfill (TOO_LONG, 'x');
  ApiSpecificationEnvelope envelope = { .format = "PKCS7/JSON", .payload = payload };
  ApiDeploymentSpecification specification = { .generic_envelope = &envelope };
  ApiGetDeploymentSpecificationOutput output = { .deployment_specification = &specification };

  g_assert_cmpuint (told (f, CONVERSATION_SHORT, &output).is_specified, ==, FALSE);
}

static void
test_forgone (Fixture *f, gconstpointer data)
{
  ChannelMessage message;
  int none;

  conversation_worker_forgo (g_steal_pointer (&f->asked));
  g_assert_cmpint (channel_receive (f->worker, f->arena, &message, &none, NULL), ==, CHANNEL_ENDED);
  conversation_worker_forgo (NULL);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  ChannelMessage no = { .kind = CHANNEL_REFUSED, .serial = 2, .text = "the agent is stopping" };

  conversation_worker_forgo (g_steal_pointer (&f->asked));
  for (int i = 0; i < 2; i++) {
    NetworkLinkWorker *asked = network_link_ask_worker (f->link, NULL);
    no.serial = (guint32)(2 + i);
    network_link_take (f->link, &no, -1);
    if (i == 0) {
      g_assert_null (
          conversation_worker_begin (&f->host, asked, CONVERSATION_LONG, &command, NULL, &error));
      g_assert_nonnull (strstr (error->message, "stopping"));
    } else {
      conversation_worker_forgo (asked);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define CASE(name, data, function)                                                                 \
  g_test_add ("/conversation-worker/" name, Fixture, GINT_TO_POINTER (data), set_up, function,     \
              tear_down)
  CASE ("is-told-command-and-specification", 0, test_with_specification);
  CASE ("is-told-that-there-is-no-specification", TRUE, test_without_specification);
  CASE ("asks-for-the-specification-itself", FALSE, test_without_specification);
  CASE ("a-specification-that-is-too-long-is-left-out", 0, test_too_long);
  CASE ("one-that-is-not-needed-is-let-go", 0, test_forgone);
  CASE ("one-that-is-refused-is-none", 0, test_refused);
  return g_test_run ();
}
