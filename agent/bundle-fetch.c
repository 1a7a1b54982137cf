#include "agent/bundle-fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "agent/http-settings.h"
#include "core/time-iso8601.h"
#include "proto/http-client.h"

#define S3_ATTEMPTS             12
#define S3_FIRST_PAUSE_MS       200
#define S3_LONGEST_PAUSE_MS     15000
#define MIN_CLOCK_CORRECTION_MS (60 * 1000)
#define MAX_REDIRECTS           5
#define MAX_REASON_BYTES        300
#define GITHUB_API              "https://api.github.com"

static void
append_encoded (GString *out, const char *text, const char *also)
{
  for (const guchar *at = (const guchar *)text; *at != '\0'; at++) {
    if (g_ascii_isalnum (*at) || strchr ("-._~", *at) != NULL ||
        (also[0] != '\0' && *at == (guchar)also[0]))
      g_string_append_c (out, (char)*at);
    else
      g_string_append_printf (out, "%%%02X", *at);
  }
}

char *
bundle_s3_url (const char *endpoint, const SpecRevision *revision)
{
  g_autoptr (GString) url = g_string_new (endpoint);
  g_string_append_c (url, '/');
  append_encoded (url, revision->bucket, "");
  g_string_append_c (url, '/');
  append_encoded (url, revision->key, "/");
  if (revision->version != NULL) {
    g_string_append (url, "?versionId=");
    append_encoded (url, revision->version, "");
  }
  return g_string_free (g_steal_pointer (&url), FALSE);
}

char *
bundle_github_url (const SpecRevision *revision, GError **error)
{
  const char *type = revision->bundle_type != NULL ? revision->bundle_type : "tar";
  if (strcmp (type, "tar") != 0 && strcmp (type, "zip") != 0) {
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
                 "GitHub makes bundles of type tar and zip, not \"%s\"", type);
    return NULL;
  }
  g_autoptr (GString) url = g_string_new (GITHUB_API "/repos/");
  append_encoded (url, revision->account, "");
  g_string_append_c (url, '/');
  append_encoded (url, revision->repository, "");
  g_string_append_printf (url, "/%sball/", type);
  append_encoded (url, revision->commit_id, "");
  return g_string_free (g_steal_pointer (&url), FALSE);
}

static char *
without_quotes (const char *etag)
{
  GString *out = g_string_new (NULL);
  for (; *etag != '\0'; etag++)
    if (*etag != '"')
      g_string_append_c (out, *etag);
  return g_string_free (out, FALSE);
}

gboolean
bundle_etags_match (const char *one, const char *other)
{
  g_autofree char *a = without_quotes (one);
  g_autofree char *b = without_quotes (other);
  return strcmp (a, b) == 0;
}

/* Sleeps in small pieces; FALSE when the agent is stopping. */
static gboolean
pause_for (const BundleFetchContext *context, gint64 ms)
{
  for (; ms > 0 && !context->stopped (context->ctx); ms -= 100)
    g_usleep ((gulong)MIN (ms, 100) * 1000);
  return !context->stopped (context->ctx);
}

static HttpClient *
new_client (const AgentHost *host, HttpPeer peer, GError **error)
{
  HttpClientSettings settings = http_settings_for (host, peer);
  return http_client_new (&settings, error);
}

/* The text of an XML element up to its end, with the five predefined entities undone. */
static void
append_xml_text (GString *out, const char *xml)
{
  static const struct {
    const char *entity;
    char character;
  } entities[] = {
    { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' }, { "&apos;", '\'' },
  };
  while (*xml != '\0' && *xml != '<') {
    gsize i = 0;
    while (i < G_N_ELEMENTS (entities) && !g_str_has_prefix (xml, entities[i].entity))
      i++;
    g_string_append_c (out, i < G_N_ELEMENTS (entities) ? entities[i].character : *xml);
    xml += i < G_N_ELEMENTS (entities) ? strlen (entities[i].entity) : 1;
  }
}

char *
bundle_s3_reason (const char *body, gsize n)
{
  g_autofree char *start = g_utf8_make_valid (body != NULL ? body : "", (gssize)MIN (n, 2000));
  const char *code = strstr (start, "<Code>");
  const char *message = strstr (start, "<Message>");
  if (code == NULL)
    return g_strndup (g_strstrip (start), MAX_REASON_BYTES);
  g_autoptr (GString) out = g_string_new (NULL);
  append_xml_text (out, code + strlen ("<Code>"));
  if (message != NULL) {
    g_string_append (out, ": ");
    append_xml_text (out, message + strlen ("<Message>"));
  }
  return g_string_free (g_steal_pointer (&out), FALSE);
}

typedef enum {
  FETCH_DONE,
  FETCH_AGAIN,
  FETCH_FAILED
} Fetch;

static gboolean
is_passing (const GError *error)
{
  return g_error_matches (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_CONNECT) ||
         g_error_matches (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_TIMEOUT) ||
         g_error_matches (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_PROTOCOL);
}

static Fetch
check_s3_answer (const HttpClientAnswer *answer, const SpecRevision *revision, GError **error)
{
  guint status = http_client_answer_status (answer);
  const char *etag = http_client_answer_header (answer, "etag");

  if (status != 200) {
    gsize n = 0;
    const char *body = http_client_answer_body (answer, &n);
    g_autofree char *reason = bundle_s3_reason (body, n);
    const char *request_id = http_client_answer_header (answer, "x-amz-request-id");
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
                 "cannot download bucket \"%s\" key \"%s\"%s%s: HTTP %u %s (request %s)",
                 revision->bucket, revision->key, revision->version != NULL ? " version " : "",
                 revision->version != NULL ? revision->version : "", status, reason,
                 request_id != NULL ? request_id : "unknown");
    return status >= 500 || status == 429 ? FETCH_AGAIN : FETCH_FAILED;
  }
  if (revision->etag != NULL && (etag == NULL || !bundle_etags_match (revision->etag, etag))) {
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
                 "bucket \"%s\" key \"%s\" has ETag %s, but the deployment is of ETag %s",
                 revision->bucket, revision->key, etag != NULL ? etag : "(none)", revision->etag);
    return FETCH_FAILED;
  }
  return FETCH_DONE;
}

/*
 * A refusal because our clock differs: takes the service's from its Date header, for the next attempt. The command service is
 * asked in the same way (agent.md 11, point 16).
 */
static gboolean
corrects_clock (const HttpClientAnswer *answer, const Ambient *ambient, gint64 *offset_ms)
{
  const char *date = http_client_answer_header (answer, "Date");
  const char *body = http_client_answer_body (answer, NULL);
  gint64 server_ms = 0;

  if (http_client_answer_status (answer) != 403 || strstr (body, "RequestTimeTooSkewed") == NULL ||
      date == NULL || !time_parse_http (date, &server_ms))
    return FALSE;
  gint64 found_ms = server_ms - ambient_now_ms (ambient);
  /* the same answer to the offset that is known already: the clock is not the reason */
  if (ABS (found_ms - *offset_ms) < MIN_CLOCK_CORRECTION_MS)
    return FALSE;
  *offset_ms = found_ms;
  return TRUE;
}

static Fetch
get_object (HttpClient *client, const BundleFetchContext *context, const SpecRevision *revision,
            const char *url, int fd, gint64 *clock_offset_ms, GError **error)
{
  guint generation;
  g_autoptr (GError) local = NULL;
  g_autoptr (Credentials) keys = credentials_source_get (context->credentials, &generation, error);
  if (keys == NULL)
    return FETCH_FAILED;
  HttpClientSigning signing = { keys, context->host->identity->region, "s3", *clock_offset_ms };
  HttpClientRequest request = {
    .method = "GET",
    .url = url,
    .signing = &signing,
    .answer_fd = fd,
    .answer_to_fd = TRUE,
  };
  if (ftruncate (fd, 0) != 0 || lseek (fd, 0, SEEK_SET) != 0) {
    fs_fail (error, errno, "empty", "bundle.tar");
    return FETCH_FAILED;
  }
  g_autoptr (HttpClientAnswer) answer = http_client_send (client, &request, &local);
  if (answer != NULL) {
    Fetch fetch = check_s3_answer (answer, revision, error);
    return corrects_clock (answer, context->host->ambient, clock_offset_ms) ? FETCH_AGAIN : fetch;
  }
  gboolean again = is_passing (local);
  g_propagate_prefixed_error (error, g_steal_pointer (&local),
                              "cannot download bucket \"%s\" key \"%s\": ", revision->bucket,
                              revision->key);
  return again ? FETCH_AGAIN : FETCH_FAILED;
}

static gboolean
fetch_s3 (const BundleFetchContext *context, const SpecRevision *revision, int fd, GError **error)
{
  const AgentHost *host = context->host;
  g_autoptr (Arena) arena = arena_new ();
  const char *endpoint = agent_identity_s3_endpoint (host->identity, host->config, arena);
  g_autofree char *url = bundle_s3_url (endpoint, revision);
  g_autoptr (HttpClient) client = new_client (host, HTTP_PEER_OBJECT_STORE, error);
  if (client == NULL)
    return FALSE;

  Fetch fetch = FETCH_AGAIN;
  gint64 pause_ms = S3_FIRST_PAUSE_MS, clock_offset_ms = 0;
  for (int attempt = 1; fetch == FETCH_AGAIN; attempt++) {
    g_autoptr (GError) problem = NULL;
    fetch = get_object (client, context, revision, url, fd, &clock_offset_ms, &problem);
    if (fetch == FETCH_DONE)
      break;
    if (fetch == FETCH_AGAIN && attempt < S3_ATTEMPTS) {
      agent_log (host->log, AGENT_LOG_WARN, "%s; trying again", problem->message);
      if (pause_for (context, pause_ms)) {
        pause_ms = MIN (pause_ms * 2, S3_LONGEST_PAUSE_MS);
        continue;
      }
    }
    g_propagate_error (error, g_steal_pointer (&problem));
    fetch = FETCH_FAILED;
  }
  return fetch == FETCH_DONE;
}

/* One GitHub download with its redirects; the token goes to the first server only. */
static Fetch
get_github (HttpClient *client, const char *first_url, const char *token, int fd, guint *out_status,
            GError **error)
{
  g_autofree char *authorization = token != NULL ? g_strdup_printf ("token %s", token) : NULL;
  HttpClientHeader headers[] = { { "Authorization", authorization } };
  g_autofree char *url = g_strdup (first_url);

  for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
    HttpClientRequest request = {
      .method = "GET",
      .url = url,
      .headers = headers,
      .n_headers = hop == 0 && token != NULL ? 1 : 0,
      .answer_fd = fd,
      .answer_to_fd = TRUE,
    };
    g_autoptr (HttpClientAnswer) answer = http_client_send (client, &request, error);
    if (answer == NULL)
      return FETCH_FAILED;
    *out_status = http_client_answer_status (answer);
    if (*out_status == 200)
      return FETCH_DONE;
    const char *location = http_client_answer_header (answer, "location");
    if (*out_status < 300 || *out_status >= 400 || location == NULL ||
        !g_str_has_prefix (location, "https://"))
      return FETCH_AGAIN;
    g_free (url);
    url = g_strdup (location);
  }
  return FETCH_AGAIN;
}

static gboolean
fetch_github (const BundleFetchContext *context, const BundleRequest *bundle, int fd,
              GError **error)
{
  static const gint64 pauses_ms[] = { 10000, 30000, 90000 };
  g_autofree char *url = bundle_github_url (&bundle->revision, error);
  if (url == NULL)
    return FALSE;
  g_autoptr (HttpClient) client = new_client (context->host, HTTP_PEER_GITHUB, error);
  if (client == NULL)
    return FALSE;

  g_autoptr (GString) statuses = g_string_new (NULL);
  Fetch fetch = FETCH_AGAIN;
  for (gsize attempt = 0; fetch == FETCH_AGAIN; attempt++) {
    guint status = 0;
    fetch = ftruncate (fd, 0) == 0 && lseek (fd, 0, SEEK_SET) == 0
                ? get_github (client, url, bundle->github_token, fd, &status, error)
                : (fs_fail (error, errno, "empty", "bundle.tar"), FETCH_FAILED);
    if (fetch != FETCH_AGAIN)
      break;
    g_string_append_printf (statuses, "%s%u", statuses->len > 0 ? ", " : "", status);
    if (attempt >= G_N_ELEMENTS (pauses_ms) || !pause_for (context, pauses_ms[attempt])) {
      g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
                   "cannot download %s: GitHub answered with HTTP status %s", url, statuses->str);
      fetch = FETCH_FAILED;
    }
  }
  return fetch == FETCH_DONE;
}

gboolean
bundle_fetch (gpointer ctx, const BundleRequest *request, int fd, BundleFetchCourse *out_course,
              GError **error)
{
  const BundleFetchContext *context = ctx;
  *out_course = BUNDLE_FETCH_ANEW;
  return request->revision.type == SPEC_REVISION_GITHUB
             ? fetch_github (context, request, fd, error)
             : fetch_s3 (context, &request->revision, fd, error);
}
