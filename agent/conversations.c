#include "agent/conversations.h"

#include "agent/reported.h"
#include "agent/service-pool.h"

#define AGAIN_PAUSE_MS      1000 /* between deliveries of a command that is not taken on */
#define STOPPING_PATIENCE_S 5    /* for a call of the service */
#define STOPPING_LOOK_MS    100

struct Conversations {
  ConversationsSettings settings;
  ConversationContext context;
  ServicePool *services;

  GMutex lock; /* all below */
  GCond cond;
  gboolean stopping;
  gint64 stopping_since_us;
  gboolean recovered;  /* what was left at start has been reported */
  guint recovering;    /* conversations without a command */
  GHashTable *running; /* set of command identifiers */
  guint n_short;       /* of running, those whose specification came with them */
  ReportedCommands *reported;
};

/* A conversation on its way to its thread, and those that follow it. */
typedef struct {
  Conversations *conversations;
  Arena *arena;        /* of the command; NULL: recovery */
  HostCommand command; /* counts as running */
  Channel *channel;    /* of a recovery */
} Job;

gboolean
conversations_are_stopping (Conversations *conversations)
{
  g_mutex_lock (&conversations->lock);
  gboolean stopping = conversations->stopping;
  g_mutex_unlock (&conversations->lock);
  return stopping;
}

static gboolean
is_stopped (gpointer ctx)
{
  return conversations_are_stopping (ctx);
}

static gboolean resume (gpointer ctx, const ApiHostCommand *command);
static gboolean claim (gpointer ctx, const HostCommand *command);
static void start (gpointer ctx, const HostCommand *command);

static void
remember (gpointer ctx, const CommandOutcome *outcome)
{
  Conversations *conversations = ctx;
  g_mutex_lock (&conversations->lock);
  reported_commands_add (conversations->reported, outcome);
  g_mutex_unlock (&conversations->lock);
}

/* The result of a command that this process has reported already. */
static gboolean
recall (gpointer ctx, const char *command_id, Arena *arena, CommandOutcome *out)
{
  Conversations *conversations = ctx;
  g_mutex_lock (&conversations->lock);
  gboolean found = reported_commands_find (conversations->reported, command_id, arena, out);
  g_mutex_unlock (&conversations->lock);
  return found;
}

Conversations *
conversations_new (const ConversationsSettings *settings)
{
  Conversations *conversations = g_new0 (Conversations, 1);

  conversations->settings = *settings;
  g_mutex_init (&conversations->lock);
  g_cond_init (&conversations->cond);
  conversations->running = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  conversations->services =
      service_pool_new (settings->host, settings->credentials, settings->agent_version);
  conversations->reported = reported_commands_new ();
  conversations->context = (ConversationContext){
    .host = settings->host,
    .credentials = settings->credentials,
    .link = settings->link,
    .stopped = is_stopped,
    .stopped_ctx = conversations,
    .resume = resume,
    .reported = remember,
    .is_reported = recall,
    .claim = claim,
    .start = start,
    .ctx = conversations,
  };
  return conversations;
}

void
conversations_free (Conversations *conversations)
{
  if (conversations == NULL)
    return;
  service_pool_free (conversations->services);
  g_hash_table_unref (conversations->running);
  reported_commands_free (conversations->reported);
  g_cond_clear (&conversations->cond);
  g_mutex_clear (&conversations->lock);
  g_free (conversations);
}

/* --- one conversation ----------------------------------------------------------------------- */

/* Under the lock. Nothing waits for one of them but whoever else was about to begin it. */
static void
forget_running (Conversations *conversations, const HostCommand *command)
{
  g_hash_table_remove (conversations->running, command->command->host_command_identifier);
  if (host_command_is_specified (command))
    conversations->n_short--;
  g_cond_broadcast (&conversations->cond);
}

/* channel: to its worker, or NULL. */
static void
run_command (const Job *job, CommandService *service, Channel *channel, ConversationNext *out_next)
{
  Conversations *conversations = job->conversations;
  const ConversationContext *context = &conversations->context;
  CommandOutcome again;

  if (channel == NULL &&
      recall (conversations, job->command.command->host_command_identifier, job->arena, &again))
    conversation_repeat (context, service, &again, out_next);
  else if (conversation_run (context, service, &job->command, channel, out_next) ==
           CONVERSATION_DROPPED)
    conversations_wait_ms (conversations, AGAIN_PAUSE_MS); /* counts as running meanwhile */
}

/* The next command, which was claimed, takes the place of the one that is over. */
static void
follow (Job *job, const ConversationNext *next)
{
  g_mutex_lock (&job->conversations->lock);
  forget_running (job->conversations, &job->command);
  g_mutex_unlock (&job->conversations->lock);
  arena_free (job->arena);
  job->arena = next->arena;
  job->command = next->command;
}

static void
run_commands (Job *job, CommandService *service)
{
  ConversationNext next = { NULL };

  run_command (job, service, NULL, &next);
  while (next.arena != NULL) {
    Channel *channel = next.channel;
    follow (job, &next);
    next = (ConversationNext){ NULL };
    run_command (job, service, channel, &next);
  }
}

static void
run_job (Job *job)
{
  Conversations *conversations = job->conversations;
  const ConversationContext *context = &conversations->context;
  g_autoptr (GError) error = NULL;
  CommandService *service = service_pool_take (conversations->services, &error);

  if (service == NULL) {
    agent_log (context->host->log, AGENT_LOG_ERROR, "cannot talk to the service: %s",
               error->message);
    return;
  }
  if (job->arena != NULL) {
    run_commands (job, service);
  } else if (conversation_recover (context, service, job->channel) == CONVERSATION_OVER) {
    g_mutex_lock (&conversations->lock);
    conversations->recovered = TRUE;
    g_mutex_unlock (&conversations->lock);
  }
  service_pool_give_back (conversations->services, service);
}

/* Frees it. It counts no more, and from then on the conversations may be freed. */
static void
end_job (Job *job_)
{
  Job job = *job_;

  g_free (job_);
  channel_free (job.channel);
  g_mutex_lock (&job.conversations->lock);
  if (job.arena != NULL)
    forget_running (job.conversations, &job.command);
  else
    job.conversations->recovering--;
  g_cond_broadcast (&job.conversations->cond);
  g_mutex_unlock (&job.conversations->lock);
  arena_free (job.arena);
}

static gpointer
job_thread (gpointer data)
{
  run_job (data);
  end_job (data);
  return NULL;
}

/* What the job counts as has been noted; it is taken over. */
static gboolean
start_job (Job *job)
{
  g_autoptr (GError) error = NULL;
  GThread *thread = g_thread_try_new ("conversation", job_thread, job, &error);

  if (thread != NULL) {
    g_thread_unref (thread);
    return TRUE;
  }
  agent_log (job->conversations->settings.host->log, AGENT_LOG_ERROR, "cannot start a thread: %s",
             error->message);
  end_job (job);
  return FALSE;
}

/* --- beginning ------------------------------------------------------------------------------ */

void
conversations_recover (Conversations *conversations, Channel *channel)
{
  Job *job = g_new0 (Job, 1);
  *job = (Job){ .conversations = conversations, .channel = channel };
  g_mutex_lock (&conversations->lock);
  conversations->recovering++;
  g_mutex_unlock (&conversations->lock);
  (void)!start_job (job); /* the master sees its worker end, and sends another */
}

/* Counts it as running. Nothing is begun twice, and nothing when the agent is stopping. */
static ConversationsTook
admit (Conversations *conversations, const HostCommand *command)
{
  const AgentHost *host = conversations->settings.host;
  const char *command_id = command->command->host_command_identifier;
  g_autoptr (GError) error = NULL;

  if (!host_command_check (command->command, host->identity->host_identifier, &error)) {
    agent_log (host->log, AGENT_LOG_ERROR, "%s", error->message);
    return CONVERSATIONS_FAILED;
  }
  g_mutex_lock (&conversations->lock);
  gboolean is_new =
      !conversations->stopping && !g_hash_table_contains (conversations->running, command_id);
  if (is_new) {
    g_hash_table_add (conversations->running, g_strdup (command_id));
    conversations->n_short += host_command_is_specified (command) ? 1 : 0;
  }
  g_mutex_unlock (&conversations->lock);
  return is_new ? CONVERSATIONS_TOOK : CONVERSATIONS_LEFT;
}

ConversationsTook
conversations_start (Conversations *conversations, const HostCommand *command)
{
  ConversationsTook took = admit (conversations, command);
  if (took != CONVERSATIONS_TOOK)
    return took;
  Job *job = g_new0 (Job, 1);
  *job = (Job){ .conversations = conversations, .arena = arena_new () };
  host_command_copy (command, job->arena, &job->command);
  return start_job (job) ? CONVERSATIONS_TOOK : CONVERSATIONS_FAILED;
}

static gboolean
is_reported (Conversations *conversations, const HostCommand *command)
{
  g_autoptr (Arena) arena = arena_new ();
  CommandOutcome outcome;
  const char *command_id = command->command->host_command_identifier;
  return command_id != NULL && recall (conversations, command_id, arena, &outcome);
}

static gboolean
claim (gpointer ctx, const HostCommand *command)
{
  Conversations *conversations = ctx;

  if (!is_reported (conversations, command))
    return admit (conversations, command) == CONVERSATIONS_TOOK;
  start (ctx, command); /* needs no worker, only to be reported again */
  return FALSE;
}

static void
start (gpointer ctx, const HostCommand *command)
{
  (void)conversations_start (ctx, command); /* one that is not taken on comes again */
}

/* Its worker has ended, and the conversation with it may be about to. */
static void
wait_until_not_running (Conversations *conversations, const char *command_id)
{
  g_mutex_lock (&conversations->lock);
  while (!conversations->stopping && g_hash_table_contains (conversations->running, command_id))
    g_cond_wait (&conversations->cond, &conversations->lock);
  g_mutex_unlock (&conversations->lock);
}

static gboolean
resume (gpointer ctx, const ApiHostCommand *command)
{
  wait_until_not_running (ctx, command->host_command_identifier);
  conversations_wait_for_room (ctx);
  return conversations_start (ctx, &(HostCommand){ command }) == CONVERSATIONS_TOOK;
}

/* --- waiting -------------------------------------------------------------------------------- */

void
conversations_stop (Conversations *conversations)
{
  g_mutex_lock (&conversations->lock);
  if (!conversations->stopping)
    conversations->stopping_since_us = g_get_monotonic_time ();
  conversations->stopping = TRUE;
  g_cond_broadcast (&conversations->cond);
  g_mutex_unlock (&conversations->lock);
}

static gboolean
is_full (const Conversations *conversations)
{
  return g_hash_table_size (conversations->running) >= CONVERSATIONS_MAX_COMMANDS;
}

static gboolean
is_idle (const Conversations *conversations)
{
  return g_hash_table_size (conversations->running) == 0 && conversations->recovering == 0;
}

void
conversations_wait_for_recovery (Conversations *conversations)
{
  g_mutex_lock (&conversations->lock);
  while (!conversations->stopping && !conversations->recovered)
    g_cond_wait (&conversations->cond, &conversations->lock);
  g_mutex_unlock (&conversations->lock);
}

void
conversations_wait_for_room (Conversations *conversations)
{
  g_mutex_lock (&conversations->lock);
  while (!conversations->stopping && is_full (conversations))
    g_cond_wait (&conversations->cond, &conversations->lock);
  g_mutex_unlock (&conversations->lock);
}

void
conversations_wait_for_turn (Conversations *conversations, gint64 until_us)
{
  g_mutex_lock (&conversations->lock);
  while (!conversations->stopping && conversations->n_short > 0 &&
         g_get_monotonic_time () < until_us)
    g_cond_wait_until (&conversations->cond, &conversations->lock, until_us);
  g_mutex_unlock (&conversations->lock);
  conversations_wait_for_room (conversations);
}

void
conversations_wait_ms (Conversations *conversations, gint64 ms)
{
  gint64 end_us = g_get_monotonic_time () + ms * 1000;
  g_mutex_lock (&conversations->lock);
  while (!conversations->stopping && g_get_monotonic_time () < end_us)
    g_cond_wait_until (&conversations->cond, &conversations->lock, end_us);
  g_mutex_unlock (&conversations->lock);
}

/* Of what is left after a stop. Reports of a recovery are on disk. */
static void
abort_calls_that_hang (Conversations *conversations)
{
  if (g_hash_table_size (conversations->running) == 0) /* only reports are left */
    service_pool_abort (conversations->services);
  else
    service_pool_abort_late (conversations->services, conversations->stopping_since_us,
                             STOPPING_PATIENCE_S * G_USEC_PER_SEC);
}

void
conversations_wait_for_end (Conversations *conversations)
{
  g_mutex_lock (&conversations->lock);
  guint running = g_hash_table_size (conversations->running);
  if (running > 0)
    agent_log (conversations->settings.host->log, AGENT_LOG_INFO,
               "stopping: waiting for %u running command(s)", running);
  while (!is_idle (conversations)) {
    abort_calls_that_hang (conversations);
    g_cond_wait_until (&conversations->cond, &conversations->lock,
                       g_get_monotonic_time () + STOPPING_LOOK_MS * 1000);
  }
  g_mutex_unlock (&conversations->lock);
}

void
conversations_wait_until_idle (Conversations *conversations)
{
  g_mutex_lock (&conversations->lock);
  while (!conversations->stopping && !is_idle (conversations))
    g_cond_wait (&conversations->cond, &conversations->lock);
  g_mutex_unlock (&conversations->lock);
}

gboolean
conversations_are_idle (Conversations *conversations)
{
  g_mutex_lock (&conversations->lock);
  gboolean idle = is_idle (conversations);
  g_mutex_unlock (&conversations->lock);
  return idle;
}

gboolean
conversations_keep_waiting (Conversations *conversations)
{
  g_mutex_lock (&conversations->lock);
  gboolean waiting =
      conversations->stopping || !conversations->recovered || is_full (conversations);
  g_mutex_unlock (&conversations->lock);
  return waiting;
}
