#include "agent/network-keeper.h"

#include "agent/respawn.h"

#define PING_EVERY_US    (20 * G_USEC_PER_SEC)
#define PONG_PATIENCE_US (60 * G_USEC_PER_SEC)
#define END_PATIENCE_US  (5 * G_USEC_PER_SEC)
#define NEVER            G_MAXINT64

struct NetworkKeeper {
  NetworkKeeperSettings settings;
  AgentLog *log;
  Part *part; /* NULL: it has ended */
  Channel *channel;
  gboolean stopping;
  gint64 began_us, again_us;
  Respawn respawn;
  gint64 ping_at_us, pong_by_us;
  gint64 end_by_us; /* without its channel it is of no use */
};

static gint64
now_us (void)
{
  return g_get_monotonic_time ();
}

NetworkKeeper *
network_keeper_new (const NetworkKeeperSettings *settings)
{
  NetworkKeeper *keeper = g_new0 (NetworkKeeper, 1);
  keeper->settings = *settings;
  keeper->log = settings->host->log;
  keeper->respawn.first_ms = settings->host->config->respawn_first_ms;
  keeper->pong_by_us = keeper->end_by_us = NEVER;
  return keeper;
}

void
network_keeper_free (NetworkKeeper *keeper)
{
  if (keeper == NULL)
    return;
  channel_free (keeper->channel);
  g_free (keeper);
}

/* One that breaks the rules, hangs or does not listen is replaced. */
static void
kill_it (const NetworkKeeper *keeper, const char *why)
{
  agent_log (keeper->log, AGENT_LOG_ERROR, "ending the network process: %s", why);
  channel_shut_down (keeper->channel);
  part_kill (keeper->part);
}

void
network_keeper_tell (NetworkKeeper *keeper, const ChannelMessage *message, int fd)
{
  g_autoptr (GError) error = NULL;
  if (keeper->channel != NULL && !channel_send (keeper->channel, message, fd, &error) &&
      !g_error_matches (error, CHANNEL_ERROR, CHANNEL_ERROR_ENDED))
    kill_it (keeper, error->message);
}

/* Three times in the manager's patience. */
static gint64
ping_every_us (const NetworkKeeper *keeper)
{
  gint64 watchdog_ms = service_notify_watchdog_ms (keeper->settings.notify);
  return watchdog_ms > 0 ? MIN (PING_EVERY_US, watchdog_ms * 1000 / 3) : PING_EVERY_US;
}

gboolean
network_keeper_start (NetworkKeeper *keeper, GError **error)
{
  const NetworkKeeperSettings *settings = &keeper->settings;
  int ours, theirs;

  if (!agent_log_share (settings->host->log, error) ||
      !wire_log_share (settings->host->wire, error) || !channel_pair (&ours, &theirs, error))
    return FALSE;
  keeper->channel = channel_new (ours, CHANNEL_NETWORK_TO_MASTER, CHANNEL_MASTER_TO_NETWORK);
  keeper->part = part_start (settings->mode, settings->main, settings->ctx, theirs, error);
  if (keeper->part == NULL || !channel_set_nonblocking (keeper->channel, error)) {
    g_clear_pointer (&keeper->channel, channel_free);
    return FALSE;
  }
  keeper->began_us = now_us ();
  keeper->ping_at_us = now_us (); /* whether it has come up well */
  keeper->pong_by_us = NEVER;
  return TRUE;
}

void
network_keeper_stop (NetworkKeeper *keeper)
{
  ChannelMessage message = { .kind = CHANNEL_STOP };
  keeper->stopping = TRUE;
  network_keeper_tell (keeper, &message, -1);
}

gboolean
network_keeper_is_reachable (const NetworkKeeper *keeper)
{
  return keeper->channel != NULL;
}

gboolean
network_keeper_has_ended (const NetworkKeeper *keeper)
{
  return keeper->part == NULL;
}

gboolean
network_keeper_receive (NetworkKeeper *keeper, Arena *arena, ChannelMessage *out)
{
  g_autoptr (GError) error = NULL;
  int fd; /* none of its kinds carries one */

  if (keeper->channel == NULL)
    return FALSE;
  ChannelReceived received = channel_receive (keeper->channel, arena, out, &fd, &error);
  if (received == CHANNEL_BROKEN)
    kill_it (keeper, error->message);
  if (received == CHANNEL_BROKEN || received == CHANNEL_ENDED) {
    g_clear_pointer (&keeper->channel, channel_free);
    keeper->end_by_us = now_us () + END_PATIENCE_US;
  }
  return received == CHANNEL_GOT;
}

void
network_keeper_pong (NetworkKeeper *keeper)
{
  keeper->pong_by_us = NEVER;
}

int
network_keeper_channel_fd (const NetworkKeeper *keeper)
{
  return keeper->channel != NULL ? channel_fd (keeper->channel) : -1;
}

int
network_keeper_end_fd (const NetworkKeeper *keeper)
{
  return keeper->part != NULL ? part_end_fd (keeper->part) : -1;
}

static void
say_unhealthy (const NetworkKeeper *keeper)
{
  if (!respawn_is_unhealthy (&keeper->respawn))
    return;
  g_autofree char *status = g_strdup_printf (
      "unhealthy: the network process has ended %u times in a row; the log says why",
      keeper->respawn.failures);
  agent_log (keeper->log, AGENT_LOG_ERROR, "%s", status);
  service_notify_status (keeper->settings.notify, status);
}

void
network_keeper_end (NetworkKeeper *keeper)
{
  int status = part_end (g_steal_pointer (&keeper->part));
  gint64 lived_ms = (now_us () - keeper->began_us) / 1000;

  g_clear_pointer (&keeper->channel, channel_free);
  if (keeper->stopping)
    return;
  gint64 pause_ms = respawn_after_end_ms (&keeper->respawn, lived_ms);
  keeper->again_us = now_us () + pause_ms * 1000;
  agent_log (keeper->log, AGENT_LOG_ERROR,
             "the network process has ended (%s %d); another starts in %.1f s",
             status >= PART_KILLED ? "signal" : "status",
             status >= PART_KILLED ? status - PART_KILLED : status, (double)pause_ms / 1000);
  say_unhealthy (keeper);
}

static gboolean
respawn (NetworkKeeper *keeper)
{
  g_autoptr (GError) error = NULL;
  if (keeper->part != NULL || keeper->stopping || now_us () < keeper->again_us)
    return FALSE;
  if (network_keeper_start (keeper, &error))
    return TRUE;
  keeper->again_us = now_us () + respawn_after_end_ms (&keeper->respawn, 0) * 1000;
  agent_log (keeper->log, AGENT_LOG_ERROR, "cannot start the network process: %s", error->message);
  return FALSE;
}

/* It ends soon, when all is well; a stop has its own time. */
static gboolean
is_mute (const NetworkKeeper *keeper)
{
  return keeper->part != NULL && keeper->channel == NULL && !keeper->stopping;
}

gboolean
network_keeper_run_timers (NetworkKeeper *keeper)
{
  gint64 now = now_us ();
  gboolean started = respawn (keeper);

  if (keeper->channel != NULL && now >= keeper->pong_by_us) {
    keeper->pong_by_us = NEVER;
    kill_it (keeper, "it does not answer");
  }
  if (is_mute (keeper) && now >= keeper->end_by_us) {
    keeper->end_by_us = NEVER;
    agent_log (keeper->log, AGENT_LOG_ERROR,
               "ending the network process: it has closed its channel and goes on");
    part_kill (keeper->part);
  }
  if (keeper->channel != NULL && now >= keeper->ping_at_us) {
    ChannelMessage ping = { .kind = CHANNEL_PING };
    keeper->ping_at_us = now + ping_every_us (keeper);
    if (keeper->pong_by_us == NEVER)
      keeper->pong_by_us = now + PONG_PATIENCE_US;
    network_keeper_tell (keeper, &ping, -1);
  }
  return started;
}

gint64
network_keeper_next_timer_us (const NetworkKeeper *keeper)
{
  gint64 next = NEVER;
  if (keeper->channel != NULL)
    next = MIN (keeper->ping_at_us, keeper->pong_by_us);
  if (is_mute (keeper))
    next = MIN (next, keeper->end_by_us);
  if (keeper->part == NULL && !keeper->stopping)
    next = MIN (next, keeper->again_us);
  return next;
}
