#include "agent/poller.h"

#include "agent/backoff.h"
#include "agent/conversations.h"
#include "agent/idle-memory.h"

#define IDLE_AFTER_MS       300
#define TELL_EVERY_MS       10000
#define BUSY_PAUSE_LEAST_MS 1000
#define POLLS_APART_S       60  /* at most, in the short conversation */
#define SLACK_S             300 /* beyond what a poll and its pause may take */

struct Poller {
  PollerSettings settings;
  const AgentHost *host;
  CommandService *service; /* that polls */
  Conversations *conversations;
  gint64 told_us; /* when an answer was last told; 0: never */

  GMutex lock; /* all below */
  GCond changed;
  guint64 polls; /* begun so far */
  gboolean in_poll;
  gint64 seen_us; /* the loop's last step */
};

Poller *
poller_new (const PollerSettings *settings, GError **error)
{
  g_autoptr (Poller) poller = g_new0 (Poller, 1);

  poller->settings = *settings;
  poller->host = settings->host;
  g_mutex_init (&poller->lock);
  g_cond_init (&poller->changed);
  poller->seen_us = g_get_monotonic_time ();
  poller->conversations = conversations_new (&(ConversationsSettings){
      settings->host, settings->credentials, settings->link, settings->agent_version });
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
  conversations_free (poller->conversations);
  g_cond_clear (&poller->changed);
  g_mutex_clear (&poller->lock);
  g_free (poller);
}

void
poller_stop (Poller *poller)
{
  conversations_stop (poller->conversations);
  g_mutex_lock (&poller->lock);
  g_cond_broadcast (&poller->changed);
  g_mutex_unlock (&poller->lock);
  command_service_abort (poller->service);
}

void
poller_recover (Poller *poller, Channel *channel)
{
  conversations_recover (poller->conversations, channel);
}

static gboolean
is_stopping (const Poller *poller)
{
  return conversations_are_stopping (poller->conversations);
}

gboolean
poller_is_alive (Poller *poller)
{
  const AgentConfig *config = poller->host->config;
  gint64 longest_s = config->http_read_timeout_s + config->wait_between_runs_s +
                     9 * config->poll_backoff_first_ms / 1000 + SLACK_S;
  g_mutex_lock (&poller->lock);
  gboolean alive = g_get_monotonic_time () - poller->seen_us < longest_s * G_USEC_PER_SEC;
  g_mutex_unlock (&poller->lock);
  return alive || conversations_keep_waiting (poller->conversations);
}

typedef enum {
  POLL_EMPTY,
  POLL_TOOK,   /* a command was taken on */
  POLL_FAILED, /* no answer, or a command that is not to be worked on */
  POLL_BUSY    /* a command that is running already */
} Poll;

static Poll
take_on (Poller *poller, const HostCommand *command)
{
  static const Poll polls[] = { [CONVERSATIONS_TOOK] = POLL_TOOK,
                                [CONVERSATIONS_LEFT] = POLL_BUSY,
                                [CONVERSATIONS_FAILED] = POLL_FAILED };
  return polls[conversations_start (poller->conversations, command)];
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

/* Waits for a poll that is another than the one numbered seen; its number. */
static guint64
wait_for_poll (Poller *poller, guint64 seen)
{
  g_mutex_lock (&poller->lock);
  while (!is_stopping (poller) && (!poller->in_poll || poller->polls == seen))
    g_cond_wait (&poller->changed, &poller->lock);
  guint64 poll = poller->polls;
  g_mutex_unlock (&poller->lock);
  return poll;
}

/* Is that poll held for a moment longer? */
static gboolean
is_held (Poller *poller, guint64 poll)
{
  gint64 end_us = g_get_monotonic_time () + IDLE_AFTER_MS * 1000;
  g_mutex_lock (&poller->lock);
  while (!is_stopping (poller) && poller->polls == poll && g_get_monotonic_time () < end_us)
    g_cond_wait_until (&poller->changed, &poller->lock, end_us);
  gboolean held = poller->polls == poll && poller->in_poll;
  g_mutex_unlock (&poller->lock);
  return held;
}

/* Once a poll has been held for a moment and nothing runs, this process is idle: its memory can go. */
static gpointer
idle_thread (gpointer data)
{
  Poller *poller = data;
  guint64 seen = 0;

  while (!is_stopping (poller)) {
    guint64 poll = wait_for_poll (poller, seen);
    conversations_wait_until_idle (poller->conversations);
    if (!is_held (poller, poll) || !conversations_are_idle (poller->conversations))
      continue;
    seen = poll;
    idle_memory_give_back ();
  }
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
  HostCommand command;

  set_in_poll (poller, TRUE);
  gboolean answered = command_service_poll (poller->service, arena, &command, &error);
  set_in_poll (poller, FALSE);
  if (!answered) {
    if (!is_stopping (poller))
      tell_failed (poller, error, failures);
    return POLL_FAILED;
  }
  tell_answered (poller, failures);
  return command.command != NULL ? take_on (poller, &command) : POLL_EMPTY;
}

/*
 * Empty polls begin at least wait_between_runs apart. The service holds a poll for most of a minute, so that with it there
 * is no pause at all; one that answers at once is not flooded. After a command the next poll follows at once, but in the short
 * conversation (docs/host-protocol.md): there the next command comes by itself. Now and then the service hears of the host
 * all the same, which may be at a script for hours.
 */
static void
poll_until_stopped (Poller *poller)
{
  const AgentConfig *config = poller->host->config;
  gint64 last_us = g_get_monotonic_time ();
  guint failures = 0;

  for (;;) {
    conversations_wait_for_turn (poller->conversations, last_us + POLLS_APART_S * G_USEC_PER_SEC);
    /* the turn ends with the agent, too: a poll now would take a command that nobody carries out */
    if (is_stopping (poller))
      return;
    gint64 began_us = g_get_monotonic_time (), pause_ms = 0;
    Poll poll = poll_once (poller, failures);
    last_us = g_get_monotonic_time ();
    gint64 elapsed_ms = (last_us - began_us) / 1000;
    failures = poll == POLL_FAILED ? failures + 1 : 0;
    if (poll == POLL_FAILED)
      pause_ms = backoff_poll_ms (failures, config->poll_backoff_first_ms, elapsed_ms);
    else if (poll == POLL_BUSY)
      pause_ms = MAX (config->wait_between_runs_s * 1000, BUSY_PAUSE_LEAST_MS);
    else if (poll == POLL_EMPTY)
      pause_ms = config->wait_between_runs_s * 1000 - elapsed_ms;
    conversations_wait_ms (poller->conversations, pause_ms);
  }
}

void
poller_run (Poller *poller)
{
  agent_log (poller->host->log, AGENT_LOG_INFO, "agent for %s polls in region %s",
             poller->host->identity->host_identifier, poller->host->identity->region);
  GThread *idle = g_thread_new ("idle", idle_thread, poller);
  conversations_wait_for_recovery (poller->conversations);
  set_in_poll (poller, FALSE);
  poll_until_stopped (poller);
  g_thread_join (idle);
  conversations_wait_for_end (poller->conversations);
}
