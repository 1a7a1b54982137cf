#include "agent/master.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/credentials-source.h"
#include "agent/idle-memory.h"
#include "agent/log-file.h"
#include "agent/network.h"
#include "agent/poll-state.h"
#include "agent/respawn.h"
#include "agent/worker-set.h"

#define IDLE_AFTER_US    (300 * 1000)
#define PING_EVERY_US    (20 * G_USEC_PER_SEC)
#define PONG_PATIENCE_US (60 * G_USEC_PER_SEC)
#define END_PATIENCE_US  (5 * G_USEC_PER_SEC)
#define TICK_US          (60 * G_USEC_PER_SEC)
#define MESSAGES_AT_ONCE 64
#define NEVER            G_MAXINT64

typedef struct {
  const AgentHost *host;
  ServiceNotify *notify;
  const ProcessTitle *title;
  PartMode mode;
  CredentialsSource *credentials;
  CmsVerifier *verifier;
  NetworkContext network_context;
  int signal_fd;

  Part *network; /* NULL: it has ended */
  Channel *channel;
  gint64 network_began_us, network_again_us;
  Respawn respawn;
  gboolean is_ready, is_warm;
  int state_fd; /* negative: none */
  PollState polls;

  WorkerSet *workers;
  gboolean recovery_due;
  gint64 recovery_again_us;
  Respawn recovery_respawn;

  gboolean stopping;
  gint64 stop_by_us, ping_at_us, pong_by_us, tick_at_us, idle_at_us;
  gint64 end_by_us; /* without its channel the network process is of no use */
} Master;

static gint64
now_us (void)
{
  return g_get_monotonic_time ();
}

/* --- parts ---------------------------------------------------------------------------------- */

/* A network process that breaks the rules, hangs or does not listen is replaced. */
static void
kill_network (const Master *master, const char *why)
{
  agent_log (master->host->log, AGENT_LOG_ERROR, "ending the network process: %s", why);
  channel_shut_down (master->channel);
  part_kill (master->network);
}

static void
tell_network (Master *master, const ChannelMessage *message, int fd)
{
  g_autoptr (GError) error = NULL;
  if (master->channel != NULL && !channel_send (master->channel, message, fd, &error) &&
      !g_error_matches (error, CHANNEL_ERROR, CHANNEL_ERROR_ENDED))
    kill_network (master, error->message);
}

/* Three times in the manager's patience. */
static gint64
ping_every_us (const Master *master)
{
  gint64 watchdog_ms = service_notify_watchdog_ms (master->notify);
  return watchdog_ms > 0 ? MIN (PING_EVERY_US, watchdog_ms * 1000 / 3) : PING_EVERY_US;
}

static gboolean
start_network (Master *master, GError **error)
{
  int ours, theirs;

  if (!agent_log_share (master->host->log, error) || !wire_log_share (master->host->wire, error) ||
      !channel_pair (&ours, &theirs, error))
    return FALSE;
  master->channel = channel_new (ours, CHANNEL_NETWORK_TO_MASTER, CHANNEL_MASTER_TO_NETWORK);
  master->network =
      part_start (master->mode, network_main, &master->network_context, theirs, error);
  if (master->network == NULL || !channel_set_nonblocking (master->channel, error)) {
    g_clear_pointer (&master->channel, channel_free);
    return FALSE;
  }
  master->network_began_us = now_us ();
  master->ping_at_us = now_us (); /* whether it has come up well */
  master->pong_by_us = NEVER;
  master->recovery_due = TRUE;
  master->recovery_again_us = 0;
  return TRUE;
}

static void
respawn_network (Master *master)
{
  g_autoptr (GError) error = NULL;
  if (master->network != NULL || master->stopping || now_us () < master->network_again_us)
    return;
  if (start_network (master, &error))
    return;
  master->network_again_us = now_us () + respawn_after_end_ms (&master->respawn, 0) * 1000;
  agent_log (master->host->log, AGENT_LOG_ERROR, "cannot start the network process: %s",
             error->message);
}

static void
say_unhealthy (Master *master)
{
  if (!respawn_is_unhealthy (&master->respawn))
    return;
  g_autofree char *status = g_strdup_printf (
      "unhealthy: the network process has ended %u times in a row; the log says why",
      master->respawn.failures);
  agent_log (master->host->log, AGENT_LOG_ERROR, "%s", status);
  service_notify_status (master->notify, status);
}

static void
end_network (Master *master)
{
  int status = part_end (g_steal_pointer (&master->network));
  gint64 lived_ms = (now_us () - master->network_began_us) / 1000;

  g_clear_pointer (&master->channel, channel_free);
  if (master->stopping)
    return;
  gint64 pause_ms = respawn_after_end_ms (&master->respawn, lived_ms);
  master->network_again_us = now_us () + pause_ms * 1000;
  agent_log (master->host->log, AGENT_LOG_ERROR,
             "the network process has ended (%s %d); another starts in %.1f s",
             status >= PART_KILLED ? "signal" : "status",
             status >= PART_KILLED ? status - PART_KILLED : status, (double)pause_ms / 1000);
  say_unhealthy (master);
}

/* What a worker left is brought to its end by another, as soon as there is a network process to report it. */
static void
recover (Master *master)
{
  g_autoptr (GError) error = NULL;
  ChannelMessage message = { .kind = CHANNEL_RECOVERY };

  if (!master->recovery_due || master->channel == NULL || master->stopping ||
      worker_set_recoveries (master->workers) > 0 || now_us () < master->recovery_again_us)
    return;
  gboolean first = worker_set_commands (master->workers) == 0;
  int fd = worker_set_start (master->workers,
                             first ? WORKER_FOR_FIRST_RECOVERY : WORKER_FOR_LATER_RECOVERY, &error);
  if (fd < 0) {
    master->recovery_again_us =
        now_us () + respawn_after_end_ms (&master->recovery_respawn, 0) * 1000;
    agent_log (master->host->log, AGENT_LOG_ERROR, "cannot look for what was left: %s",
               error->message);
    return;
  }
  master->recovery_due = FALSE;
  tell_network (master, &message, fd);
  close (fd);
}

static void
end_worker (Master *master, guint index)
{
  WorkerEnd end = worker_set_end (master->workers, index);

  if (!end.left) {
    if (end.recovered)
      master->recovery_respawn.failures = 0;
    return;
  }
  master->recovery_due = TRUE;
  if (end.recovered)
    master->recovery_again_us =
        now_us () + respawn_after_end_ms (&master->recovery_respawn, 0) * 1000;
}

/* --- what the network process wants --------------------------------------------------------- */

static void
refuse (Master *master, guint32 serial, const char *why)
{
  ChannelMessage message = { .kind = CHANNEL_REFUSED, .serial = serial, .text = why };
  tell_network (master, &message, -1);
}

static void
answer_worker (Master *master, guint32 serial)
{
  g_autoptr (GError) error = NULL;
  ChannelMessage message = { .kind = CHANNEL_WORKER, .serial = serial };

  if (worker_set_commands (master->workers) >= WORKER_SET_MAX_COMMANDS) {
    refuse (master, serial, "too many commands run at once");
    return;
  }
  int fd = worker_set_start (master->workers, WORKER_FOR_COMMAND, &error);
  if (fd < 0) {
    refuse (master, serial, error->message);
    return;
  }
  tell_network (master, &message, fd);
  close (fd);
}

static void
answer_keys (Master *master, guint32 serial)
{
  g_autoptr (GError) error = NULL;
  guint generation;
  g_autoptr (Credentials) keys = credentials_source_get (master->credentials, &generation, &error);

  if (keys == NULL) {
    refuse (master, serial, error->message);
    return;
  }
  ChannelMessage message = { .kind = CHANNEL_KEYS,
                             .serial = serial,
                             .access_key_id = keys->access_key_id,
                             .secret_access_key = keys->secret_access_key,
                             .session_token = keys->session_token };
  tell_network (master, &message, -1);
}

static void
note_polls (const Master *master)
{
  g_autoptr (GError) error = NULL;
  if (master->state_fd >= 0 && !poll_state_note (&master->polls, master->state_fd, &error))
    agent_log (master->host->log, AGENT_LOG_DEBUG, "%s", error->message);
}

static void
on_poll_failed (Master *master, const char *why)
{
  gboolean is_first = master->polls.failing_since_ms == 0;

  poll_state_failed (&master->polls, ambient_now_ms (master->host->ambient), why);
  note_polls (master);
  if (!is_first || !master->is_ready)
    return;
  g_autofree char *status = poll_state_describe (&master->polls);
  service_notify_status (master->notify, status);
}

static void
on_polling (Master *master)
{
  gboolean is_news = master->polls.answered_ms == 0 || master->polls.failing_since_ms != 0;

  poll_state_answered (&master->polls, ambient_now_ms (master->host->ambient));
  note_polls (master);
  if (!is_news)
    return;
  const char *region = master->host->identity->region;
  g_autofree char *status = region != NULL ? g_strdup_printf ("polling in region %s", region)
                                           : g_strdup ("polling in this instance's region");
  if (master->is_ready)
    service_notify_status (master->notify, status);
  else
    service_notify_ready (master->notify, status);
  master->is_ready = TRUE;
}

/* The network process is up and well. Whether the service answers is its status: a host may boot before its service does, and
 * an empty poll is held for most of a minute. */
static void
on_pong (Master *master)
{
  master->pong_by_us = NEVER;
  service_notify_watchdog (master->notify);
  if (!master->is_ready)
    service_notify_ready (master->notify, "started; no poll has been answered yet");
  master->is_ready = TRUE;
  if (!master->is_warm)
    (void)!cms_warm_up (); /* each worker is forked with it, and need not do it while its command waits */
  master->is_warm = TRUE;
}

static void
on_message (Master *master, const ChannelMessage *message)
{
  switch (message->kind) {
  case CHANNEL_WANT_WORKER:
    if (master->stopping)
      refuse (master, message->serial, "the agent is stopping");
    else
      answer_worker (master, message->serial);
    return;
  case CHANNEL_WANT_KEYS:
    answer_keys (master, message->serial);
    return;
  case CHANNEL_POLLING:
    on_polling (master);
    return;
  case CHANNEL_POLL_FAILED:
    on_poll_failed (master, message->text);
    return;
  case CHANNEL_PONG:
  default: /* the channel lets nothing else through */
    on_pong (master);
  }
}

static void
listen_to_network (Master *master)
{
  for (int n = 0; n < MESSAGES_AT_ONCE && master->channel != NULL; n++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    ChannelMessage message;
    int fd;
    ChannelReceived received = channel_receive (master->channel, arena, &message, &fd, &error);
    if (received == CHANNEL_BROKEN)
      kill_network (master, error->message);
    if (received == CHANNEL_BROKEN || received == CHANNEL_ENDED) {
      g_clear_pointer (&master->channel, channel_free);
      master->end_by_us = now_us () + END_PATIENCE_US;
    }
    if (received != CHANNEL_GOT)
      return;
    on_message (master, &message);
  }
}

/* --- the loop ------------------------------------------------------------------------------- */

static void
begin_stop (Master *master)
{
  struct signalfd_siginfo info;
  ChannelMessage message = { .kind = CHANNEL_STOP };

  if (read (master->signal_fd, &info, sizeof info) != sizeof info || master->stopping)
    return;
  master->stopping = TRUE;
  master->stop_by_us =
      now_us () + master->host->config->kill_agent_max_wait_time_s * G_USEC_PER_SEC;
  service_notify_stopping (master->notify, "waiting for running events");
  tell_network (master, &message, -1);
}

/* It ends soon, when all is well; a stop has its own time. */
static gboolean
is_mute (const Master *master)
{
  return master->network != NULL && master->channel == NULL && !master->stopping;
}

static void
run_timers (Master *master)
{
  gint64 now = now_us ();

  respawn_network (master);
  recover (master);
  if (master->channel != NULL && now >= master->pong_by_us) {
    master->pong_by_us = NEVER;
    kill_network (master, "it does not answer");
  }
  if (is_mute (master) && now >= master->end_by_us) {
    master->end_by_us = NEVER;
    agent_log (master->host->log, AGENT_LOG_ERROR,
               "ending the network process: it has closed its channel and goes on");
    part_kill (master->network);
  }
  if (master->channel != NULL && now >= master->ping_at_us) {
    ChannelMessage ping = { .kind = CHANNEL_PING };
    master->ping_at_us = now + ping_every_us (master);
    if (master->pong_by_us == NEVER)
      master->pong_by_us = now + PONG_PATIENCE_US;
    tell_network (master, &ping, -1);
  }
  if (now >= master->tick_at_us) {
    master->tick_at_us = now + TICK_US;
    agent_log_tick (master->host->log);
    wire_log_tick (master->host->wire);
  }
  if (now >= master->idle_at_us) {
    master->idle_at_us = NEVER;
    if (master->mode == PARTS_ARE_PROCESSES && worker_set_size (master->workers) == 0)
      idle_memory_give_back ();
  }
}

static gint64
next_timer_us (const Master *master)
{
  gint64 next = MIN (master->tick_at_us, master->idle_at_us);
  if (master->channel != NULL)
    next = MIN (next, MIN (master->ping_at_us, master->pong_by_us));
  if (is_mute (master))
    next = MIN (next, master->end_by_us);
  if (master->network == NULL && !master->stopping)
    next = MIN (next, master->network_again_us);
  if (master->recovery_due && master->channel != NULL &&
      worker_set_recoveries (master->workers) == 0 && !master->stopping)
    next = MIN (next, master->recovery_again_us);
  if (master->stopping)
    next = MIN (next, master->stop_by_us);
  return next;
}

static void
wait_for_something (Master *master)
{
  enum {
    SIGNAL,
    CHANNEL,
    NETWORK,
    FIRST_WORKER
  };
  struct pollfd fds[FIRST_WORKER + WORKER_SET_MAX_COMMANDS + 1];
  guint n_workers = worker_set_size (master->workers);

  fds[SIGNAL] = (struct pollfd){ .fd = master->signal_fd, .events = POLLIN };
  fds[CHANNEL] = (struct pollfd){ .fd = master->channel != NULL ? channel_fd (master->channel) : -1,
                                  .events = POLLIN };
  fds[NETWORK] =
      (struct pollfd){ .fd = master->network != NULL ? part_end_fd (master->network) : -1,
                       .events = POLLIN };
  for (guint i = 0; i < n_workers; i++)
    fds[FIRST_WORKER + i] =
        (struct pollfd){ .fd = worker_set_end_fd (master->workers, i), .events = POLLIN };
  gint64 wait_us =
      CLAMP (next_timer_us (master) - now_us (), 0, G_GINT64_CONSTANT (3600) * G_USEC_PER_SEC);
  int ready = poll (fds, FIRST_WORKER + n_workers, (int)((wait_us + 999) / 1000));
  if (ready <= 0)
    return;
  if (master->idle_at_us == NEVER || n_workers > 0)
    master->idle_at_us = now_us () + IDLE_AFTER_US;
  if (fds[SIGNAL].revents != 0)
    begin_stop (master);
  for (guint i = n_workers; i-- > 0;)
    if (fds[FIRST_WORKER + i].revents != 0)
      end_worker (master, i);
  if (fds[CHANNEL].revents != 0)
    listen_to_network (master);
  if (fds[NETWORK].revents != 0)
    end_network (master);
}

static MasterEnd
loop (Master *master)
{
  for (;;) {
    run_timers (master);
    if (master->stopping && master->network == NULL && worker_set_size (master->workers) == 0)
      return MASTER_STOPPED;
    if (master->stopping && now_us () >= master->stop_by_us)
      return MASTER_STOPPED_LATE;
    wait_for_something (master);
  }
}

static gboolean
choose_mode (Master *master, GError **error)
{
  const AgentConfig *config = master->host->config;
  const char *why = config->user != NULL ? "\"user\" is set" : privileges_why_not_separate ();

  if (why == NULL)
    return privileges_find_user (config->network_user, &master->network_context.user, error);
  master->mode = PARTS_ARE_THREADS;
  agent_log (master->host->log, AGENT_LOG_INFO,
             "one process: privileges are not separated, because %s", why);
  return TRUE;
}

static gboolean
set_up (Master *master, GError **error)
{
  const AgentHost *host = master->host;
  const char *anchors = host->config->spec_signer_ca;
  sigset_t signals;

  sigemptyset (&signals);
  sigaddset (&signals, SIGTERM);
  sigaddset (&signals, SIGINT);
  sigaddset (&signals, SIGQUIT);
  master->signal_fd = signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (master->signal_fd < 0) {
    g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "cannot wait for signals: %s",
                 g_strerror (errno));
    return FALSE;
  }
  /* before anything is forked: workers and network process inherit a library that is ready */
  master->verifier = anchors != NULL ? cms_verifier_new_from_file (anchors, error)
                                     : cms_verifier_new (NULL, error);
  if (master->verifier == NULL || !choose_mode (master, error))
    return FALSE;
  g_autoptr (Arena) arena = arena_new ();
  /* what is wrong with it shows at start; of an instance the network process finds out the rest */
  if (agent_identity_is_complete (host->identity) &&
      agent_identity_endpoint (host->identity, host->config, arena, error) == NULL)
    return FALSE;
  master->credentials =
      credentials_source_for_identity (host->identity, NULL, host->log, host->ambient);
  master->workers = worker_set_new (&(WorkerSetSettings){
      .mode = master->mode, .title = master->title, .context = { host, master->verifier } });
  master->network_context.host = host;
  master->network_context.mode = master->mode;
  master->network_context.title = master->title;
  master->network_context.master = getpid ();
  return start_network (master, error);
}

gboolean
master_run (const MasterSettings *settings, MasterEnd *out_end, GError **error)
{
  const AgentHost *host = settings->host;
  Master master = {
    .host = host,
    .notify = settings->notify,
    .title = settings->title,
    .state_fd = settings->state_fd,
    .mode = PARTS_ARE_PROCESSES,
    .signal_fd = -1,
    .respawn.first_ms = host->config->respawn_first_ms,
    .recovery_respawn.first_ms = host->config->respawn_first_ms,
    .pong_by_us = NEVER,
    .end_by_us = NEVER,
    .tick_at_us = now_us () + TICK_US,
    .idle_at_us = now_us () + IDLE_AFTER_US,
  };
  gboolean begun = set_up (&master, error);

  if (begun) {
    *out_end = loop (&master);
    agent_log (host->log, AGENT_LOG_INFO, "stopped");
  }
  if (begun && *out_end == MASTER_STOPPED_LATE)
    return TRUE; /* what runs may still use all this */
  worker_set_free (master.workers);
  credentials_source_free (master.credentials);
  cms_verifier_free (master.verifier);
  g_free ((char *)master.network_context.user.name);
  if (master.signal_fd >= 0)
    close (master.signal_fd);
  return begun;
}
