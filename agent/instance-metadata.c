#include "agent/instance-metadata.h"

#include <string.h>

#include "core/time-iso8601.h"
#include "proto/json-doc.h"

#define USUAL_URL       "http://169.254.169.254"
#define TIMEOUT_S       10
#define TRIES           3
#define FIRST_PAUSE_MS  1000
#define TOKEN_TTL_S     "21600"
#define MAX_BYTES       (64 * 1024)
#define MAX_TOKEN_BYTES 1024
#define ROLE_PATH       "/latest/meta-data/iam/security-credentials/"

G_DEFINE_QUARK (slipway - instance - metadata - error, instance_metadata_error)

struct InstanceMetadata {
  char *base_url; /* NULL: there is no service */
  char *token;    /* NULL: none yet, or version 1 */
  gboolean is_v1;
  gboolean refuse_v1;
  HttpClient *client;
  gboolean (*pause) (gpointer ctx, gint64 ms);
  gpointer pause_ctx;
};

static gboolean
just_sleep (gpointer ctx, gint64 ms)
{
  g_usleep ((gulong)ms * 1000);
  return TRUE;
}

static char *
base_url_of (const InstanceMetadataSettings *settings)
{
  const char *disabled = g_getenv ("AWS_EC2_METADATA_DISABLED");
  const char *other = g_getenv ("AWS_EC2_METADATA_SERVICE_ENDPOINT");
  const char *url = settings->base_url;

  if (url == NULL && disabled != NULL && g_ascii_strcasecmp (disabled, "true") == 0)
    return NULL;
  if (url == NULL)
    url = other != NULL && other[0] != '\0' ? other : USUAL_URL;
  char *copy = g_strdup (url);
  for (gsize n = strlen (copy); n > 0 && copy[n - 1] == '/'; n--)
    copy[n - 1] = '\0';
  return copy;
}

InstanceMetadata *
instance_metadata_new (const InstanceMetadataSettings *settings)
{
  InstanceMetadata *metadata = g_new0 (InstanceMetadata, 1);
  metadata->base_url = base_url_of (settings);
  metadata->refuse_v1 = settings->refuse_v1;
  metadata->client = settings->client;
  metadata->pause = settings->pause != NULL ? settings->pause : just_sleep;
  metadata->pause_ctx = settings->pause_ctx;
  return metadata;
}

void
instance_metadata_free (InstanceMetadata *metadata)
{
  if (metadata == NULL)
    return;
  g_free (metadata->base_url);
  g_free (metadata->token);
  g_free (metadata);
}

HttpClient *
instance_metadata_client_new (const Ambient *ambient, GError **error)
{
  const HttpClientSettings settings = {
    .proxy = "",
    .connect_timeout_s = TIMEOUT_S,
    .timeout_s = TIMEOUT_S,
    .ambient = ambient,
  };
  return http_client_new (&settings, error);
}

/* One request, tried again while nothing answers or the service has a fault of its own. NULL: nothing answers. */
static HttpClientAnswer *
try_request (const InstanceMetadata *metadata, const HttpClientRequest *request, GError **error)
{
  gint64 pause_ms = FIRST_PAUSE_MS;

  for (int attempt = 1;; attempt++, pause_ms *= 2) {
    g_autoptr (GError) problem = NULL;
    g_autoptr (HttpClientAnswer) answer = http_client_send (metadata->client, request, &problem);
    if (answer != NULL && http_client_answer_status (answer) < 500)
      return g_steal_pointer (&answer);
    gboolean aborted = g_error_matches (problem, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_ABORTED);
    if (!aborted && attempt < TRIES && metadata->pause (metadata->pause_ctx, pause_ms))
      continue;
    if (answer != NULL)
      g_set_error (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ANSWER,
                   "the instance metadata service at %s answers with HTTP status %u",
                   metadata->base_url, http_client_answer_status (answer));
    else
      g_set_error (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ABSENT,
                   "no instance metadata service answers: %s", problem->message);
    return NULL;
  }
}

static gboolean
keep_token (InstanceMetadata *metadata, const HttpClientAnswer *answer)
{
  gsize n = 0;
  const char *body = http_client_answer_body (answer, &n);
  g_autofree char *token = g_strndup (body, n);

  g_strstrip (token);
  if (http_client_answer_status (answer) != 200 || token[0] == '\0' ||
      strlen (token) > MAX_TOKEN_BYTES)
    return FALSE;
  for (const char *at = token; *at != '\0'; at++)
    if (!g_ascii_isgraph (*at))
      return FALSE;
  g_free (metadata->token);
  metadata->token = g_steal_pointer (&token);
  return TRUE;
}

/* A token, or the decision for version 1. */
static gboolean
prepare (InstanceMetadata *metadata, GError **error)
{
  if (metadata->token != NULL || metadata->is_v1)
    return TRUE;
  g_autofree char *url = g_strconcat (metadata->base_url, "/latest/api/token", NULL);
  const HttpClientHeader ttl = { "X-aws-ec2-metadata-token-ttl-seconds", TOKEN_TTL_S };
  const HttpClientRequest request = {
    .method = "PUT", .url = url, .headers = &ttl, .n_headers = 1, .max_answer_bytes = MAX_BYTES
  };
  g_autoptr (GError) problem = NULL;
  g_autoptr (HttpClientAnswer) answer = try_request (metadata, &request, &problem);

  if (answer != NULL && keep_token (metadata, answer))
    return TRUE;
  if (metadata->refuse_v1) {
    if (problem != NULL)
      g_propagate_error (error, g_steal_pointer (&problem));
    else
      g_set_error (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ANSWER,
                   "the instance metadata service at %s gives no token (HTTP status %u), and "
                   "\"disable_imds_v1\" forbids to ask without",
                   metadata->base_url, http_client_answer_status (answer));
    return FALSE;
  }
  /* What did not answer at all is asked for a token again next time. */
  metadata->is_v1 = answer != NULL;
  return TRUE;
}

static HttpClientAnswer *
get_once (const InstanceMetadata *metadata, const char *url, GError **error)
{
  const HttpClientHeader token = { "X-aws-ec2-metadata-token", metadata->token };
  const HttpClientRequest request = {
    .method = "GET",
    .url = url,
    .headers = &token,
    .n_headers = metadata->token != NULL ? 1 : 0,
    .max_answer_bytes = MAX_BYTES,
  };
  return try_request (metadata, &request, error);
}

/* The text at a path, without white space around it. */
static char *
get (InstanceMetadata *metadata, const char *path, GError **error)
{
  if (metadata->base_url == NULL) {
    g_set_error_literal (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ABSENT,
                         "AWS_EC2_METADATA_DISABLED says that there is no metadata service");
    return NULL;
  }
  if (!prepare (metadata, error))
    return NULL;
  g_autofree char *url = g_strconcat (metadata->base_url, path, NULL);
  g_autoptr (HttpClientAnswer) answer = get_once (metadata, url, error);
  if (answer != NULL && http_client_answer_status (answer) == 401) {
    /* The token has ended; a version 1 that is refused wants one. */
    g_clear_pointer (&metadata->token, g_free);
    metadata->is_v1 = FALSE;
    g_clear_pointer (&answer, http_client_answer_free);
    if (!prepare (metadata, error))
      return NULL;
    answer = get_once (metadata, url, error);
  }
  if (answer == NULL)
    return NULL;
  guint status = http_client_answer_status (answer);
  if (status != 200) {
    g_set_error (error, INSTANCE_METADATA_ERROR,
                 status == 404 ? INSTANCE_METADATA_ERROR_NONE : INSTANCE_METADATA_ERROR_ANSWER,
                 "the instance metadata service at %s answers %s with HTTP status %u",
                 metadata->base_url, path, status);
    return NULL;
  }
  gsize n = 0;
  const char *body = http_client_answer_body (answer, &n);
  return g_strstrip (g_strndup (body, n));
}

static json_t *
get_json (InstanceMetadata *metadata, const char *path, GError **error)
{
  g_autoptr (GError) problem = NULL; /* names no text, which may hold keys */
  g_autofree char *text = get (metadata, path, error);

  if (text == NULL)
    return NULL;
  json_t *document = json_doc_parse (text, strlen (text), NULL, &problem);
  if (document == NULL)
    g_set_error (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ANSWER,
                 "what the instance metadata service has at %s is not JSON", path);
  return document;
}

gboolean
instance_metadata_facts (InstanceMetadata *metadata, Arena *arena, InstanceFacts *out,
                         GError **error)
{
  g_autoptr (GError) no_domain = NULL; /* old services do not have it; the region tells then */
  g_autoptr (json_t) document =
      get_json (metadata, "/latest/dynamic/instance-identity/document", error);
  if (document == NULL)
    return FALSE;
  g_autofree char *partition = get (metadata, "/latest/meta-data/services/partition", error);
  if (partition == NULL)
    return FALSE;
  g_autofree char *domain = get (metadata, "/latest/meta-data/services/domain", &no_domain);

  *out = (InstanceFacts){
    .partition = arena_strdup (arena, partition),
    .region = arena_strdup (arena, json_doc_text (document, "region")),
    .account_id = arena_strdup (arena, json_doc_text (document, "accountId")),
    .instance_id = arena_strdup (arena, json_doc_text (document, "instanceId")),
    .domain = arena_strdup (arena, domain),
  };
  return TRUE;
}

const AgentIdentity *
instance_metadata_complete (InstanceMetadata *metadata, const AgentIdentity *identity, Arena *arena,
                            GError **error)
{
  InstanceFacts facts;

  if (agent_identity_is_complete (identity))
    return identity;
  if (instance_metadata_facts (metadata, arena, &facts, error))
    return agent_identity_complete (identity, &facts, arena, error);
  g_prefix_error (error, "nobody says who this host is: there is no on-premises file with "
                         "\"iam_user_arn\" or \"iam_session_arn\", AWS_REGION and "
                         "AWS_HOST_IDENTIFIER are not both set, and ");
  return NULL;
}

Credentials *
instance_metadata_keys (InstanceMetadata *metadata, gint64 *out_expires_ms, GError **error)
{
  g_autofree char *roles = get (metadata, ROLE_PATH, error);
  if (roles == NULL)
    return NULL;
  g_autofree char *role = g_strndup (roles, strcspn (roles, "\r\n"));
  if (role[0] == '\0' || strpbrk (role, "/?#% ") != NULL) {
    g_set_error_literal (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_NONE,
                         "the instance has no role that gives keys (an instance profile)");
    return NULL;
  }
  g_autofree char *path = g_strconcat (ROLE_PATH, role, NULL);
  g_autoptr (json_t) document = get_json (metadata, path, error);
  if (document == NULL)
    return NULL;
  const char *code = json_doc_text (document, "Code");
  const char *id = json_doc_text (document, "AccessKeyId");
  const char *secret = json_doc_text (document, "SecretAccessKey");
  const char *token = json_doc_text (document, "Token");
  const char *expires = json_doc_text (document, "Expiration");

  if ((code != NULL && strcmp (code, "Success") != 0) || id == NULL || secret == NULL ||
      token == NULL || expires == NULL || !time_parse_iso8601 (expires, out_expires_ms)) {
    g_set_error (error, INSTANCE_METADATA_ERROR, INSTANCE_METADATA_ERROR_ANSWER,
                 "the instance metadata service has no keys for role %s (%s)", role,
                 code != NULL && strcmp (code, "Success") != 0 ? code : "incomplete");
    return NULL;
  }
  return credentials_new (id, secret, token);
}
