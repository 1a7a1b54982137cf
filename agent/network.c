#include "agent/network.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/http-settings.h"
#include "agent/log-file.h"
#include "agent/poller.h"

#define MAX_CA_BYTES       (16 * 1024 * 1024)
#define CA_FOLDER_VARIABLE "AWS_SSL_CA_DIRECTORY"

typedef struct {
  AgentHost host;
  AgentConfig config;
  char *ca_path;
  char *agent_version;
  Channel *channel;
  NetworkLink *link;
  HttpClient *metadata_client;
  InstanceMetadata *metadata;
  CredentialsSource *credentials;
  Arena *arena;

  GMutex lock;               /* all below */
  Poller *poller;            /* NULL: it is not known yet who this host is */
  Channel *waiting_recovery; /* that came before there was a poller; NULL: none */
  gboolean stopping, failed;
} Network;

/* The certificates in a file of memory, which this process can open when the one on disk is closed to its user. */
static gboolean
keep_certificates (Network *network, GError **error)
{
  const char *path = http_settings_ca_file (&network->config);
  gboolean missing;
  gsize n = 0;

  if (path == NULL)
    return TRUE;
  g_autofree char *text = fs_read_optional (path, MAX_CA_BYTES, &n, &missing, error);
  if (text == NULL)
    return missing; /* each call says so */
  int fd = memfd_create ("certificates", MFD_CLOEXEC);
  if (fd < 0 || write (fd, text, n) != (gssize)n) {
    g_set_error (error, PRIVILEGES_ERROR, PRIVILEGES_ERROR_FAILED, "cannot keep \"%s\"", path);
    return FALSE;
  }
  network->ca_path = g_strdup_printf ("/proc/self/fd/%d", fd);
  network->config.ssl_ca_bundle = network->ca_path;
  return TRUE;
}

/* A folder of certificates is reached through its descriptor: it must be readable itself, the way to it need not be. */
static void
keep_certificate_folder (void)
{
  const char *path = g_getenv (CA_FOLDER_VARIABLE);
  int fd = path != NULL && path[0] != '\0' ? open (path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
  if (fd < 0)
    return; /* each call says so */
  g_autofree char *here = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_setenv (CA_FOLDER_VARIABLE, here, TRUE); /* no other thread runs yet */
}

static gboolean
give_up_privileges (Network *network, const NetworkContext *context, int fd, GError **error)
{
  int kept[1 + 2 * LOG_FILE_DESCRIPTORS] = { fd };
  gsize n = 1;

  g_autofree char *title =
      g_strdup_printf ("codedeploy-agent: network process of master %d", (int)context->master);
  process_title_set (context->title, title);
  n += agent_log_descriptors (network->host.log, kept + n);
  n += wire_log_descriptors (network->host.wire, kept + n);
  part_keep_only (kept, n);
  keep_certificate_folder ();
  if (!keep_certificates (network, error) || !privileges_give_up (&context->user, error))
    return FALSE;
  agent_log_follow (network->host.log);
  wire_log_follow (network->host.wire);
  return TRUE;
}

static void
tell_master (Network *network, const ChannelMessage *message)
{
  g_autoptr (GError) error = NULL;
  if (!channel_send (network->channel, message, -1, &error))
    agent_log (network->host.log, AGENT_LOG_DEBUG, "%s", error->message);
}

static void
say_polling (gpointer ctx)
{
  ChannelMessage message = { .kind = CHANNEL_POLLING };
  tell_master (ctx, &message);
}

static void
say_poll_failed (gpointer ctx, const char *why)
{
  ChannelMessage message = { .kind = CHANNEL_POLL_FAILED, .text = why };
  tell_master (ctx, &message);
}

static gboolean
set_up (Network *network, int fd, GError **error)
{
  const AgentHost *host = &network->host;
  gboolean from_environment = host->identity->mode == IDENTITY_ENVIRONMENT;

  network->channel = channel_new (fd, CHANNEL_MASTER_TO_NETWORK, CHANNEL_NETWORK_TO_MASTER);
  network->link = network_link_new (network->channel);
  network->credentials = credentials_source_new (host->log, host->ambient);
  credentials_source_add (
      network->credentials,
      network_link_keys (network->link,
                         from_environment ? NETWORK_LINK_OTHERS_FOLLOW : NETWORK_LINK_ONLY_MASTER,
                         host->ambient));
  if (from_environment) {
    network->metadata_client = instance_metadata_client_new (host->ambient, error);
    if (network->metadata_client == NULL)
      return FALSE;
    network->metadata = instance_metadata_new (&(InstanceMetadataSettings){
        .refuse_v1 = host->config->disable_imds_v1, .client = network->metadata_client });
    credentials_source_add (network->credentials,
                            credentials_provider_instance (network->metadata, host->ambient));
  }
  return TRUE;
}

/* Who this host is, where files and environment leave that to an instance's metadata (agent.md 6.9); then there is a poller. */
static gboolean
begin_polling (Network *network, GError **error)
{
  AgentHost *host = &network->host;

  if (!agent_identity_is_complete (host->identity)) {
    const AgentIdentity *identity =
        instance_metadata_complete (network->metadata, host->identity, network->arena, error);
    if (identity == NULL)
      return FALSE;
    host->identity = identity;
  }
  PollerSettings settings = { host,          network->credentials,
                              network->link, network->agent_version,
                              say_polling,   say_poll_failed,
                              network };
  Poller *poller = poller_new (&settings, error);
  if (poller == NULL)
    return FALSE;
  g_mutex_lock (&network->lock);
  network->poller = poller;
  if (network->waiting_recovery != NULL)
    poller_recover (poller, g_steal_pointer (&network->waiting_recovery));
  if (network->stopping)
    poller_stop (poller);
  g_mutex_unlock (&network->lock);
  return TRUE;
}

static void
tear_down (Network *network)
{
  poller_free (network->poller);
  channel_free (network->waiting_recovery);
  credentials_source_free (network->credentials);
  instance_metadata_free (network->metadata);
  http_client_free (network->metadata_client);
  network_link_free (network->link);
  channel_free (network->channel);
  g_free (network->agent_version);
  g_free (network->ca_path);
  arena_free (network->arena);
  g_mutex_clear (&network->lock);
}

static void
stop (Network *network)
{
  g_mutex_lock (&network->lock);
  network->stopping = TRUE;
  if (network->poller != NULL)
    poller_stop (network->poller);
  g_mutex_unlock (&network->lock);
  if (network->metadata_client != NULL)
    http_client_abort (network->metadata_client);
}

static void
answer_ping (Network *network)
{
  ChannelMessage pong = { .kind = CHANNEL_PONG };

  g_mutex_lock (&network->lock);
  gboolean alive = network->poller == NULL || poller_is_alive (network->poller);
  g_mutex_unlock (&network->lock);
  if (alive)
    tell_master (network, &pong);
}

static void
recover (Network *network, Channel *channel)
{
  g_mutex_lock (&network->lock);
  if (network->poller != NULL)
    poller_recover (network->poller, channel);
  else
    network->waiting_recovery = channel; /* the master has one at a time */
  g_mutex_unlock (&network->lock);
}

/* What the master says, until it says no more. */
static void
listen (Network *network)
{
  for (;;) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    ChannelMessage message;
    int fd;
    ChannelReceived received = channel_receive (network->channel, arena, &message, &fd, &error);
    if (received != CHANNEL_GOT)
      return;
    switch (message.kind) {
    case CHANNEL_STOP:
      stop (network);
      break;
    case CHANNEL_PING:
      answer_ping (network);
      break;
    case CHANNEL_RECOVERY:
      recover (network, network_link_conversation (fd));
      break;
    default: /* an answer: the channel lets nothing else through */
      network_link_take (network->link, &message, fd);
    }
  }
}

static gpointer
poll_thread (gpointer data)
{
  Network *network = data;
  g_autoptr (GError) error = NULL;

  if (begin_polling (network, &error)) {
    poller_run (network->poller);
  } else {
    g_mutex_lock (&network->lock);
    network->failed = !network->stopping;
    g_mutex_unlock (&network->lock);
    if (network->failed)
      agent_log (network->host.log, AGENT_LOG_ERROR, "%s", error->message);
  }
  channel_shut_down (network->channel); /* nothing is left to be said */
  return NULL;
}

int
network_main (gconstpointer ctx, int fd)
{
  const NetworkContext *context = ctx;
  Network network = { .host = *context->host, .config = *context->host->config };
  g_autoptr (GError) error = NULL;
  int status = 1;

  network.host.config = &network.config;
  network.arena = arena_new ();
  g_mutex_init (&network.lock);
  /* the file may be in a folder that is closed to our user */
  network.agent_version = command_service_agent_version (&network.config);
  if (context->mode == PARTS_ARE_PROCESSES && !give_up_privileges (&network, context, fd, &error)) {
    close (fd);
  } else if (set_up (&network, fd, &error)) {
    GThread *poll = g_thread_new ("poll", poll_thread, &network);
    listen (&network);
    stop (&network); /* also where the master is gone */
    network_link_end (network.link);
    g_thread_join (poll);
    status = network.failed ? 1 : 0;
  }
  if (error != NULL)
    agent_log (network.host.log, AGENT_LOG_ERROR, "cannot talk to the network: %s", error->message);
  tear_down (&network);
  return status;
}
