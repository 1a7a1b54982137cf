#include "agent/conversation.h"

#include <unistd.h>

#include "agent/backoff.h"
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
  gboolean is_short;             /* its specification came with it */
  /* that came, or of the first attempt to get it, until it is used: one of both */
  const ApiGetDeploymentSpecificationOutput *specification;
  GError *problem;
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

/* This conversation goes on with it: its worker can be made while this one's ends. */
static void
go_on_with (const ConversationContext *context, const HostCommand *command, ConversationNext *out)
{
  g_autoptr (GError) error = NULL;

  out->arena = arena_new ();
  host_command_copy (command, out->arena, &out->command);
  out->worker = network_link_ask_worker (context->link, &error);
  if (out->worker == NULL) /* then it is asked for again, and tells */
    agent_log (context->host->log, AGENT_LOG_DEBUG, "%s", error->message);
}

/* next NULL: of a conversation that has no next. */
static void
take_next (const ConversationContext *context, const HostCommand *command, ConversationNext *next)
{
  if (command->command == NULL)
    return;
  if (next == NULL || next->arena != NULL)
    context->start (context->ctx, command);
  else if (context->claim (context->ctx, command))
    go_on_with (context, command, next);
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

static void
set_specification (ChannelMessage *message, const ApiGetDeploymentSpecificationOutput *output)
{
  const ApiDeploymentSpecification *specification = output->deployment_specification;

  message->system = output->deployment_system;
  if (specification != NULL && specification->generic_envelope != NULL) {
    message->format = specification->generic_envelope->format;
    message->payload = specification->generic_envelope->payload;
  }
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
        set_specification (&message, output);
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
  for (;;) {
    ChannelMessage message = { .kind = CHANNEL_ACKNOWLEDGED };
    g_autoptr (GError) problem = NULL;
    HostCommand next;
    if (command_service_acknowledge (
            conversation->service, conversation->command->host_command_identifier, is_noop, arena,
            &message.status, place_for_next (conversation->context, &next), &problem)) {
      take_next (conversation->context, &next, conversation->next);
      return answer (conversation, &message);
    }
    if (!attempts_again (&attempts, problem)) {
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
  const ApiHostCommand *command = conversation->command;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) problem = NULL;
  const char *status;

  if (command_service_acknowledge (conversation->service, command->host_command_identifier, FALSE,
                                   arena, &status, NULL, &problem))
    return LATE_CALL_DONE;
  agent_log (host->log, AGENT_LOG_DEBUG, "acknowledging %s, which is at work: %s",
             command->command_name, problem->message);
  if (command_service_failure (conversation->service) == CALL_REFUSED)
    return LATE_CALL_DONE;
  return backoff_call_ms (++conversation->unacknowledged, FIRST_CALL_PAUSE_MS, host->ambient);
}

/* Until it ends, the service is the late acknowledgement's: fetches and the worker's own doing need it not. */
static gboolean
expect_long_work (Conversation *conversation)
{
  if (!conversation->is_short || conversation->acknowledgement != NULL)
    return FALSE;
  conversation->acknowledgement = late_call_begin (
      conversation->context->host->config->acknowledge_after_ms, acknowledge_late, conversation);
  return TRUE;
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
  HostCommand next;
  ChannelMessage message = { .kind = CHANNEL_REPORTED };

  if (report (context, conversation->service, &outcome, arena, &next)) {
    context->reported (context->ctx, &outcome);
    take_next (context, &next, conversation->next);
  } else {
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
  case CHANNEL_BEGUN:
    return expect_long_work (conversation);
  default: /* the channel lets nothing else through */
    return FALSE;
  }
}

/* Takes the specification along if it is there. One that does not fit into a message is left to an answer, which tells so. */
static gboolean
send_command (const Conversation *conversation, GError **error)
{
  const ApiHostCommand *command = conversation->command;
  const AgentIdentity *identity = conversation->context->host->identity;
  ChannelMessage message = { .kind = CHANNEL_COMMAND,
                             .command_id = command->host_command_identifier,
                             .host_identifier = command->host_identifier,
                             .execution_id = command->deployment_execution_id,
                             .command_name = command->command_name,
                             .own_identifier = identity->host_identifier,
                             .region = identity->region,
                             .is_short = conversation->is_short != FALSE };
  ChannelMessage whole = message;

  if (conversation->specification != NULL) {
    whole.is_specified = TRUE;
    set_specification (&whole, conversation->specification);
    if (channel_send (conversation->channel, &whole, -1, NULL))
      return TRUE;
  }
  return channel_send (conversation->channel, &message, -1, error);
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

static ConversationEnd
drop (const ConversationContext *context, const ApiHostCommand *command, const GError *error)
{
  agent_log (context->host->log, AGENT_LOG_ERROR, "cannot run %s: %s", command->command_name,
             error->message);
  return CONVERSATION_DROPPED;
}

ConversationEnd
conversation_run (const ConversationContext *context, CommandService *service,
                  const HostCommand *command, NetworkLinkWorker *worker, ConversationNext *out_next)
{
  Conversation conversation = { context, service, .command = command->command, .next = out_next };
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;

  if (worker == NULL)
    worker = network_link_ask_worker (context->link, &error);
  if (worker == NULL)
    return drop (context, command->command, error);
  conversation.is_short = host_command_is_specified (command);
  if (conversation.is_short)
    conversation.specification = &command->specification;
  else /* a failure counts as the first attempt of those that the worker's question makes */
    (void)!command_service_specification (service, command->command->deployment_execution_id, arena,
                                          &conversation.specification, &conversation.problem);
  g_autoptr (Channel) channel = network_link_await_worker (worker, &error);
  conversation.channel = channel;
  ConversationEnd end = CONVERSATION_DROPPED;
  if (channel != NULL && send_command (&conversation, &error))
    end = converse (&conversation);
  else
    drop (context, command->command, error);
  g_clear_error (&conversation.problem);
  return end;
}

ConversationEnd
conversation_recover (const ConversationContext *context, CommandService *service, Channel *channel)
{
  Conversation conversation = { context, service, channel };
  return converse (&conversation);
}

void
conversation_repeat (const ConversationContext *context, CommandService *service,
                     const CommandOutcome *outcome, NetworkLinkWorker *worker,
                     ConversationNext *out_next)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL; /* of a worker that nobody needs */
  g_autoptr (Channel) unused = worker != NULL ? network_link_await_worker (worker, &error) : NULL;
  HostCommand next;

  if (report (context, service, outcome, arena, &next))
    take_next (context, &next, out_next);
  else
    agent_log (context->host->log, AGENT_LOG_WARN, "a repeated command stays unanswered");
}
