#include "agent/worker.h"

#include <unistd.h>

#include "agent/command-journal.h"
#include "agent/command-lock.h"
#include "agent/executor.h"
#include "agent/installer.h"
#include "agent/spec-envelope.h"

typedef struct {
  const WorkerContext *context;
  AgentIdentity identity; /* complete */
  AgentHost own;          /* with that identity, and a log that names deployment and event */
  AgentLog *about;        /* that log; NULL: not known yet */
  const AgentHost *host;  /* it is own */
  Channel *channel;
  Arena *arena;
  ApiHostCommand command;
  ChannelMessage first;       /* that brought the command */
  const DeploymentSpec *spec; /* NULL: not opened yet, or not to be opened */
  gboolean has_begun;         /* it has a tracking file, and may have an Install's journal */
} Work;

Channel *
worker_channel (int fd)
{
  return channel_new (fd, CHANNEL_NETWORK_TO_WORKER, CHANNEL_WORKER_TO_NETWORK);
}

static gboolean
receive (Channel *channel, Arena *arena, ChannelMessage *out, GError **error)
{
  int fd;
  ChannelReceived received = channel_receive (channel, arena, out, &fd, error);
  if (received == CHANNEL_GOT || received == CHANNEL_BROKEN)
    return received == CHANNEL_GOT;
  g_set_error_literal (error, CHANNEL_ERROR, CHANNEL_ERROR_ENDED,
                       "the process that talks to the network has ended");
  return FALSE;
}

gboolean
worker_ask (Channel *channel, const ChannelMessage *question, int fd, ChannelKind wanted,
            Arena *arena, ChannelMessage *out, ChannelFailure *out_failure, GError **error)
{
  *out_failure = CHANNEL_FAILURE_GAVE_UP;
  if (!channel_send (channel, question, fd, error) || !receive (channel, arena, out, error))
    return FALSE;
  if (out->kind == wanted)
    return TRUE;
  if (out->kind == CHANNEL_FAILED) {
    *out_failure = out->failure;
    g_set_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FAILED, "%s", out->text);
  } else {
    g_set_error (error, CHANNEL_ERROR, CHANNEL_ERROR_FORBIDDEN, "%s is no answer to %s",
                 channel_kind_name (out->kind), channel_kind_name (question->kind));
  }
  return FALSE;
}

static gboolean
is_cut_off (const GError *error)
{
  return g_error_matches (error, CHANNEL_ERROR, CHANNEL_ERROR_ENDED) ||
         g_error_matches (error, CHANNEL_ERROR, CHANNEL_ERROR_FORBIDDEN);
}

static int
end_with (const Work *work, ChannelEnd end)
{
  ChannelMessage message = { .kind = CHANNEL_END, .end = end };
  g_autoptr (GError) error = NULL;
  /* nothing is owed: the other side learns of our end anyway */
  if (!channel_send (work->channel, &message, -1, &error))
    agent_log (work->host->log, AGENT_LOG_DEBUG, "%s", error->message);
  return WORKER_DONE;
}

/* --- the result ----------------------------------------------------------------------------- */

static int
report (Work *work, const CommandOutcome *outcome)
{
  ChannelMessage answer, message = { .kind = CHANNEL_REPORT,
                                     .command_id = outcome->command_id,
                                     .succeeded = outcome->succeeded != FALSE,
                                     .payload = outcome->payload };
  ChannelFailure failure;
  g_autoptr (GError) error = NULL;

  if (!worker_ask (work->channel, &message, -1, CHANNEL_REPORTED, work->arena, &answer, &failure,
                   &error)) {
    if (!is_cut_off (error))
      return end_with (work, CHANNEL_END_OVER); /* given up: kept for the next start */
    agent_log (work->host->log, AGENT_LOG_WARN, "the result of %s is kept: %s",
               work->command.command_name, error->message);
    return WORKER_LEFT;
  }
  if (!command_journal_forget (work->host, outcome->deployment_id, outcome->command_id, &error))
    agent_log (work->host->log, AGENT_LOG_WARN, "%s", error->message);
  return end_with (work, CHANNEL_END_OVER);
}

/* The result goes on disk before anybody hears of it. */
static int
finish (Work *work, const CommandResult *result)
{
  const AgentHost *host = work->host;
  g_autofree char *payload = diagnostics_payload (result);
  CommandOutcome outcome = {
    .command_id = work->command.host_command_identifier,
    .deployment_id = work->spec != NULL ? work->spec->deployment_id : NULL,
    .succeeded = result->code == DIAGNOSTICS_OK,
    .payload = payload,
  };
  g_autoptr (GError) error = NULL;

  if (!outcome.succeeded)
    agent_log (host->log, AGENT_LOG_ERROR, "%s failed with code %d: %s", work->command.command_name,
               (int)result->code, result->message);
  /* without the record a crash before the answer reports code 7 instead: still no second run */
  gboolean settled = command_journal_finish (host, &outcome, &error);
  if (settled && work->has_begun)
    settled = installer_settle (host, outcome.deployment_id, &error);
  if (!settled)
    agent_log (host->log, AGENT_LOG_WARN, "%s", error->message);
  return report (work, &outcome);
}

static int
finish_with_error (Work *work, const GError *error)
{
  g_auto (CommandResult) result = { 0 };
  command_result_set_error (&result, error);
  return finish (work, &result);
}

static int
drop (Work *work, const GError *error)
{
  agent_log (work->host->log, AGENT_LOG_WARN, "left the command %s alone before it began: %s",
             work->command.command_name, error->message);
  return end_with (work, CHANNEL_END_DROPPED);
}

/* --- until the command may run -------------------------------------------------------------- */

static gboolean
open_specification (Work *work, const ChannelMessage *answer, GError **error)
{
  ApiSpecificationEnvelope envelope = { .format = answer->format, .payload = answer->payload };
  ApiDeploymentSpecification specification = { .generic_envelope = &envelope };
  gboolean has_envelope = answer->format != NULL || answer->payload != NULL;
  ApiGetDeploymentSpecificationOutput output = {
    .deployment_system = answer->system,
    .deployment_specification = has_envelope ? &specification : NULL,
  };
  work->spec = spec_envelope_open (&output, work->context->verifier, work->arena, error);
  if (work->spec == NULL)
    return FALSE;
  work->about =
      agent_log_about (work->own.log, work->spec->deployment_id, work->command.command_name);
  work->own.log = work->about;
  return TRUE;
}

/* The command is not worked on: a start that follows leaves it alone. */
static void
let_go (const Work *work)
{
  g_autoptr (GError) error = NULL;
  if (!command_journal_unaccept (work->host, work->command.host_command_identifier, &error))
    agent_log (work->host->log, AGENT_LOG_WARN, "%s", error->message);
}

static BundleFetchCourse
course_of (const ChannelMessage *answer)
{
  return answer->course == BUNDLE_FETCH_ANEW ? BUNDLE_FETCH_ANEW : BUNDLE_FETCH_STRAIGHT;
}

/* A BundleFetch: the network process has it done. */
static gboolean
fetch (gpointer ctx, const BundleRequest *request, int fd, BundleFetched *out, GError **error)
{
  const SpecRevision *revision = &request->revision;
  g_autoptr (Arena) arena = arena_new ();
  ChannelMessage answer, message = { .kind = CHANNEL_FETCH,
                                     .revision_type = revision->type,
                                     .bucket = revision->bucket,
                                     .key = revision->key,
                                     .version = revision->version,
                                     .etag = revision->etag,
                                     .account = revision->account,
                                     .repository = revision->repository,
                                     .commit_id = revision->commit_id,
                                     .bundle_type = revision->bundle_type,
                                     .github_token = request->github_token };
  ChannelFailure failure;

  if (!worker_ask (ctx, &message, fd, CHANNEL_FETCHED, arena, &answer, &failure, error))
    return FALSE;
  *out = (BundleFetched){ course_of (&answer), g_strdup (answer.etag) };
  return TRUE;
}

static int
execute (Work *work)
{
  const AgentHost *host = work->host;
  const ApiHostCommand *command = &work->command;
  g_auto (CommandResult) result = { 0 };
  g_autoptr (GError) error = NULL;

  if (!command_journal_begin (host, work->spec->deployment_id, command->host_command_identifier,
                              &error))
    return finish_with_error (work, error);
  work->has_begun = TRUE;
  gint64 began_ms = ambient_now_ms (host->ambient);
  BundleContext bundle = { host, fetch, work->channel };
  agent_log (host->log, AGENT_LOG_INFO, "%s begins", command->command_name);
  executor_run (&bundle, command->command_name, work->spec, &result);
  agent_log (host->log, AGENT_LOG_INFO, "%s ended after %" G_GINT64_FORMAT " ms with code %d",
             command->command_name, ambient_now_ms (host->ambient) - began_ms, (int)result.code);
  return finish (work, &result);
}

/* Nothing runs that could be interrupted, so it does not count as begun: a crash takes it on again. */
static int
execute_noop (Work *work)
{
  const char *name = work->command.command_name;
  g_auto (CommandResult) result = { 0 };

  agent_log (work->host->log, AGENT_LOG_INFO, "%s has nothing to run", name);
  executor_run_noop (work->host, name, work->spec, &result);
  return finish (work, &result);
}

/*
 * In the short conversation what may be over in a moment is completed and not acknowledged; should it take longer, the network process
 * acknowledges it meanwhile.
 */
static gboolean
may_be_acknowledged_late (const Work *work, gboolean is_noop)
{
  return work->first.is_short && !is_noop && executor_runs_no_script (work->command.command_name);
}

static int
acknowledge (Work *work, gboolean is_noop)
{
  ChannelMessage answer, message = { .kind = CHANNEL_ACKNOWLEDGE, .is_noop = is_noop != FALSE };
  ChannelFailure failure;
  g_autoptr (GError) error = NULL;

  if (may_be_acknowledged_late (work, is_noop))
    message = (ChannelMessage){ .kind = CHANNEL_BEGIN };
  if (!worker_ask (work->channel, &message, -1, CHANNEL_ACKNOWLEDGED, work->arena, &answer,
                   &failure, &error)) {
    if (is_cut_off (error))
      return WORKER_LEFT; /* the service may have seen it acknowledged: it is taken on again */
    if (failure == CHANNEL_FAILURE_REFUSED)
      let_go (work);
    return drop (work, error);
  }
  gboolean says_failed = g_strcmp0 (answer.status, "Failed") == 0;
  if (g_strcmp0 (answer.status, "Succeeded") == 0 || (says_failed && !is_noop)) {
    agent_log (work->host->log, AGENT_LOG_INFO, "the service says that %s is over (%s)",
               work->command.command_name, answer.status);
    let_go (work);
    return end_with (work, CHANNEL_END_OVER);
  }
  if (says_failed) {
    CommandResult noop = { .message = (char *)"Succeeded: CompletedNoopCommand" };
    return finish (work, &noop);
  }
  return is_noop ? execute_noop (work) : execute (work);
}

static int
begin (Work *work)
{
  ChannelMessage answer, message = { .kind = CHANNEL_WANT_SPECIFICATION };
  ChannelFailure failure;
  gboolean is_noop = FALSE;
  g_autoptr (GError) error = NULL;

  if (!work->first.is_specified && !worker_ask (work->channel, &message, -1, CHANNEL_SPECIFICATION,
                                                work->arena, &answer, &failure, &error))
    return failure == CHANNEL_FAILURE_REFUSED ? finish_with_error (work, error)
                                              : drop (work, error);
  if (!open_specification (work, work->first.is_specified ? &work->first : &answer, &error))
    return finish_with_error (work, error);
  if (command_journal_is_interrupted (work->host, work->spec->deployment_id,
                                      work->command.host_command_identifier)) {
    end_with (work, CHANNEL_END_BUSY);
    return WORKER_LEFT; /* a worker was cut off in it: a recovery says how it ended */
  }
  if (!executor_is_noop (work->host, work->command.command_name, work->spec, &is_noop, &error) ||
      !command_journal_accept (work->host, &work->command, &error))
    return finish_with_error (work, error);
  return acknowledge (work, is_noop);
}

static int
run_locked (Work *work)
{
  CommandOutcome recorded = { 0 };

  if (command_journal_lookup (work->host, work->command.host_command_identifier, work->arena,
                              &recorded)) {
    agent_log (work->host->log, AGENT_LOG_INFO,
               "command %s had ended before; its result is sent again", work->command.command_name);
    return report (work, &recorded);
  }
  return begin (work);
}

/* For the scripts' environment: who an instance is its metadata say, which only the network process asks. */
static void
take_identity (Work *work)
{
  work->identity = *work->own.identity;
  if (work->identity.host_identifier == NULL)
    work->identity.host_identifier = work->first.own_identifier;
  if (work->identity.region == NULL)
    work->identity.region = work->first.region;
  work->own.identity = &work->identity;
}

int
worker_run (const WorkerContext *context, Channel *channel_)
{
  g_autoptr (Channel) channel = channel_;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Work work = { .context = context, .own = *context->host, .channel = channel, .arena = arena };
  const ChannelMessage *first = &work.first;

  work.host = &work.own;
  if (!receive (channel, arena, &work.first, &error) || first->kind != CHANNEL_COMMAND) {
    gboolean unused = g_error_matches (error, CHANNEL_ERROR, CHANNEL_ERROR_ENDED);
    agent_log (work.host->log, unused ? AGENT_LOG_DEBUG : AGENT_LOG_WARN,
               "a worker got no command: %s",
               error != NULL ? error->message : channel_kind_name (first->kind));
    return WORKER_DONE;
  }
  work.command = (ApiHostCommand){ .host_command_identifier = first->command_id,
                                   .host_identifier = first->host_identifier,
                                   .deployment_execution_id = first->execution_id,
                                   .command_name = first->command_name };
  take_identity (&work);
  int lock = command_lock_hold (work.host, first->command_id, COMMAND_LOCK_TRY, &error);
  if (lock < 0)
    return error != NULL ? drop (&work, error) : end_with (&work, CHANNEL_END_BUSY);
  int status = run_locked (&work);
  command_lock_release (work.host, first->command_id, lock);
  agent_log_free (work.about);
  return status;
}
