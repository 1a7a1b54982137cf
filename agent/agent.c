#include "agent/agent.h"

#include <string.h>

#include "agent/backoff.h"
#include "agent/command-run.h"
#include "agent/idle-memory.h"
#include "agent/leftovers.h"
#include "agent/running-script.h"

#define MAX_REMEMBERED 64
#define IDLE_AFTER_MS  300
#define AGAIN_PAUSE_MS 1000 /* between deliveries of a command that is not taken on */

/* A result the service has had, kept for the case that it hands the command out again. */
typedef struct {
  char *command_id;
  gboolean succeeded;
  char *payload;
} Remembered;

struct Agent {
  const AgentHost *host;
  HttpClient *metadata_client;
  InstanceMetadata *metadata;
  CredentialsSource *credentials;
  CmsVerifier *verifier;
  CommandContext context;
  CommandService *poller;

  GMutex lock; /* all below */
  GCond changed;
  gboolean stopping;
  guint64 polls; /* begun so far */
  gboolean in_poll;
  GHashTable *running; /* set of command identifiers */
  GPtrArray *idle;     /* CommandServices between commands, with their connections */
  GQueue remembered;   /* newest first */
};

/* A command on its way to its thread. */
typedef struct {
  Agent *agent;
  Arena *arena;
  ApiHostCommand command;
} Job;

static gboolean
is_stopping (gpointer data)
{
  Agent *agent = data;
  g_mutex_lock (&agent->lock);
  gboolean stopping = agent->stopping;
  g_mutex_unlock (&agent->lock);
  return stopping;
}

static void
remembered_free (gpointer data)
{
  Remembered *remembered = data;
  g_free (remembered->command_id);
  g_free (remembered->payload);
  g_free (remembered);
}

Agent *
agent_new (const AgentHost *host, GError **error)
{
  g_autoptr (Agent) agent = g_new0 (Agent, 1);
  const char *anchors = host->config->spec_signer_ca;

  agent->host = host;
  g_mutex_init (&agent->lock);
  g_cond_init (&agent->changed);
  g_queue_init (&agent->remembered);
  agent->running = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  agent->idle = g_ptr_array_new_with_free_func ((GDestroyNotify)command_service_free);
  agent->metadata_client = instance_metadata_client_new (host->ambient, error);
  if (agent->metadata_client == NULL)
    return NULL;
  agent->metadata = instance_metadata_new (&(InstanceMetadataSettings){
      .refuse_v1 = host->config->disable_imds_v1, .client = agent->metadata_client });
  agent->credentials =
      credentials_source_for_identity (host->identity, agent->metadata, host->log, host->ambient);
  agent->verifier = anchors != NULL ? cms_verifier_new_from_file (anchors, error)
                                    : cms_verifier_new (NULL, error);
  if (agent->verifier == NULL)
    return NULL;
  agent->poller = command_service_new (host, agent->credentials, error);
  if (agent->poller == NULL)
    return NULL;
  agent->context =
      (CommandContext){ host, agent->credentials, agent->verifier, is_stopping, agent };
  return g_steal_pointer (&agent);
}

void
agent_free (Agent *agent)
{
  if (agent == NULL)
    return;
  command_service_free (agent->poller);
  cms_verifier_free (agent->verifier);
  credentials_source_free (agent->credentials);
  instance_metadata_free (agent->metadata);
  http_client_free (agent->metadata_client);
  g_ptr_array_unref (agent->idle);
  g_hash_table_unref (agent->running);
  g_queue_clear_full (&agent->remembered, remembered_free);
  g_cond_clear (&agent->changed);
  g_mutex_clear (&agent->lock);
  g_free (agent);
}

void
agent_stop (Agent *agent)
{
  g_mutex_lock (&agent->lock);
  agent->stopping = TRUE;
  g_cond_broadcast (&agent->changed);
  g_mutex_unlock (&agent->lock);
  http_client_abort (agent->metadata_client);
  command_service_abort (agent->poller);
}

/* Waits, but not past a stop. */
static void
rest (Agent *agent, gint64 ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;
  g_mutex_lock (&agent->lock);
  while (!agent->stopping && g_get_monotonic_time () < end)
    g_cond_wait_until (&agent->changed, &agent->lock, end);
  g_mutex_unlock (&agent->lock);
}

static CommandService *
take_service (Agent *agent, GError **error)
{
  CommandService *service = NULL;
  g_mutex_lock (&agent->lock);
  if (agent->idle->len > 0)
    service = g_ptr_array_steal_index (agent->idle, agent->idle->len - 1);
  g_mutex_unlock (&agent->lock);
  return service != NULL ? service : command_service_new (agent->host, agent->credentials, error);
}

/* The last command's end keeps one connection for the deployment's next event. */
static void
give_service_back (Agent *agent, CommandService *service)
{
  g_mutex_lock (&agent->lock);
  gboolean keep = agent->idle->len == 0;
  if (keep)
    g_ptr_array_add (agent->idle, service);
  g_mutex_unlock (&agent->lock);
  if (!keep)
    command_service_free (service);
}

static void
remember (Agent *agent, const CommandOutcome *outcome)
{
  Remembered *remembered = g_new0 (Remembered, 1);
  remembered->command_id = g_strdup (outcome->command_id);
  remembered->succeeded = outcome->succeeded;
  remembered->payload = g_strdup (outcome->payload);
  g_mutex_lock (&agent->lock);
  g_queue_push_head (&agent->remembered, remembered);
  while (agent->remembered.length > MAX_REMEMBERED)
    remembered_free (g_queue_pop_tail (&agent->remembered));
  g_mutex_unlock (&agent->lock);
}

/* The result of a command that this run has reported already. */
static gboolean
recall (Agent *agent, const char *command_id, Arena *arena, CommandOutcome *out)
{
  gboolean found = FALSE;
  g_mutex_lock (&agent->lock);
  for (GList *at = agent->remembered.head; at != NULL && !found; at = at->next) {
    const Remembered *remembered = at->data;
    found = strcmp (remembered->command_id, command_id) == 0;
    if (found)
      *out = (CommandOutcome){ .command_id = arena_strdup (arena, command_id),
                               .succeeded = remembered->succeeded,
                               .payload = arena_strdup (arena, remembered->payload) };
  }
  g_mutex_unlock (&agent->lock);
  return found;
}

static void
run_job (Job *job)
{
  Agent *agent = job->agent;
  g_autoptr (GError) error = NULL;
  CommandReport report = { 0 };
  CommandOutcome again;
  CommandService *service = take_service (agent, &error);

  if (service == NULL) {
    agent_log (agent->host->log, AGENT_LOG_ERROR, "cannot run %s: %s", job->command.command_name,
               error->message);
    return;
  }
  if (recall (agent, job->command.host_command_identifier, job->arena, &again)) {
    if (!command_run_report (&agent->context, service, NULL, &again))
      agent_log (agent->host->log, AGENT_LOG_WARN, "a repeated command stays unanswered");
  } else {
    CommandFate fate = command_run (&agent->context, service, &job->command, &report);
    if (fate == COMMAND_DROPPED)
      rest (agent, AGAIN_PAUSE_MS); /* counts as running meanwhile */
    if (fate == COMMAND_REPORTED && report.ended)
      remember (agent, &(CommandOutcome){ .command_id = job->command.host_command_identifier,
                                          .succeeded = report.succeeded,
                                          .payload = report.payload });
  }
  command_report_clear (&report);
  give_service_back (agent, service);
}

static gpointer
job_thread (gpointer data)
{
  Job *job = data;
  Agent *agent = job->agent;

  run_job (job);
  g_autofree char *command_id = g_strdup (job->command.host_command_identifier);
  arena_free (job->arena);
  g_free (job);
  g_mutex_lock (&agent->lock);
  g_hash_table_remove (agent->running, command_id);
  g_cond_broadcast (&agent->changed);
  g_mutex_unlock (&agent->lock);
  return NULL;
}

/* agent.md 1.8: the command's identifier has to be part of ours. */
static gboolean
is_for_us (const Agent *agent, const ApiHostCommand *command)
{
  return command->host_identifier != NULL && command->host_identifier[0] != '\0' &&
         strstr (agent->host->identity->host_identifier, command->host_identifier) != NULL;
}

static Job *
job_new (Agent *agent, const ApiHostCommand *command)
{
  Job *job = g_new0 (Job, 1);
  job->agent = agent;
  job->arena = arena_new ();
  job->command = (ApiHostCommand){
    .host_command_identifier = arena_strdup (job->arena, command->host_command_identifier),
    .host_identifier = arena_strdup (job->arena, command->host_identifier),
    .deployment_execution_id = arena_strdup (job->arena, command->deployment_execution_id),
    .command_name = arena_strdup (job->arena, command->command_name),
  };
  return job;
}

typedef enum {
  POLL_EMPTY,
  POLL_TOOK,   /* a command was taken on */
  POLL_FAILED, /* no answer, or a command that is not to be worked on */
  POLL_BUSY    /* a command that is running already */
} Poll;

static Poll
take_on (Agent *agent, const ApiHostCommand *command)
{
  AgentLog *log = agent->host->log;

  if (!is_for_us (agent, command)) {
    agent_log (log, AGENT_LOG_ERROR, "the service sent a command for another host (%s)",
               command->host_identifier != NULL ? command->host_identifier : "nobody");
    return POLL_FAILED;
  }
  if (command->command_name == NULL || command->command_name[0] == '\0' ||
      command->host_command_identifier == NULL || command->host_command_identifier[0] == '\0' ||
      command->deployment_execution_id == NULL) {
    agent_log (log, AGENT_LOG_ERROR, "the service sent a command without name or identifier");
    return POLL_FAILED;
  }
  g_mutex_lock (&agent->lock);
  gboolean is_new =
      !agent->stopping && !g_hash_table_contains (agent->running, command->host_command_identifier);
  if (is_new)
    g_hash_table_add (agent->running, g_strdup (command->host_command_identifier));
  g_mutex_unlock (&agent->lock);
  if (!is_new)
    return POLL_BUSY;

  g_autoptr (GError) error = NULL;
  Job *job = job_new (agent, command);
  GThread *thread = g_thread_try_new ("command", job_thread, job, &error);
  if (thread != NULL) {
    g_thread_unref (thread);
    return POLL_TOOK;
  }
  agent_log (log, AGENT_LOG_ERROR, "cannot start a thread: %s", error->message);
  g_mutex_lock (&agent->lock);
  g_hash_table_remove (agent->running, command->host_command_identifier);
  g_mutex_unlock (&agent->lock);
  arena_free (job->arena);
  g_free (job);
  return POLL_FAILED;
}

static void
log_poll_failure (const Agent *agent, const GError *error, guint failures)
{
  gboolean denied = command_service_failure (agent->poller) == CALL_DENIED;
  agent_log (
      agent->host->log, failures == 0 ? AGENT_LOG_ERROR : AGENT_LOG_WARN, "polling failed: %s%s",
      error->message,
      denied
          ? " (check the keys in the on-premises file, that this host is registered, and the clock)"
          : "");
}

static void
set_in_poll (Agent *agent, gboolean in_poll)
{
  g_mutex_lock (&agent->lock);
  agent->in_poll = in_poll;
  if (in_poll)
    agent->polls++;
  g_cond_broadcast (&agent->changed);
  g_mutex_unlock (&agent->lock);
}

/* Once a poll has been held for a moment and nothing runs, the agent is idle: its memory can go. */
static gpointer
idle_thread (gpointer data)
{
  Agent *agent = data;
  guint64 seen = 0;

  g_mutex_lock (&agent->lock);
  while (!agent->stopping) {
    if (agent->polls == seen || !agent->in_poll || g_hash_table_size (agent->running) > 0) {
      g_cond_wait (&agent->changed, &agent->lock);
      continue;
    }
    guint64 poll = agent->polls;
    gint64 end = g_get_monotonic_time () + IDLE_AFTER_MS * 1000;
    while (!agent->stopping && agent->polls == poll && g_get_monotonic_time () < end)
      g_cond_wait_until (&agent->changed, &agent->lock, end);
    if (agent->polls != poll || !agent->in_poll || g_hash_table_size (agent->running) > 0)
      continue;
    seen = poll;
    g_mutex_unlock (&agent->lock);
    idle_memory_give_back ();
    g_mutex_lock (&agent->lock);
  }
  g_mutex_unlock (&agent->lock);
  return NULL;
}

static Poll
poll_once (Agent *agent, guint failures)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const ApiHostCommand *command = NULL;

  set_in_poll (agent, TRUE);
  gboolean answered = command_service_poll (agent->poller, arena, &command, &error);
  set_in_poll (agent, FALSE);
  if (!answered) {
    if (!is_stopping (agent))
      log_poll_failure (agent, error, failures);
    return POLL_FAILED;
  }
  if (command == NULL)
    return POLL_EMPTY;
  return take_on (agent, command);
}

static void
wait_for_capacity (Agent *agent)
{
  g_mutex_lock (&agent->lock);
  while (!agent->stopping && g_hash_table_size (agent->running) >= AGENT_MAX_COMMANDS)
    g_cond_wait (&agent->changed, &agent->lock);
  g_mutex_unlock (&agent->lock);
}

/*
 * Empty polls begin at least wait_between_runs apart. The service holds a poll for most of a minute, so that with it there
 * is no pause at all; one that answers at once is not flooded. After a command the next poll follows at once.
 */
static void
poll_until_stopped (Agent *agent)
{
  const AgentConfig *config = agent->host->config;
  guint failures = 0;

  while (!is_stopping (agent)) {
    gint64 began_us = g_get_monotonic_time ();
    Poll poll = poll_once (agent, failures);
    gint64 elapsed_ms = (g_get_monotonic_time () - began_us) / 1000;
    failures = poll == POLL_FAILED ? failures + 1 : 0;
    if (poll == POLL_FAILED)
      rest (agent, backoff_poll_ms (failures, config->poll_backoff_first_ms, elapsed_ms));
    else if (poll == POLL_BUSY)
      rest (agent, MAX (config->wait_between_runs_s * 1000, AGAIN_PAUSE_MS));
    else if (poll == POLL_EMPTY)
      rest (agent, config->wait_between_runs_s * 1000 - elapsed_ms);
    wait_for_capacity (agent);
  }
}

/* What was acknowledged, or nearly, and never begun: the service does not hand it out again. */
static void
resume (Agent *agent)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GArray) accepted = command_journal_accepted (agent->host, arena);

  for (guint i = 0; i < accepted->len && !is_stopping (agent); i++) {
    const ApiHostCommand *command = &g_array_index (accepted, ApiHostCommand, i);
    agent_log (agent->host->log, AGENT_LOG_INFO,
               "command %s was accepted before the agent's end and had not begun; taking it on",
               command->command_name);
    if (take_on (agent, command) != POLL_TOOK)
      agent_log (agent->host->log, AGENT_LOG_WARN, "%s is left alone", command->command_name);
    wait_for_capacity (agent);
  }
}

/* agent.md 6.5: before the first poll, what an earlier run ended or was cut off in. Waits for the service if it has to. */
static void
recover (Agent *agent)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GArray) pending = command_journal_pending (agent->host, arena);

  for (guint i = 0; i < pending->len && !is_stopping (agent); i++) {
    CommandOutcome outcome = g_array_index (pending, CommandOutcome, i);
    command_run_recover (&agent->context, &outcome, arena);
    if (command_run_report (&agent->context, agent->poller, NULL, &outcome))
      remember (agent, &outcome);
    else
      agent_log (agent->host->log, AGENT_LOG_ERROR, "its report is kept for the next start");
  }
}

AgentEnd
agent_run (Agent *agent)
{
  agent_log (agent->host->log, AGENT_LOG_INFO, "agent for %s polls in region %s",
             agent->host->identity->host_identifier, agent->host->identity->region);
  leftovers_remove (agent->host);
  running_script_end_left_behind (agent->host);
  recover (agent);
  resume (agent);
  GThread *idle = g_thread_new ("idle", idle_thread, agent);
  poll_until_stopped (agent);
  g_thread_join (idle);

  gint64 end =
      g_get_monotonic_time () + agent->host->config->kill_agent_max_wait_time_s * G_USEC_PER_SEC;
  g_mutex_lock (&agent->lock);
  guint running = g_hash_table_size (agent->running);
  if (running > 0)
    agent_log (agent->host->log, AGENT_LOG_INFO, "stopping: waiting for %u running command(s)",
               running);
  while (g_hash_table_size (agent->running) > 0)
    if (!g_cond_wait_until (&agent->changed, &agent->lock, end))
      break;
  running = g_hash_table_size (agent->running);
  g_mutex_unlock (&agent->lock);
  agent_log (agent->host->log, AGENT_LOG_INFO, "stopped");
  return running == 0 ? AGENT_STOPPED : AGENT_STOPPED_LATE;
}
