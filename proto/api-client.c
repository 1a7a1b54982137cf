#include "proto/api-client.h"

#include <string.h>

#include "core/time-iso8601.h"
#include "proto/json-doc.h"

/* A clock that is further off than this is not corrected: something else is wrong. */
#define MAX_CLOCK_OFFSET_MS     (G_GINT64_CONSTANT (10) * 365 * 24 * 3600 * 1000)
#define MIN_CLOCK_CORRECTION_MS (60 * 1000)
#define MAX_PLAIN_TEXT          200

G_DEFINE_QUARK (api - client - error - quark, api_client_error)

typedef struct {
  char *name;
  char *value;
} OwnHeader;

struct ApiClient {
  HttpClient *http;
  char *endpoint;
  char *region;
  Credentials *credentials;
  char *target_prefix; /* NULL: the operation's */
  char *signing_name;  /* NULL: the operation's */
  GArray *headers;     /* of OwnHeader */
  const Ambient *ambient;
  gint64 clock_offset_ms;

  /* The last call's failure. */
  char *error_name;
  guint status;
  gboolean transport_failed;
};

static void
own_header_clear (gpointer data)
{
  OwnHeader *header = data;

  g_free (header->name);
  g_free (header->value);
}

ApiClient *
api_client_new (const ApiClientSettings *settings, GError **error)
{
  g_autoptr (ApiClient) client = g_new0 (ApiClient, 1);

  client->headers = g_array_new (FALSE, FALSE, sizeof (OwnHeader));
  g_array_set_clear_func (client->headers, own_header_clear);
  client->http = http_client_new (&settings->http, error);
  if (client->http == NULL)
    return NULL;
  client->endpoint = g_strdup (settings->endpoint);
  client->region = g_strdup (settings->region);
  client->credentials = credentials_copy (settings->credentials);
  client->ambient = settings->http.ambient != NULL ? settings->http.ambient : ambient_system ();
  return g_steal_pointer (&client);
}

void
api_client_free (ApiClient *client)
{
  if (client == NULL)
    return;
  http_client_free (client->http);
  g_free (client->endpoint);
  g_free (client->region);
  credentials_free (client->credentials);
  g_free (client->target_prefix);
  g_free (client->signing_name);
  g_array_unref (client->headers);
  g_free (client->error_name);
  g_free (client);
}

void
api_client_set_variant (ApiClient *client, const char *target_prefix, const char *signing_name)
{
  g_free (client->target_prefix);
  client->target_prefix = g_strdup (target_prefix);
  g_free (client->signing_name);
  client->signing_name = g_strdup (signing_name);
}

void
api_client_set_header (ApiClient *client, const char *name, const char *value)
{
  for (guint i = client->headers->len; i-- > 0;)
    if (g_ascii_strcasecmp (g_array_index (client->headers, OwnHeader, i).name, name) == 0)
      g_array_remove_index (client->headers, i);
  if (value == NULL)
    return;
  OwnHeader header = { g_strdup (name), g_strdup (value) };
  g_array_append_val (client->headers, header);
}

void
api_client_abort (ApiClient *client)
{
  http_client_abort (client->http);
}

const char *
api_client_error_name (const ApiClient *client)
{
  return client->error_name;
}

ApiErrorCode
api_client_error_code (const ApiClient *client)
{
  return api_error_from_name (client->error_name);
}

gboolean
api_client_error_is_transient (const ApiClient *client)
{
  static const char *const throttling[] = { "Throttl", "RateExceeded", "TooManyRequests",
                                            "RequestLimitExceeded", "SlowDown" };

  if (client->transport_failed || client->status >= 500 || client->status == 429 ||
      client->status == 408)
    return TRUE;
  for (guint i = 0; client->error_name != NULL && i < G_N_ELEMENTS (throttling); i++)
    if (strstr (client->error_name, throttling[i]) != NULL)
      return TRUE;
  return FALSE;
}

static void
forget_failure (ApiClient *client)
{
  g_clear_pointer (&client->error_name, g_free);
  client->status = 0;
  client->transport_failed = FALSE;
}

static HttpClientAnswer *
send (ApiClient *client, const ApiOperation *op, const char *body, gsize length, GError **error)
{
  g_autofree char *target = g_strdup_printf (
      "%s.%s", client->target_prefix != NULL ? client->target_prefix : op->target_prefix, op->name);
  g_autofree HttpClientHeader *headers = g_new0 (HttpClientHeader, client->headers->len + 2);
  gsize n = 0;

  headers[n++] = (HttpClientHeader){ "Content-Type", "application/x-amz-json-1.1" };
  headers[n++] = (HttpClientHeader){ "X-Amz-Target", target };
  for (guint i = 0; i < client->headers->len; i++) {
    const OwnHeader *header = &g_array_index (client->headers, OwnHeader, i);
    headers[n++] = (HttpClientHeader){ header->name, header->value };
  }
  HttpClientSigning signing = {
    .credentials = client->credentials,
    .region = client->region,
    .service = client->signing_name != NULL ? client->signing_name : op->signing_name,
    .clock_offset_ms = client->clock_offset_ms,
  };
  HttpClientRequest request = {
    .method = "POST",
    .url = client->endpoint,
    .headers = headers,
    .n_headers = n,
    .body = body,
    .body_length = length,
    .signing = &signing,
    .max_answer_bytes = 16 * 1024 * 1024,
  };
  return http_client_send (client->http, &request, error);
}

/* Where clients look for an error's name: __type, then code, then the header (api.md 1.4). */
static char *
error_name_of (const json_t *document, const HttpClientAnswer *answer)
{
  const char *name = json_doc_text (document, "__type");

  if (name == NULL)
    name = json_doc_text (document, "code");
  if (name == NULL)
    name = http_client_answer_header (answer, "x-amzn-errortype");
  if (name == NULL)
    return NULL;
  const char *hash = strchr (name, '#');
  name = hash != NULL ? hash + 1 : name;
  return g_strndup (name, strcspn (name, ",:"));
}

/* What a server or a proxy says in plain text: the first line, fit for a log. NULL: nothing of the kind. */
static char *
plain_text_of (const HttpClientAnswer *answer)
{
  gsize length = 0;
  const char *body = http_client_answer_body (answer, &length);
  const char *type = http_client_answer_header (answer, "Content-Type");

  if (type == NULL || g_ascii_strncasecmp (type, "text/plain", strlen ("text/plain")) != 0)
    return NULL;
  const char *end = body;
  g_utf8_validate (body, (gssize)MIN (MIN (length, strcspn (body, "\r\n")), MAX_PLAIN_TEXT), &end);
  if (end == body)
    return NULL;
  char *text = g_strndup (body, (gsize)(end - body));
  for (char *at = text; *at != '\0'; at++)
    if (g_ascii_iscntrl (*at))
      *at = '?';
  return text;
}

static void
fail_from_answer (ApiClient *client, const HttpClientAnswer *answer, GError **error)
{
  gsize length = 0;
  const char *body = http_client_answer_body (answer, &length);
  g_autoptr (json_t) document = json_doc_parse (body, length, NULL, NULL);

  client->status = http_client_answer_status (answer);
  client->error_name = error_name_of (document, answer);
  if (client->error_name == NULL) {
    g_autofree char *text = plain_text_of (answer);
    g_set_error (error, API_CLIENT_ERROR, API_CLIENT_ERROR_ANSWER,
                 "%s answered with HTTP status %u%s%s", client->endpoint, client->status,
                 text != NULL ? ": " : " and no error that a CodeDeploy service would give",
                 text != NULL ? text : "");
    return;
  }
  const char *message = json_doc_text (document, "message");
  if (message == NULL)
    message = json_doc_text (document, "Message");
  g_set_error (error, API_CLIENT_ERROR, API_CLIENT_ERROR_SERVICE, "%s%s%s", client->error_name,
               message != NULL ? ": " : "", message != NULL ? message : "");
}

/* A refusal because of our clock: takes the server's from its Date header. TRUE when it pays to try again. */
static gboolean
corrects_clock (ApiClient *client, const HttpClientAnswer *answer)
{
  const char *date = http_client_answer_header (answer, "Date");
  const char *body = http_client_answer_body (answer, NULL);
  gint64 server_ms = 0;

  if (date == NULL || !time_parse_http (date, &server_ms))
    return FALSE;
  if (strstr (body, "Signature expired") == NULL &&
      strstr (body, "Signature not yet current") == NULL)
    return FALSE;
  gint64 offset_ms = server_ms - ambient_now_ms (client->ambient);
  /* The same answer to the offset that is known already: the clock is not the reason. */
  if (ABS (offset_ms) > MAX_CLOCK_OFFSET_MS ||
      ABS (offset_ms - client->clock_offset_ms) < MIN_CLOCK_CORRECTION_MS)
    return FALSE;
  client->clock_offset_ms = offset_ms;
  return TRUE;
}

static gboolean
decode_answer (ApiClient *client, const ApiOperation *op, const HttpClientAnswer *answer,
               Arena *arena, gpointer *out_output, GError **error)
{
  g_autoptr (GError) problem = NULL;
  gpointer output = NULL;
  gsize length = 0;
  const char *body = http_client_answer_body (answer, &length);

  if (length > 0 && !api_decode_output (op, body, length, arena, &output, &problem)) {
    g_set_error (error, API_CLIENT_ERROR, API_CLIENT_ERROR_ANSWER, "%s gave no %s answer: %s",
                 client->endpoint, op->name, problem->message);
    return FALSE;
  }
  if (out_output != NULL)
    *out_output = output;
  return TRUE;
}

gboolean
api_client_call (ApiClient *client, ApiOp id, gconstpointer input, Arena *arena,
                 gpointer *out_output, GError **error)
{
  const ApiOperation *op = api_operation (id);
  g_autoptr (GError) problem = NULL;
  gsize length = 0;
  g_autofree char *body = api_encode_input (op, input, &length);

  forget_failure (client);
  g_autoptr (HttpClientAnswer) answer = send (client, op, body, length, &problem);
  if (answer != NULL && http_client_answer_status (answer) >= 400 &&
      corrects_clock (client, answer)) {
    g_clear_pointer (&answer, http_client_answer_free);
    answer = send (client, op, body, length, &problem);
  }
  if (answer == NULL) {
    gboolean aborted = g_error_matches (problem, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_ABORTED);
    client->transport_failed =
        !aborted && !g_error_matches (problem, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS);
    g_set_error (error, API_CLIENT_ERROR,
                 aborted ? API_CLIENT_ERROR_ABORTED : API_CLIENT_ERROR_TRANSPORT, "%s: %s",
                 op->name, problem->message);
    return FALSE;
  }
  if (http_client_answer_status (answer) / 100 != 2) {
    fail_from_answer (client, answer, error);
    return FALSE;
  }
  return decode_answer (client, op, answer, arena, out_output, error);
}
