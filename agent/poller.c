#include "agent/poller.h"

#include "agent/backoff.h"
#include "agent/host-command.h"
#include "agent/idle-memory.h"
#include "agent/reported.h"
#include "agent/service-pool.h"

#define IDLE_AFTER_MS       300
#define TELL_EVERY_MS       10000
#define AGAIN_PAUSE_MS      1000 /* between deliveries of a command that is not taken on */
#define STOPPING_PATIENCE_S 5    /* for a call of the service */
#define STOPPING_LOOK_MS    100
#define SLACK_S             300 /* beyond what a poll and its pause may take */

struct Poller {
  PollerSettings settings;
  const AgentHost *host;
  ConversationContext context;
  CommandService *service; /* that polls */
  ServicePool *services;   /* for conversations */
  gint64 told_us;          /* when an answer was last told; 0: never */

  GMutex lock; /* all below */
  GCond changed;
  gboolean stopping;
  gint64 stopping_since_us;
  gboolean recovered; /* what was left at start has been reported */
  guint recovering;   /* conversations without a command */
  guint64 polls;      /* begun so far */
  gboolean in_poll;
  gint64 seen_us;      /* the loop's last step */
  GHashTable *running; /* set of command identifiers */
  ReportedCommands *reported;
};

/* A conversation on its way to its thread. */
typedef struct {
  Poller *poller;
  Arena *arena;
  ApiHostCommand command; /* all NULL: recovery */
  Channel *channel;       /* of a recovery */
} Job;

static gboolean
is_stopping (gpointer data)
{
  Poller *poller = data;
  g_mutex_lock (&poller->lock);
  gboolean stopping = poller->stopping;
  g_mutex_unlock (&poller->lock);
  return stopping;
}

static gboolean resume (gpointer ctx, const ApiHostCommand *command);

static void
remember (gpointer ctx, const CommandOutcome *outcome)
{
  Poller *poller = ctx;
  g_mutex_lock (&poller->lock);
  reported_commands_add (poller->reported, outcome);
  g_mutex_unlock (&poller->lock);
}

Poller *
poller_new (const PollerSettings *settings, GError **error)
{
  g_autoptr (Poller) poller = g_new0 (Poller, 1);

  poller->settings = *settings;
  poller->host = settings->host;
  g_mutex_init (&poller->lock);
  g_cond_init (&poller->changed);
  poller->seen_us = g_get_monotonic_time ();
  poller->running = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  poller->services =
      service_pool_new (settings->host, settings->credentials, settings->agent_version);
  poller->reported = reported_commands_new ();
  poller->context = (ConversationContext){
    .host = settings->host,
    .credentials = settings->credentials,
    .link = settings->link,
    .stopped = is_stopping,
    .stopped_ctx = poller,
    .resume = resume,
    .reported = remember,
    .ctx = poller,
  };
  poller->service =
      command_service_new (settings->host, settings->credentials, settings->agent_version, error);
  return poller->service != NULL ? g_steal_pointer (&poller) : NULL;
}

void
poller_free (Poller *poller)
{
  if (poller == NULL)
    return;
  command_service_free (poller->service);
  service_pool_free (poller->services);
  g_hash_table_unref (poller->running);
  reported_commands_free (poller->reported);
  g_cond_clear (&poller->changed);
  g_mutex_clear (&poller->lock);
  g_free (poller);
}

void
poller_stop (Poller *poller)
{
  g_mutex_lock (&poller->lock);
  if (!poller->stopping)
    poller->stopping_since_us = g_get_monotonic_time ();
  poller->stopping = TRUE;
  g_cond_broadcast (&poller->changed);
  g_mutex_unlock (&poller->lock);
  command_service_abort (poller->service);
}

gboolean
poller_is_alive (Poller *poller)
{
  const AgentConfig *config = poller->host->config;
  gint64 longest_s = config->http_read_timeout_s + config->wait_between_runs_s +
                     9 * config->poll_backoff_first_ms / 1000 + SLACK_S;
  g_mutex_lock (&poller->lock);
  gboolean waits = poller->stopping || !poller->recovered ||
                   g_hash_table_size (poller->running) >= POLLER_MAX_COMMANDS;
  gboolean alive = waits || g_get_monotonic_time () - poller->seen_us < longest_s * G_USEC_PER_SEC;
  g_mutex_unlock (&poller->lock);
  return alive;
}

/* Waits, but not past a stop. */
static void
rest (Poller *poller, gint64 ms)
{
  gint64 end = g_get_monotonic_time () + ms * 1000;
  g_mutex_lock (&poller->lock);
  while (!poller->stopping && g_get_monotonic_time () < end)
    g_cond_wait_until (&poller->changed, &poller->lock, end);
  g_mutex_unlock (&poller->lock);
}

/* --- conversations -------------------------------------------------------------------------- */

/* The result of a command that this process has reported already. */
static gboolean
recall (Poller *poller, const char *command_id, Arena *arena, CommandOutcome *out)
{
  g_mutex_lock (&poller->lock);
  gboolean found = reported_commands_find (poller->reported, command_id, arena, out);
  g_mutex_unlock (&poller->lock);
  return found;
}

static void
run_command (Job *job, CommandService *service)
{
  Poller *poller = job->poller;
  CommandOutcome again;

  if (recall (poller, job->command.host_command_identifier, job->arena, &again)) {
    if (!conversation_report (&poller->context, service, &again))
      agent_log (poller->host->log, AGENT_LOG_WARN, "a repeated command stays unanswered");
    return;
  }
  if (conversation_run (&poller->context, service, &job->command) == CONVERSATION_DROPPED)
    rest (poller, AGAIN_PAUSE_MS); /* counts as running meanwhile */
}

static void
run_job (Job *job)
{
  Poller *poller = job->poller;
  g_autoptr (GError) error = NULL;
  CommandService *service = service_pool_take (poller->services, &error);

  if (service == NULL) {
    agent_log (poller->host->log, AGENT_LOG_ERROR, "cannot talk to the service: %s",
               error->message);
    return;
  }
  if (job->command.host_command_identifier != NULL) {
    run_command (job, service);
  } else if (conversation_recover (&poller->context, service, job->channel) == CONVERSATION_OVER) {
    g_mutex_lock (&poller->lock);
    poller->recovered = TRUE;
    g_mutex_unlock (&poller->lock);
  }
  service_pool_give_back (poller->services, service);
}

static void
job_free (Job *job)
{
  channel_free (job->channel);
  arena_free (job->arena);
  g_free (job);
}

static gpointer
job_thread (gpointer data)
{
  Job *job = data;
  Poller *poller = job->poller;
  g_autofree char *command_id = g_strdup (job->command.host_command_identifier);

  run_job (job);
  job_free (job);
  g_mutex_lock (&poller->lock);
  if (command_id != NULL)
    g_hash_table_remove (poller->running, command_id);
  else
    poller->recovering--;
  g_cond_broadcast (&poller->changed);
  g_mutex_unlock (&poller->lock);
  return NULL;
}

/* What the job counts as has been noted; it is taken over. */
static gboolean
start_job (Job *job)
{
  Poller *poller = job->poller;
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_try_new ("conversation", job_thread, job, &error);

  if (thread != NULL) {
    g_thread_unref (thread);
    return TRUE;
  }
  agent_log (poller->host->log, AGENT_LOG_ERROR, "cannot start a thread: %s", error->message);
  g_mutex_lock (&poller->lock);
  if (job->command.host_command_identifier != NULL)
    g_hash_table_remove (poller->running, job->command.host_command_identifier);
  else
    poller->recovering--;
  g_mutex_unlock (&poller->lock);
  job_free (job);
  return FALSE;
}

void
poller_recover (Poller *poller, Channel *channel)
{
  Job *job = g_new0 (Job, 1);
  *job = (Job){ .poller = poller, .arena = arena_new (), .channel = channel };
  g_mutex_lock (&poller->lock);
  poller->recovering++;
  g_mutex_unlock (&poller->lock);
  (void)!start_job (job); /* the master sees its worker end, and sends another */
}

static Job *
job_new (Poller *poller, const ApiHostCommand *command)
{
  Job *job = g_new0 (Job, 1);
  job->poller = poller;
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
start_command (Poller *poller, const ApiHostCommand *command)
{
  g_mutex_lock (&poller->lock);
  gboolean is_new = !poller->stopping &&
                    !g_hash_table_contains (poller->running, command->host_command_identifier);
  if (is_new)
    g_hash_table_add (poller->running, g_strdup (command->host_command_identifier));
  g_mutex_unlock (&poller->lock);
  if (!is_new)
    return POLL_BUSY;
  return start_job (job_new (poller, command)) ? POLL_TOOK : POLL_FAILED;
}

static void
wait_for_capacity (Poller *poller)
{
  g_mutex_lock (&poller->lock);
  while (!poller->stopping && g_hash_table_size (poller->running) >= POLLER_MAX_COMMANDS)
    g_cond_wait (&poller->changed, &poller->lock);
  g_mutex_unlock (&poller->lock);
}

/* Its worker has ended, and the conversation with it may be about to. */
static void
wait_until_not_running (Poller *poller, const char *command_id)
{
  g_mutex_lock (&poller->lock);
  while (!poller->stopping && g_hash_table_contains (poller->running, command_id))
    g_cond_wait (&poller->changed, &poller->lock);
  g_mutex_unlock (&poller->lock);
}

static gboolean
resume (gpointer ctx, const ApiHostCommand *command)
{
  Poller *poller = ctx;
  wait_until_not_running (poller, command->host_command_identifier);
  wait_for_capacity (poller);
  return start_command (poller, command) == POLL_TOOK;
}

/* --- polling -------------------------------------------------------------------------------- */

static Poll
take_on (Poller *poller, const ApiHostCommand *command)
{
  g_autoptr (GError) error = NULL;

  if (host_command_check (command, poller->host->identity->host_identifier, &error))
    return start_command (poller, command);
  agent_log (poller->host->log, AGENT_LOG_ERROR, "%s", error->message);
  return POLL_FAILED;
}

static void
tell_failed (const Poller *poller, const GError *error, guint failures)
{
  static const char check[] =
      " (check the keys in the on-premises file, that this host is registered, and the clock)";
  gboolean denied = command_service_failure (poller->service) == CALL_DENIED;
  g_autofree char *why = g_strconcat (error->message, denied ? check : "", NULL);

  agent_log (poller->host->log, failures == 0 ? AGENT_LOG_ERROR : AGENT_LOG_WARN,
             "polling failed: %s", why);
  poller->settings.failed (poller->settings.ctx, why);
}

static void
set_in_poll (Poller *poller, gboolean in_poll)
{
  g_mutex_lock (&poller->lock);
  poller->in_poll = in_poll;
  poller->seen_us = g_get_monotonic_time ();
  if (in_poll)
    poller->polls++;
  g_cond_broadcast (&poller->changed);
  g_mutex_unlock (&poller->lock);
}

static gboolean
is_idle (const Poller *poller)
{
  return poller->in_poll && g_hash_table_size (poller->running) == 0 && poller->recovering == 0;
}

/* Once a poll has been held for a moment and nothing runs, this process is idle: its memory can go. */
static gpointer
idle_thread (gpointer data)
{
  Poller *poller = data;
  guint64 seen = 0;

  g_mutex_lock (&poller->lock);
  while (!poller->stopping) {
    if (poller->polls == seen || !is_idle (poller)) {
      g_cond_wait (&poller->changed, &poller->lock);
      continue;
    }
    guint64 poll = poller->polls;
    gint64 end = g_get_monotonic_time () + IDLE_AFTER_MS * 1000;
    while (!poller->stopping && poller->polls == poll && g_get_monotonic_time () < end)
      g_cond_wait_until (&poller->changed, &poller->lock, end);
    if (poller->polls != poll || !is_idle (poller))
      continue;
    seen = poll;
    g_mutex_unlock (&poller->lock);
    idle_memory_give_back ();
    g_mutex_lock (&poller->lock);
  }
  g_mutex_unlock (&poller->lock);
  return NULL;
}

static void
tell_answered (Poller *poller, guint failures)
{
  gint64 now_us = g_get_monotonic_time ();
  if (failures == 0 && poller->told_us != 0 &&
      now_us - poller->told_us < TELL_EVERY_MS * G_TIME_SPAN_MILLISECOND)
    return;
  poller->told_us = now_us;
  poller->settings.answered (poller->settings.ctx);
}

static Poll
poll_once (Poller *poller, guint failures)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const ApiHostCommand *command = NULL;

  set_in_poll (poller, TRUE);
  gboolean answered = command_service_poll (poller->service, arena, &command, &error);
  set_in_poll (poller, FALSE);
  if (!answered) {
    if (!is_stopping (poller))
      tell_failed (poller, error, failures);
    return POLL_FAILED;
  }
  tell_answered (poller, failures);
  return command != NULL ? take_on (poller, command) : POLL_EMPTY;
}

/*
 * Empty polls begin at least wait_between_runs apart. The service holds a poll for most of a minute, so that with it there
 * is no pause at all; one that answers at once is not flooded. After a command the next poll follows at once.
 */
static void
poll_until_stopped (Poller *poller)
{
  const AgentConfig *config = poller->host->config;
  guint failures = 0;

  while (!is_stopping (poller)) {
    gint64 began_us = g_get_monotonic_time ();
    Poll poll = poll_once (poller, failures);
    gint64 elapsed_ms = (g_get_monotonic_time () - began_us) / 1000;
    failures = poll == POLL_FAILED ? failures + 1 : 0;
    if (poll == POLL_FAILED)
      rest (poller, backoff_poll_ms (failures, config->poll_backoff_first_ms, elapsed_ms));
    else if (poll == POLL_BUSY)
      rest (poller, MAX (config->wait_between_runs_s * 1000, AGAIN_PAUSE_MS));
    else if (poll == POLL_EMPTY)
      rest (poller, config->wait_between_runs_s * 1000 - elapsed_ms);
    wait_for_capacity (poller);
  }
}

static void
wait_for_recovery (Poller *poller)
{
  g_mutex_lock (&poller->lock);
  while (!poller->stopping && !poller->recovered)
    g_cond_wait (&poller->changed, &poller->lock);
  poller->seen_us = g_get_monotonic_time ();
  g_mutex_unlock (&poller->lock);
}

/* Commands that run have all the time that the master gives them; calls that hang have not. Reports of a recovery are on disk. */
static void
end_conversations (Poller *poller)
{
  g_mutex_lock (&poller->lock);
  guint running = g_hash_table_size (poller->running);
  if (running > 0)
    agent_log (poller->host->log, AGENT_LOG_INFO, "stopping: waiting for %u running command(s)",
               running);
  while (g_hash_table_size (poller->running) > 0 || poller->recovering > 0) {
    if (g_hash_table_size (poller->running) == 0) /* only reports are left */
      service_pool_abort (poller->services);
    else
      service_pool_abort_late (poller->services, poller->stopping_since_us,
                               STOPPING_PATIENCE_S * G_USEC_PER_SEC);
    g_cond_wait_until (&poller->changed, &poller->lock,
                       g_get_monotonic_time () + STOPPING_LOOK_MS * 1000);
  }
  g_mutex_unlock (&poller->lock);
}

void
poller_run (Poller *poller)
{
  agent_log (poller->host->log, AGENT_LOG_INFO, "agent for %s polls in region %s",
             poller->host->identity->host_identifier, poller->host->identity->region);
  GThread *idle = g_thread_new ("idle", idle_thread, poller);
  wait_for_recovery (poller);
  poll_until_stopped (poller);
  g_thread_join (idle);
  end_conversations (poller);
}
