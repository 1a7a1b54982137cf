#include "cli/local-agent.h"

#include "agent/instance-metadata.h"

struct LocalAgent {
  Arena *arena;
  LocalInterrupt *interrupt;
  AgentLog *log;
  AgentHost host;
  HttpClient *metadata_client;
  InstanceMetadata *metadata;
  CredentialsSource *credentials;
  BundleFetchContext fetch;
  BundleContext context;
};

static gboolean
is_interrupted (gpointer ctx)
{
  return local_interrupt_signal (ctx) != 0;
}

LocalAgent *
local_agent_new (const AgentConfig *config, const struct ScriptWatcher *watcher,
                 LocalInterrupt *interrupt, GError **error)
{
  g_autoptr (LocalAgent) agent = g_new0 (LocalAgent, 1);
  const AgentLogSettings log = { .program_name = config->program_name,
                                 .least = config->verbose ? AGENT_LOG_DEBUG : AGENT_LOG_WARN,
                                 .to_stderr = TRUE,
                                 .ambient = ambient_system () };

  agent->arena = arena_new ();
  agent->interrupt = interrupt;
  agent->log = agent_log_new (&log, error);
  if (agent->log == NULL) {
    return NULL;
  }
  agent->host = (AgentHost){
    .config = config, .log = agent->log, .ambient = ambient_system (), .watcher = watcher
  };
  agent->host.identity = agent_identity_load (config, agent->arena, error);
  if (agent->host.identity == NULL) {
    return NULL;
  }
  agent->fetch =
      (BundleFetchContext){ .host = &agent->host, .stopped = is_interrupted, .ctx = interrupt };
  agent->context =
      (BundleContext){ .host = &agent->host, .fetch = bundle_fetch, .fetch_ctx = &agent->fetch };
  return g_steal_pointer (&agent);
}

void
local_agent_free (LocalAgent *agent)
{
  if (agent == NULL) {
    return;
  }
  credentials_source_free (agent->credentials);
  instance_metadata_free (agent->metadata);
  http_client_free (agent->metadata_client);
  agent_log_free (agent->log);
  arena_free (agent->arena);
  g_free (agent);
}

static gboolean
pause_unless_interrupted (gpointer ctx, gint64 ms)
{
  for (; ms > 0 && !is_interrupted (ctx); ms -= 100) {
    g_usleep ((gulong)MIN (ms, 100) * 1000);
  }
  return !is_interrupted (ctx);
}

gboolean
local_agent_prepare (LocalAgent *agent, SpecRevisionType type, GError **error)
{
  if (type != SPEC_REVISION_S3) {
    return TRUE;
  }
  agent->metadata_client = instance_metadata_client_new (agent->host.ambient, error);
  if (agent->metadata_client == NULL) {
    return FALSE;
  }
  const InstanceMetadataSettings settings = { .refuse_v1 = agent->host.config->disable_imds_v1,
                                              .client = agent->metadata_client,
                                              .pause = pause_unless_interrupted,
                                              .pause_ctx = agent->interrupt };
  agent->metadata = instance_metadata_new (&settings);
  if (agent->host.identity->region == NULL) {
    agent->host.identity =
        instance_metadata_complete (agent->metadata, agent->host.identity, agent->arena, error);
    if (agent->host.identity == NULL) {
      g_prefix_error (error, "no region is known for S3; set AWS_REGION, or make \"%s\": ",
                      agent->host.config->on_premises_config_file);
      return FALSE;
    }
  }
  agent->credentials = credentials_source_for_identity (agent->host.identity, agent->metadata,
                                                        agent->log, agent->host.ambient);
  agent->fetch.credentials = agent->credentials;
  guint generation;
  g_autoptr (Credentials) keys = credentials_source_get (agent->credentials, &generation, error);
  return keys != NULL;
}

const BundleContext *
local_agent_context (const LocalAgent *agent)
{
  return &agent->context;
}
