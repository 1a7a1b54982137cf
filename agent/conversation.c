#include "agent/conversation.h"

#include <unistd.h>

#include "agent/backoff.h"
#include "agent/conversation-worker.h"
#include "agent/late-call.h"

#define FIRST_CALL_PAUSE_MS  200
#define PAUSE_PIECE_MS       50
#define PICKUP_PATIENCE_MS   (G_GINT64_CONSTANT (3600) * 1000)
#define REPORT_PATIENCE_MS   (G_GINT64_CONSTANT (24) * 3600 * 1000)
#define STOPPING_PATIENCE_MS (G_GINT64_CONSTANT (5) * 1000)

typedef struct {
  const ConversationContext *context;
  CommandService *service;
  Channel *channel;
  const ApiHostCommand *command; /* NULL: recovery */
  ConversationKind kind;
  GError *problem;           /* of the first attempt to get the specification */
  LateCall *acknowledgement; /* NULL: none is to come */
  guint unacknowledged;      /* of it, attempts that failed */
  ConversationNext *next;    /* NULL: recovery */
} Conversation;

static gint64
now_ms (const ConversationContext *context)
{
  return ambient_now_ms (context->host->ambient);
}

/* --- calls that are repeated ---------------------------------------------------------------- */

typedef struct {
  const ConversationContext *context;
  CommandService *service;
  const char *what;
  gint64 started_ms;
  gint64 patience_ms;
  gint64 stopping_since_ms; /* 0: not stopping */
  guint failures;
} Attempts;

static Attempts
attempts_begin (const ConversationContext *context, CommandService *service, const char *what,
                gint64 patience_ms)
{
  return (Attempts){ .context = context,
                     .service = service,
                     .what = what,
                     .patience_ms = patience_ms,
                     .started_ms = now_ms (context) };
}

/*
 * Has the agent been asked to stop for long enough? A stop leaves a call a moment to get through; a result that does not is
 * on disk, and the next start reports it.
 */
static gboolean
stopping_for_long (Attempts *attempts)
{
  const ConversationContext *context = attempts->context;
  if (!context->stopped (context->stopped_ctx))
    return FALSE;
  if (command_service_is_aborted (attempts->service))
    return TRUE;
  if (attempts->stopping_since_ms == 0)
    attempts->stopping_since_ms = now_ms (context);
  return now_ms (context) - attempts->stopping_since_ms >=
         MIN (attempts->patience_ms, STOPPING_PATIENCE_MS);
}

/* After a failure: waits, and says whether to try again. */
static gboolean
attempts_again (Attempts *attempts, const GError *error)
{
  AgentLog *log = attempts->context->host->log;

  if (command_service_failure (attempts->service) == CALL_REFUSED)
    return FALSE;
  gint64 spent_ms = now_ms (attempts->context) - attempts->started_ms;
  if (spent_ms > attempts->patience_ms || spent_ms < 0 || stopping_for_long (attempts))
    return FALSE;
  attempts->failures++;
  agent_log (log, attempts->failures == 1 ? AGENT_LOG_WARN : AGENT_LOG_DEBUG,
             "%s: %s; trying again", attempts->what, error->message);
  gint64 left_ms =
      backoff_call_ms (attempts->failures, FIRST_CALL_PAUSE_MS, attempts->context->host->ambient);
  for (; left_ms > 0 && !stopping_for_long (attempts); left_ms -= PAUSE_PIECE_MS)
    g_usleep ((gulong)MIN (left_ms, PAUSE_PIECE_MS) * 1000);
  return TRUE;
}

/* Where the answer's command goes; NULL, so that the service keeps it: the agent is stopping. */
static HostCommand *
place_for_next (const ConversationContext *context, HostCommand *next)
{
  *next = (HostCommand){ NULL };
  return context->stopped (context->stopped_ctx) ? NULL : next;
}

/* Sends a result until the service answers. FALSE: given up. */
static gboolean
report (const ConversationContext *context, CommandService *service, const CommandOutcome *outcome,
        Arena *arena, HostCommand *out_next)
{
  AgentLog *log = context->host->log;
  Attempts attempts =
      attempts_begin (context, service, "reporting the command's result", REPORT_PATIENCE_MS);

  for (;;) {
    g_autoptr (GError) problem = NULL;
    if (command_service_complete (service, outcome->command_id, outcome->succeeded,
                                  outcome->payload, arena, place_for_next (context, out_next),
                                  &problem))
      return TRUE;
    if (command_service_failure (service) == CALL_REFUSED) {
      /* an answer, and not one to argue with: the service has had its report, or never wants it */
      agent_log (log, AGENT_LOG_WARN, "the service does not take the result of command %s: %s",
                 outcome->command_id, problem->message);
      return TRUE;
    }
    if (!attempts_again (&attempts, problem)) {
      agent_log (log, AGENT_LOG_ERROR, "gave up reporting the result of command %s: %s",
                 outcome->command_id, problem->message);
      return FALSE;
    }
  }
}

/* --- what comes next ------------------------------------------------------------------------ */

/* A worker for a command that probably comes: it is made while the service answers. NULL: none is expected. */
static NetworkLinkWorker *
expect_next (const Conversation *conversation)
{
  const ConversationContext *context = conversation->context;
  g_autoptr (GError) error = NULL; /* whoever needs it asks again, and tells */

  if (conversation->kind != CONVERSATION_SHORT || context->stopped (context->stopped_ctx))
    return NULL;
  return network_link_ask_worker (context->link, &error);
}

/* This conversation goes on with it: its worker can begin while this one's ends. */
static void
go_on_with (const ConversationContext *context, const HostCommand *command,
            NetworkLinkWorker *expected, ConversationNext *out)
{
  g_autoptr (GError) error = NULL; /* as in expect_next */
  NetworkLinkWorker *worker =
      expected != NULL ? expected : network_link_ask_worker (context->link, &error);

  out->arena = arena_new ();
  host_command_copy (command, out->arena, &out->command);
  if (worker != NULL && host_command_is_specified (command))
    out->channel = conversation_worker_begin (context->host, worker, CONVERSATION_SHORT,
                                              command->command, &command->specification, &error);
  else
    conversation_worker_forgo (worker);
}

/* next NULL: of a conversation that has no next. Consumes expected, which may be NULL. */
static void
take_next (const ConversationContext *context, const HostCommand *command,
           NetworkLinkWorker *expected, ConversationNext *next)
{
  gboolean claimed = command->command != NULL && next != NULL && next->arena == NULL &&
                     context->claim (context->ctx, command);

  if (claimed) {
    go_on_with (context, command, expected, next);
    return;
  }
  conversation_worker_forgo (expected);
  if (command->command != NULL && (next == NULL || next->arena != NULL))
    context->start (context->ctx, command);
}

/* --- what a worker asks --------------------------------------------------------------------- */

/* The answer for a call that failed for good. */
static ChannelMessage
failure_of (const Conversation *conversation, const GError *error)
{
  return (ChannelMessage){
    .kind = CHANNEL_FAILED,
    .failure = command_service_failure (conversation->service) == CALL_REFUSED
                   ? CHANNEL_FAILURE_REFUSED
                   : CHANNEL_FAILURE_GAVE_UP,
    .text = error->message,
  };
}

static gboolean
answer (Conversation *conversation, const ChannelMessage *message)
{
  g_autoptr (GError) error = NULL;
  if (channel_send (conversation->channel, message, -1, &error))
    return TRUE;
  if (!g_error_matches (error, CHANNEL_ERROR, CHANNEL_ERROR_FORBIDDEN))
    return FALSE;
  /* what the service sent does not fit into a message */
  ChannelMessage failed = { .kind = CHANNEL_FAILED,
                            .failure = CHANNEL_FAILURE_REFUSED,
                            .text = error->message };
  return channel_send (conversation->channel, &failed, -1, NULL);
}

static gboolean
answer_specification (Conversation *conversation)
{
  g_autoptr (Arena) arena = arena_new ();
  Attempts attempts = attempts_begin (conversation->context, conversation->service,
                                      "fetching the deployment specification", PICKUP_PATIENCE_MS);
  for (;;) {
    g_autoptr (GError) problem = g_steal_pointer (&conversation->problem);
    if (problem == NULL) {
      const ApiGetDeploymentSpecificationOutput *output;
      if (command_service_specification (conversation->service,
                                         conversation->command->deployment_execution_id, arena,
                                         &output, &problem)) {
        ChannelMessage message = { .kind = CHANNEL_SPECIFICATION };
        conversation_worker_show (output, &message);
        return answer (conversation, &message);
      }
    }
    if (!attempts_again (&attempts, problem)) {
      ChannelMessage failed = failure_of (conversation, problem);
      return answer (conversation, &failed);
    }
  }
}

static gboolean
answer_acknowledge (Conversation *conversation, gboolean is_noop)
{
  g_autoptr (Arena) arena = arena_new ();
  Attempts attempts = attempts_begin (conversation->context, conversation->service,
                                      "acknowledging the command", PICKUP_PATIENCE_MS);
  NetworkLinkWorker *expected = is_noop ? expect_next (conversation) : NULL;
  for (;;) {
    ChannelMessage message = { .kind = CHANNEL_ACKNOWLEDGED };
    g_autoptr (GError) problem = NULL;
    HostCommand next;
    if (command_service_acknowledge (
            conversation->service, conversation->command->host_command_identifier, is_noop, arena,
            &message.status, place_for_next (conversation->context, &next), &problem)) {
      take_next (conversation->context, &next, expected, conversation->next);
      return answer (conversation, &message);
    }
    if (!attempts_again (&attempts, problem)) {
      conversation_worker_forgo (expected);
      ChannelMessage failed = failure_of (conversation, problem);
      return answer (conversation, &failed);
    }
  }
}

/* A LateCallStep. What the answer says changes nothing any more: the command is at work. */
static gint64
acknowledge_late (gpointer data)
{
  Conversation *conversation = data;
  const AgentHost *host = conversation->context->host;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) problem = NULL;
  const char *status;

  if (command_service_acknowledge (conversation->service,
                                   conversation->command->host_command_identifier, FALSE, arena,
                                   &status, NULL, &problem))
    return LATE_CALL_DONE;
  agent_log (host->log, AGENT_LOG_DEBUG, "acknowledging %s, which is at work: %s",
             conversation->command->command_name, problem->message);
  if (command_service_failure (conversation->service) == CALL_REFUSED)
    return LATE_CALL_DONE;
  return backoff_call_ms (++conversation->unacknowledged, FIRST_CALL_PAUSE_MS, host->ambient);
}

/* Until it ends, the service is the late acknowledgement's: fetches and the worker's own doing need it not. */
static gboolean
answer_begin (Conversation *conversation)
{
  const ConversationContext *context = conversation->context;
  g_autoptr (Arena) arena = arena_new ();
  ChannelMessage message = { .kind = CHANNEL_ACKNOWLEDGED };
  CommandOutcome outcome;

  /* it was handed out again while another worker, or a recovery, was ending it: an acknowledgement would be told so */
  if (context->is_reported (context->ctx, conversation->command->host_command_identifier, arena,
                            &outcome))
    message.status = outcome.succeeded ? "Succeeded" : "Failed";
  else
    conversation->acknowledgement = late_call_begin (context->host->config->acknowledge_after_ms,
                                                     acknowledge_late, conversation);
  return answer (conversation, &message);
}

static gboolean
answer_fetch (Conversation *conversation, const ChannelMessage *question, int fd)
{
  const ConversationContext *context = conversation->context;
  BundleFetchContext fetch = { context->host, context->credentials, context->stopped,
                               context->stopped_ctx };
  BundleRequest request = {
    .revision = { .type = question->revision_type == SPEC_REVISION_GITHUB ? SPEC_REVISION_GITHUB
                                                                          : SPEC_REVISION_S3,
                  .bundle_type = question->bundle_type,
                  .bucket = question->bucket,
                  .key = question->key,
                  .version = question->version,
                  .etag = question->etag,
                  .account = question->account,
                  .repository = question->repository,
                  .commit_id = question->commit_id },
    .github_token = question->github_token,
  };
  g_autoptr (GError) error = NULL;
  g_auto (BundleFetched) fetched = { 0 };
  ChannelMessage message = { .kind = CHANNEL_FETCHED };

  if (bundle_fetch (&fetch, &request, fd, &fetched, &error)) {
    message.course = fetched.course;
    message.etag = fetched.etag;
  } else {
    message = (ChannelMessage){ .kind = CHANNEL_FAILED,
                                .failure = CHANNEL_FAILURE_REFUSED,
                                .text = error->message };
  }
  close (fd);
  return answer (conversation, &message);
}

static gboolean
answer_report (Conversation *conversation, const ChannelMessage *question)
{
  const ConversationContext *context = conversation->context;
  CommandOutcome outcome = { .command_id = question->command_id,
                             .succeeded = question->succeeded != 0,
                             .payload = question->payload };
  g_autoptr (Arena) arena = arena_new ();
  NetworkLinkWorker *expected = expect_next (conversation);
  HostCommand next;
  ChannelMessage message = { .kind = CHANNEL_REPORTED };

  if (report (context, conversation->service, &outcome, arena, &next)) {
    context->reported (context->ctx, &outcome);
    take_next (context, &next, expected, conversation->next);
  } else {
    conversation_worker_forgo (expected);
    message = (ChannelMessage){ .kind = CHANNEL_FAILED,
                                .failure = CHANNEL_FAILURE_GAVE_UP,
                                .text = "the report was given up" };
  }
  return answer (conversation, &message);
}

static gboolean
answer_resume (Conversation *conversation, const ChannelMessage *question)
{
  const ConversationContext *context = conversation->context;
  ApiHostCommand command = {
    .host_command_identifier = question->command_id,
    .host_identifier = question->host_identifier,
    .deployment_execution_id = question->execution_id,
    .command_name = question->command_name,
  };
  ChannelMessage message = { .kind = CHANNEL_RESUMED };

  if (!context->resume (context->ctx, &command))
    message = (ChannelMessage){ .kind = CHANNEL_FAILED,
                                .failure = CHANNEL_FAILURE_GAVE_UP,
                                .text = "it is not taken on" };
  return answer (conversation, &message);
}

static gboolean
answer_question (Conversation *conversation, const ChannelMessage *question, int fd)
{
  gboolean has_command = conversation->command != NULL;

  if (question->kind != CHANNEL_FETCH)
    late_call_end (g_steal_pointer (&conversation->acknowledgement));
  switch (question->kind) {
  case CHANNEL_WANT_SPECIFICATION:
    return has_command && answer_specification (conversation);
  case CHANNEL_ACKNOWLEDGE:
    return has_command && answer_acknowledge (conversation, question->is_noop != 0);
  case CHANNEL_FETCH:
    return answer_fetch (conversation, question, fd);
  case CHANNEL_REPORT:
    return answer_report (conversation, question);
  case CHANNEL_RESUME:
    return !has_command && answer_resume (conversation, question);
  case CHANNEL_BEGIN:
    return conversation->kind == CONVERSATION_SHORT && answer_begin (conversation);
  default: /* the channel lets nothing else through */
    return FALSE;
  }
}

static ConversationEnd
listen_to_worker (Conversation *conversation)
{
  for (;;) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    ChannelMessage question;
    int fd;
    ChannelReceived received =
        channel_receive (conversation->channel, arena, &question, &fd, &error);
    if (received == CHANNEL_BROKEN)
      agent_log (conversation->context->host->log, AGENT_LOG_ERROR,
                 "a worker is not understood: %s", error->message);
    if (received != CHANNEL_GOT)
      return CONVERSATION_LOST;
    if (question.kind == CHANNEL_END)
      return question.end == CHANNEL_END_OVER ? CONVERSATION_OVER : CONVERSATION_DROPPED;
    if (!answer_question (conversation, &question, fd))
      return CONVERSATION_LOST;
  }
}

static ConversationEnd
converse (Conversation *conversation)
{
  ConversationEnd end = listen_to_worker (conversation);
  late_call_end (g_steal_pointer (&conversation->acknowledgement));
  return end;
}

/* Its worker, which has been told the command. Of one whose specification did not come, that is asked for while the worker is made. */
static Channel *
begin (Conversation *conversation, const HostCommand *command, GError **error)
{
  const ConversationContext *context = conversation->context;
  g_autoptr (Arena) arena = arena_new ();
  const ApiGetDeploymentSpecificationOutput *specification = &command->specification;
  NetworkLinkWorker *worker = network_link_ask_worker (context->link, error);

  if (worker == NULL)
    return NULL;
  if (conversation->kind == CONVERSATION_LONG &&
      !command_service_specification (conversation->service,
                                      command->command->deployment_execution_id, arena,
                                      &specification, &conversation->problem))
    specification =
        NULL; /* a failure counts as the first attempt of those that the worker's question makes */
  return conversation_worker_begin (context->host, worker, conversation->kind, command->command,
                                    specification, error);
}

ConversationEnd
conversation_run (const ConversationContext *context, CommandService *service,
                  const HostCommand *command, Channel *channel_, ConversationNext *out_next)
{
  g_autoptr (Channel) channel = channel_;
  g_autoptr (GError) error = NULL;
  Conversation conversation = {
    .context = context,
    .service = service,
    .command = command->command,
    .kind = host_command_is_specified (command) ? CONVERSATION_SHORT : CONVERSATION_LONG,
    .next = out_next,
  };
  ConversationEnd end = CONVERSATION_DROPPED;

  if (channel == NULL)
    channel = begin (&conversation, command, &error);
  conversation.channel = channel;
  if (channel != NULL)
    end = converse (&conversation);
  else
    agent_log (context->host->log, AGENT_LOG_ERROR, "cannot run %s: %s",
               command->command->command_name, error->message);
  g_clear_error (&conversation.problem);
  return end;
}

ConversationEnd
conversation_recover (const ConversationContext *context, CommandService *service, Channel *channel)
{
  return converse (&(Conversation){ context, service, channel });
}

void
conversation_repeat (const ConversationContext *context, CommandService *service,
                     const CommandOutcome *outcome, ConversationNext *out_next)
{
  g_autoptr (Arena) arena = arena_new ();
  HostCommand next;

  if (report (context, service, outcome, arena, &next))
    take_next (context, &next, NULL, out_next);
  else
    agent_log (context->host->log, AGENT_LOG_WARN, "a repeated command stays unanswered");
}
