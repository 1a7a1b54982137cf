#include "agent/master.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "agent/credentials-source.h"
#include "agent/idle-memory.h"
#include "agent/log-file.h"
#include "agent/network-keeper.h"
#include "agent/network.h"
#include "agent/poll-state.h"
#include "agent/respawn.h"
#include "agent/worker-set.h"

#define IDLE_AFTER_US    (300 * 1000)
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

  NetworkKeeper *network;
  gboolean is_ready, is_warm;
  int state_fd; /* negative: none */
  PollState polls;

  WorkerSet *workers;
  gboolean recovery_due;
  gint64 recovery_again_us;
  Respawn recovery_respawn;

  gboolean stopping;
  gint64 stop_by_us, tick_at_us, idle_at_us;
} Master;

static gint64
now_us (void)
{
  return g_get_monotonic_time ();
}

/* --- parts ---------------------------------------------------------------------------------- */

/* A network process that is new looks for what the one before, or another agent, has left. */
static void
expect_leftovers (Master *master)
{
  master->recovery_due = TRUE;
  master->recovery_again_us = 0;
}

/* What a worker left is brought to its end by another, as soon as there is a network process to report it. */
static void
recover (Master *master)
{
  g_autoptr (GError) error = NULL;
  ChannelMessage message = { .kind = CHANNEL_RECOVERY };

  if (!master->recovery_due || !network_keeper_is_reachable (master->network) || master->stopping ||
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
  network_keeper_tell (master->network, &message, fd);
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
  network_keeper_tell (master->network, &message, -1);
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
  network_keeper_tell (master->network, &message, fd);
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
  network_keeper_tell (master->network, &message, -1);
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
  network_keeper_pong (master->network);
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
  for (int n = 0; n < MESSAGES_AT_ONCE; n++) {
    g_autoptr (Arena) arena = arena_new ();
    ChannelMessage message;
    if (!network_keeper_receive (master->network, arena, &message))
      return;
    on_message (master, &message);
  }
}

/* --- the loop ------------------------------------------------------------------------------- */

static void
begin_stop (Master *master)
{
  struct signalfd_siginfo info;

  if (read (master->signal_fd, &info, sizeof info) != sizeof info || master->stopping)
    return;
  master->stopping = TRUE;
  master->stop_by_us =
      now_us () + master->host->config->kill_agent_max_wait_time_s * G_USEC_PER_SEC;
  service_notify_stopping (master->notify, "waiting for running events");
  network_keeper_stop (master->network);
}

static void
run_timers (Master *master)
{
  gint64 now = now_us ();

  if (network_keeper_run_timers (master->network))
    expect_leftovers (master);
  recover (master);
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
  gint64 next = MIN (MIN (master->tick_at_us, master->idle_at_us),
                     network_keeper_next_timer_us (master->network));
  if (master->recovery_due && network_keeper_is_reachable (master->network) &&
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
  fds[CHANNEL] =
      (struct pollfd){ .fd = network_keeper_channel_fd (master->network), .events = POLLIN };
  fds[NETWORK] = (struct pollfd){ .fd = network_keeper_end_fd (master->network), .events = POLLIN };
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
    network_keeper_end (master->network);
}

static MasterEnd
loop (Master *master)
{
  for (;;) {
    run_timers (master);
    if (master->stopping && network_keeper_has_ended (master->network) &&
        worker_set_size (master->workers) == 0)
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
  master->network =
      network_keeper_new (&(NetworkKeeperSettings){ .host = host,
                                                    .notify = master->notify,
                                                    .mode = master->mode,
                                                    .main = network_main,
                                                    .ctx = &master->network_context });
  expect_leftovers (master);
  return network_keeper_start (master->network, error);
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
    .recovery_respawn.first_ms = host->config->respawn_first_ms,
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
  network_keeper_free (master.network);
  credentials_source_free (master.credentials);
  cms_verifier_free (master.verifier);
  g_free ((char *)master.network_context.user.name);
  if (master.signal_fd >= 0)
    close (master.signal_fd);
  return begun;
}
