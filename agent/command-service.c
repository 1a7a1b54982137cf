#include "agent/command-service.h"

#include <string.h>

#include "agent/fs-atomic.h"
#include "agent/http-settings.h"
#include "agent/start-check.h"
#include "core/version.h"
#include "proto/api-client.h"

#define MAX_VERSION_BYTES   1000
#define CONVERSATION_HEADER "x-slipway-conversation"

typedef struct {
  const char *target_prefix;
  const char *signing_name;
} Variant;

struct CommandService {
  const AgentHost *host;
  CredentialsSource *credentials;
  Arena *arena;
  const char *endpoint;
  char *agent_version;
  GMutex lock; /* client against command_service_abort */
  ApiClient *client;
  HttpClient *checker; /* while the start-up check runs */
  gboolean aborted;
  gint64 call_began_us; /* 0: none is in progress */
  gboolean is_checked;  /* the start-up check of this service's endpoint has passed */
  guint generation;     /* of the keys that client has */
  CallFailure failure;
};

static Variant
variant_of (const AgentConfig *config)
{
  if (config->enable_auth_policy)
    return (Variant){ "CodeDeployCommandService", "codedeploy-commands-secure" };
  if (config->use_mock_command_service)
    return (Variant){ "ApolloDeployControlService_mock", "codedeploy-commands" };
  return (Variant){ "CodeDeployCommandService_v20141006", "codedeploy-commands" };
}

char *
command_service_agent_version (const AgentConfig *config)
{
  /* by name: the folder itself may not be there yet */
  g_autofree char *root = g_canonicalize_filename (config->root_dir, NULL);
  g_autofree char *above = g_path_get_dirname (root);
  g_autofree char *beside = g_build_filename (above, ".version", NULL);
  const char *const paths[] = { beside, "/opt/codedeploy-agent/.version" };
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++) {
    gboolean missing;
    g_autoptr (GError) error = NULL; /* an unreadable version file counts as none */
    g_autofree char *text = fs_read_optional (paths[i], MAX_VERSION_BYTES, NULL, &missing, &error);
    if (text == NULL)
      continue;
    const char *colon = g_strrstr (text, ": ");
    g_autofree char *version = g_strdup (colon != NULL ? colon + 2 : text);
    g_strstrip (version);
    gboolean printable = version[0] != '\0';
    for (const char *at = version; *at != '\0'; at++)
      printable = printable && g_ascii_isprint (*at);
    if (printable)
      return g_steal_pointer (&version);
  }
  return g_strdup_printf ("%s-slipway", version_string ());
}

CommandService *
command_service_new (const AgentHost *host, CredentialsSource *credentials,
                     const char *agent_version, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *endpoint = agent_identity_endpoint (host->identity, host->config, arena, error);
  if (endpoint == NULL)
    return NULL;
  CommandService *service = g_new0 (CommandService, 1);
  service->host = host;
  service->credentials = credentials;
  service->endpoint = endpoint;
  service->arena = g_steal_pointer (&arena);
  service->agent_version = g_strdup (agent_version);
  g_mutex_init (&service->lock);
  return service;
}

void
command_service_free (CommandService *service)
{
  if (service == NULL)
    return;
  api_client_free (service->client);
  g_mutex_clear (&service->lock);
  g_free (service->agent_version);
  arena_free (service->arena);
  g_free (service);
}

void
command_service_abort (CommandService *service)
{
  g_mutex_lock (&service->lock);
  service->aborted = TRUE;
  if (service->client != NULL)
    api_client_abort (service->client);
  if (service->checker != NULL)
    http_client_abort (service->checker);
  g_mutex_unlock (&service->lock);
}

void
command_service_abort_if_late (CommandService *service, gint64 since_us, gint64 patience_us)
{
  g_mutex_lock (&service->lock);
  gint64 began_us = service->call_began_us;
  g_mutex_unlock (&service->lock);
  if (began_us != 0 && g_get_monotonic_time () - MAX (began_us, since_us) > patience_us)
    command_service_abort (service);
}

static void
set_in_call (CommandService *service, gint64 began_us)
{
  g_mutex_lock (&service->lock);
  service->call_began_us = began_us;
  g_mutex_unlock (&service->lock);
}

gboolean
command_service_is_aborted (CommandService *service)
{
  g_mutex_lock (&service->lock);
  gboolean aborted = service->aborted;
  g_mutex_unlock (&service->lock);
  return aborted;
}

CallFailure
command_service_failure (const CommandService *service)
{
  return service->failure;
}

static ApiClient *
new_client (const CommandService *service, const Credentials *keys, GError **error)
{
  const AgentConfig *config = service->host->config;
  ApiClientSettings settings = {
    .endpoint = service->endpoint,
    .region = service->host->identity->region,
    .credentials = keys,
    .http = http_settings_for (service->host, HTTP_PEER_COMMAND_SERVICE),
  };
  ApiClient *client = api_client_new (&settings, error);
  if (client == NULL)
    return NULL;
  Variant variant = variant_of (config);
  api_client_set_variant (client, variant.target_prefix, variant.signing_name);
  api_client_set_header (client, "x-amz-codedeploy-agent-version", service->agent_version);
  return client;
}

/* A client with the keys of now. */
static gboolean
ready (CommandService *service, GError **error)
{
  guint generation;
  g_autoptr (Credentials) keys = credentials_source_get (service->credentials, &generation, error);
  if (keys == NULL)
    return FALSE;
  if (service->client != NULL && service->generation == generation)
    return TRUE;

  ApiClient *client = new_client (service, keys, error);
  if (client == NULL)
    return FALSE;
  g_mutex_lock (&service->lock);
  ApiClient *old = service->client;
  service->client = client;
  service->generation = generation;
  if (service->aborted)
    api_client_abort (client);
  g_mutex_unlock (&service->lock);
  api_client_free (old);
  return TRUE;
}

static CallFailure
failure_of (const ApiClient *client)
{
  static const char *const about_keys[] = {
    "AccessDeniedException",
    "InvalidSignatureException",
    "UnrecognizedClientException",
    "ExpiredTokenException",
    "MissingAuthenticationTokenException",
    "IncompleteSignatureException",
    "IncompleteSignature",
    "MissingAuthenticationToken",
    "InvalidClientTokenId",
    "SignatureDoesNotMatch",
    "RequestExpired",
  };
  const char *name = api_client_error_name (client);

  if (api_client_error_is_transient (client))
    return CALL_PASSING;
  for (gsize i = 0; name != NULL && i < G_N_ELEMENTS (about_keys); i++)
    if (strcmp (name, about_keys[i]) == 0)
      return CALL_DENIED;
  return name != NULL ? CALL_REFUSED : CALL_PASSING;
}

typedef enum {
  ANSWERS_BRING_NOTHING,
  ANSWERS_MAY_BRING_A_COMMAND
} Answers;

static gboolean
call (CommandService *service, ApiOp op, gconstpointer input, Answers answers, Arena *arena,
      gpointer *out_output, GError **error)
{
  *out_output = NULL;
  if (!ready (service, error)) {
    service->failure = CALL_DENIED;
    return FALSE;
  }
  api_client_set_header (service->client, CONVERSATION_HEADER,
                         answers == ANSWERS_MAY_BRING_A_COMMAND ? "short" : NULL);
  set_in_call (service, g_get_monotonic_time ());
  gboolean answered = api_client_call (service->client, op, input, arena, out_output, error);
  set_in_call (service, 0);
  if (answered)
    return TRUE;
  service->failure = failure_of (service->client);
  return FALSE;
}

static void
set_checker (CommandService *service, HttpClient *checker)
{
  g_mutex_lock (&service->lock);
  service->checker = checker;
  if (checker != NULL && service->aborted)
    http_client_abort (checker);
  g_mutex_unlock (&service->lock);
}

/* agent.md 1.12: nothing is polled from an endpoint that cannot show who it is. */
static gboolean
check_endpoint (CommandService *service, GError **error)
{
  if (service->is_checked)
    return TRUE;
  g_autoptr (HttpClient) checker = start_check_client_new (service->host, error);
  if (checker != NULL) {
    set_checker (service, checker);
    service->is_checked = start_check_endpoint (service->host, service->endpoint, checker, error);
    set_checker (service, NULL);
  }
  service->failure = CALL_PASSING;
  return service->is_checked;
}

/* The members that answers to polls and reports have in common. */
static HostCommand
brought (const ApiHostCommand *command, const char *system,
         const ApiDeploymentSpecification *specification)
{
  return (HostCommand){
    command, { .deployment_system = system, .deployment_specification = specification }
  };
}

gboolean
command_service_poll (CommandService *service, Arena *arena, HostCommand *out, GError **error)
{
  static const ApiPollHostCommandOutput empty = { 0 };
  ApiPollHostCommandInput input = { .host_identifier = service->host->identity->host_identifier };
  gpointer output;
  if (!check_endpoint (service, error))
    return FALSE;
  if (!call (service, API_OP_POLL_HOST_COMMAND, &input, ANSWERS_MAY_BRING_A_COMMAND, arena, &output,
             error))
    return FALSE;
  const ApiPollHostCommandOutput *answer = output != NULL ? output : &empty;
  *out =
      brought (answer->host_command, answer->deployment_system, answer->deployment_specification);
  return TRUE;
}

gboolean
command_service_specification (CommandService *service, const char *execution_id, Arena *arena,
                               const ApiGetDeploymentSpecificationOutput **out, GError **error)
{
  static const ApiGetDeploymentSpecificationOutput empty = { 0 };
  ApiGetDeploymentSpecificationInput input = {
    .deployment_execution_id = execution_id,
    .host_identifier = service->host->identity->host_identifier,
  };
  gpointer output;
  if (!call (service, API_OP_GET_DEPLOYMENT_SPECIFICATION, &input, ANSWERS_BRING_NOTHING, arena,
             &output, error))
    return FALSE;
  *out = output != NULL ? output : &empty;
  return TRUE;
}

static Answers
answers_for (const HostCommand *out_next)
{
  return out_next != NULL ? ANSWERS_MAY_BRING_A_COMMAND : ANSWERS_BRING_NOTHING;
}

gboolean
command_service_acknowledge (CommandService *service, const char *command_id, gboolean is_noop,
                             Arena *arena, const char **out_status, HostCommand *out_next,
                             GError **error)
{
  static const ApiPutHostCommandAcknowledgementOutput empty = { 0 };
  ApiDiagnosticsEnvelope diagnostics = {
    .format = "JSON",
    .payload = is_noop ? "{\"IsCommandNoop\":true}" : "{\"IsCommandNoop\":false}",
  };
  ApiPutHostCommandAcknowledgementInput input = {
    .host_command_identifier = command_id,
    .diagnostics = &diagnostics,
  };
  gpointer output;
  if (!call (service, API_OP_PUT_HOST_COMMAND_ACKNOWLEDGEMENT, &input, answers_for (out_next),
             arena, &output, error))
    return FALSE;
  const ApiPutHostCommandAcknowledgementOutput *answer = output != NULL ? output : &empty;
  *out_status = answer->command_status;
  if (out_next != NULL)
    *out_next =
        brought (answer->host_command, answer->deployment_system, answer->deployment_specification);
  return TRUE;
}

gboolean
command_service_complete (CommandService *service, const char *command_id, gboolean succeeded,
                          const char *payload, Arena *arena, HostCommand *out_next, GError **error)
{
  static const ApiPutHostCommandCompleteOutput empty = { 0 };
  ApiDiagnosticsEnvelope diagnostics = { .format = "JSON", .payload = payload };
  ApiPutHostCommandCompleteInput input = {
    .host_command_identifier = command_id,
    .command_status = succeeded ? "Succeeded" : "Failed",
    .diagnostics = &diagnostics,
  };
  gpointer output;
  if (!call (service, API_OP_PUT_HOST_COMMAND_COMPLETE, &input, answers_for (out_next), arena,
             &output, error))
    return FALSE;
  const ApiPutHostCommandCompleteOutput *answer = output != NULL ? output : &empty;
  if (out_next != NULL)
    *out_next =
        brought (answer->host_command, answer->deployment_system, answer->deployment_specification);
  return TRUE;
}
