#include "agent/bundle-fetch.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bundle-etag.h"
#include "agent/bundle-url.h"
#include "agent/fs-atomic.h"
#include "agent/http-settings.h"
#include "core/time-iso8601.h"
#include "proto/http-client.h"

#define S3_ATTEMPTS             12
#define S3_PAUSE_PART           50 /* of download_pause_first */
#define S3_LONGEST_PAUSE_MS     15000
#define GITHUB_ATTEMPTS         4
#define GITHUB_PAUSE_FACTOR     3 /* 10, 30, 90 seconds (agent.md 3.8) */
#define MAX_REDIRECTS           5
#define MIN_CLOCK_CORRECTION_MS (60 * 1000)
#define PROGRESS_MS             (30 * 1000)
#define MIB                     (1024.0 * 1024.0)

typedef enum {
  FETCH_DONE,
  FETCH_AGAIN,
  FETCH_FAILED
} Fetch;

/* One bundle on its way, over all attempts. */
typedef struct {
  const BundleFetchContext *context;
  const BundleRequest *request;
  HttpClient *client;
  int fd;
  BundleFetchCourse course;
  char *etag;     /* of what is in the file so far; NULL: it cannot be gone on with */
  char *observed; /* of all of it, at the end */
  gint64 clock_offset_ms;
  gint64 told_ms; /* when the log last heard of it */
  gint64 offset;  /* where this attempt's bytes begin */
} Job;

/* Sleeps in small pieces; FALSE when the agent is stopping. */
static gboolean
pause_for (const BundleFetchContext *context, gint64 ms)
{
  for (; ms > 0 && !context->stopped (context->ctx); ms -= 100)
    g_usleep ((gulong)MIN (ms, 100) * 1000);
  return !context->stopped (context->ctx);
}

/* What our own settings, our own disk or somebody stopping us is to blame for does not pass. */
static gboolean
is_passing (const GError *error)
{
  static const HttpClientError passing[] = { HTTP_CLIENT_ERROR_CONNECT, HTTP_CLIENT_ERROR_TLS,
                                             HTTP_CLIENT_ERROR_TIMEOUT,
                                             HTTP_CLIENT_ERROR_PROTOCOL };
  for (gsize i = 0; i < G_N_ELEMENTS (passing); i++)
    if (g_error_matches (error, HTTP_CLIENT_ERROR, (int)passing[i]))
      return TRUE;
  return FALSE;
}

static gboolean
fail_file (GError **error, int saved_errno, const char *what)
{
  return fs_fail (error, saved_errno, what, "bundle.tar");
}

/* Empties the file, in which whoever reads along may have read something else. */
static gboolean
begin_anew (Job *job, GError **error)
{
  struct stat status;

  g_clear_pointer (&job->etag, g_free);
  job->offset = 0;
  if (fstat (job->fd, &status) != 0)
    return fail_file (error, errno, "examine");
  if (status.st_size == 0)
    return TRUE;
  job->course = BUNDLE_FETCH_ANEW;
  return (ftruncate (job->fd, 0) == 0 && lseek (job->fd, 0, SEEK_SET) == 0) ||
         fail_file (error, errno, "empty");
}

static void
tell_progress (gpointer ctx, gint64 done, gint64 expected)
{
  Job *job = ctx;
  const AgentHost *host = job->context->host;
  gint64 now_ms = ambient_now_ms (host->ambient);

  if (now_ms - job->told_ms < PROGRESS_MS)
    return;
  job->told_ms = now_ms;
  double all = expected >= 0 ? (double)(job->offset + expected) / MIB : 0;
  agent_log (host->log, AGENT_LOG_INFO, "downloading the bundle: %.1f of %s%.1f MiB",
             (double)(job->offset + done) / MIB, expected >= 0 ? "" : "unknown, at least ",
             expected >= 0 ? all : (double)(job->offset + done) / MIB);
}

static HttpClientRequest
new_request (Job *job, const char *url)
{
  return (HttpClientRequest){
    .method = "GET",
    .url = url,
    .answer_fd = job->fd,
    .answer_to_fd = TRUE,
    .progress = tell_progress,
    .progress_ctx = job,
  };
}

/* --- S3 ------------------------------------------------------------------------------------- */

static void
set_s3_error (const HttpClientAnswer *answer, const SpecRevision *revision, GError **error)
{
  gsize n = 0;
  const char *body = http_client_answer_body (answer, &n);
  g_autofree char *reason = bundle_s3_reason (body, n);
  const char *request_id = http_client_answer_header (answer, "x-amz-request-id");

  g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
               "cannot download bucket \"%s\" key \"%s\"%s%s: HTTP %u %s (request %s)",
               revision->bucket, revision->key, revision->version != NULL ? " version " : "",
               revision->version != NULL ? revision->version : "",
               http_client_answer_status (answer), reason,
               request_id != NULL ? request_id : "unknown");
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

static gboolean
is_wanted_etag (const char *etag, const SpecRevision *revision, GError **error)
{
  if (revision->etag == NULL || (etag != NULL && bundle_etags_match (revision->etag, etag)))
    return TRUE;
  g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
               "bucket \"%s\" key \"%s\" has ETag %s, but the deployment is of ETag %s",
               revision->bucket, revision->key, etag != NULL ? etag : "(none)", revision->etag);
  return FALSE;
}

/* Is it the rest that was asked for, from offset on? */
static gboolean
continues_at (const HttpClientAnswer *answer, gint64 offset)
{
  const char *range = http_client_answer_header (answer, "content-range");
  g_autofree char *expected = g_strdup_printf ("bytes %" G_GINT64_FORMAT "-", offset);
  return http_client_answer_status (answer) == 206 && range != NULL &&
         g_ascii_strncasecmp (range, expected, strlen (expected)) == 0;
}

static Fetch
check_s3_answer (Job *job, const HttpClientAnswer *answer, GError **error)
{
  const SpecRevision *revision = &job->request->revision;
  guint status = http_client_answer_status (answer);

  if (job->offset > 0 && !continues_at (answer, job->offset) &&
      (status < 300 || status == 412 || status == 416)) {
    /* the object is another by now, or the server gives no parts: all of it again */
    if (!begin_anew (job, error))
      return FETCH_FAILED;
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED,
                 "the download of bucket \"%s\" key \"%s\" cannot be continued (HTTP %u)",
                 revision->bucket, revision->key, status);
    return FETCH_AGAIN;
  }
  if (status != 200 && status != 206) {
    set_s3_error (answer, revision, error);
    gboolean clock = corrects_clock (answer, job->context->host->ambient, &job->clock_offset_ms);
    return clock || status >= 500 || status == 429 ? FETCH_AGAIN : FETCH_FAILED;
  }
  const char *etag = http_client_answer_header (answer, "etag");
  job->observed = g_strdup (etag != NULL ? etag : job->etag);
  return is_wanted_etag (job->observed, revision, error) ? FETCH_DONE : FETCH_FAILED;
}

/* Before an attempt: is there a beginning that the rest can be asked to? */
static gboolean
find_offset (Job *job, GError **error)
{
  struct stat status;

  if (job->etag == NULL)
    return begin_anew (job, error);
  if (fstat (job->fd, &status) != 0 || lseek (job->fd, status.st_size, SEEK_SET) < 0)
    return fail_file (error, errno, "continue");
  job->offset = status.st_size;
  return TRUE;
}

/* What broke off can be continued if we know what it was, and an early look at the ETag saves the rest of a wrong one. */
static Fetch
note_broken (Job *job, const HttpClientAnswer *broken, GError **error)
{
  guint status = broken != NULL ? http_client_answer_status (broken) : 0;
  const char *etag = broken != NULL ? http_client_answer_header (broken, "etag") : NULL;

  if (status == 200 && job->offset == 0) {
    if (!is_wanted_etag (etag, &job->request->revision, error))
      return FETCH_FAILED;
    g_free (job->etag);
    job->etag = g_strdup (etag); /* a weak one does not say that the bytes are the same */
    if (etag != NULL && g_str_has_prefix (etag, "W/"))
      g_clear_pointer (&job->etag, g_free);
  } else if (status != 0 && !continues_at (broken, job->offset)) {
    g_clear_pointer (&job->etag, g_free); /* what it has written is not the rest */
  }
  return FETCH_AGAIN;
}

static Fetch
get_object (Job *job, const char *url, GError **error)
{
  const SpecRevision *revision = &job->request->revision;
  guint generation;
  g_autoptr (GError) local = NULL;
  g_autoptr (HttpClientAnswer) broken = NULL;
  g_autoptr (Credentials) keys =
      credentials_source_get (job->context->credentials, &generation, error);
  if (keys == NULL || !find_offset (job, error))
    return FETCH_FAILED;

  g_autofree char *range = g_strdup_printf ("bytes=%" G_GINT64_FORMAT "-", job->offset);
  HttpClientHeader headers[] = { { "Range", range }, { "If-Match", job->etag } };
  HttpClientSigning signing = { keys, job->context->host->identity->region, "s3",
                                job->clock_offset_ms };
  HttpClientRequest request = new_request (job, url);
  request.signing = &signing;
  request.headers = headers;
  request.n_headers = job->offset > 0 ? G_N_ELEMENTS (headers) : 0;
  request.out_broken = &broken;
  g_autoptr (HttpClientAnswer) answer = http_client_send (job->client, &request, &local);
  if (answer != NULL)
    return check_s3_answer (job, answer, error);
  if (!is_passing (local)) {
    g_propagate_prefixed_error (error, g_steal_pointer (&local),
                                "cannot download bucket \"%s\" key \"%s\": ", revision->bucket,
                                revision->key);
    return FETCH_FAILED;
  }
  Fetch fetch = note_broken (job, broken, error);
  if (fetch == FETCH_AGAIN)
    g_propagate_prefixed_error (
        error, g_steal_pointer (&local),
        "cannot download bucket \"%s\" key \"%s\" (see s3_endpoint_override, use_fips_mode and "
        "proxy_uri if it does not pass): ",
        revision->bucket, revision->key);
  return fetch;
}

static char *
s3_url (const AgentHost *host, const SpecRevision *revision)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *endpoint = agent_identity_s3_endpoint (host->identity, host->config, arena);
  gboolean virtual = strcmp (host->config->s3_addressing, "virtual") == 0;
  return bundle_url_s3 (endpoint, virtual ? BUNDLE_S3_VIRTUAL : BUNDLE_S3_PATH, revision);
}

static gboolean
fetch_s3 (Job *job, GError **error)
{
  const AgentHost *host = job->context->host;
  g_autofree char *url = s3_url (host, &job->request->revision);
  gint64 pause_ms = host->config->download_pause_first_ms / S3_PAUSE_PART;

  for (int attempt = 1;; attempt++) {
    g_autoptr (GError) problem = NULL;
    Fetch fetch = get_object (job, url, &problem);
    if (fetch == FETCH_DONE)
      return TRUE;
    if (fetch == FETCH_AGAIN && attempt < S3_ATTEMPTS) {
      agent_log (host->log, AGENT_LOG_WARN, "%s; trying again", problem->message);
      if (pause_for (job->context, pause_ms)) {
        pause_ms = MIN (pause_ms * 2, S3_LONGEST_PAUSE_MS);
        continue;
      }
    }
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
}

/* --- GitHub and its like -------------------------------------------------------------------- */

/* One download with its redirects; the token goes to the first server only. error is set unless it is done. */
static Fetch
get_archive (Job *job, const char *first_url, GError **error)
{
  const char *token = job->request->github_token;
  g_autofree char *authorization = token != NULL ? g_strdup_printf ("token %s", token) : NULL;
  HttpClientHeader headers[] = { { "Authorization", authorization } };
  g_autofree char *url = g_strdup (first_url);
  gboolean may_have_token = token != NULL;
  guint status = 0;

  for (int hop = 0; hop <= MAX_REDIRECTS; hop++) {
    g_autoptr (GError) local = NULL;
    HttpClientRequest request = new_request (job, url);
    request.headers = headers;
    request.n_headers = may_have_token ? 1 : 0;
    g_autoptr (HttpClientAnswer) answer = http_client_send (job->client, &request, &local);
    if (answer == NULL) {
      gboolean again = is_passing (local);
      g_propagate_error (error, g_steal_pointer (&local));
      return again ? FETCH_AGAIN : FETCH_FAILED;
    }
    status = http_client_answer_status (answer);
    if (status == 200)
      return FETCH_DONE;
    const char *location = http_client_answer_header (answer, "location");
    gboolean same_server = FALSE;
    char *next = status >= 300 && status < 400 && location != NULL
                     ? bundle_url_redirect (url, location, &same_server)
                     : NULL;
    if (next == NULL)
      break;
    g_free (url);
    url = next;
    may_have_token = may_have_token && same_server;
  }
  g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED, "HTTP status %u", status);
  return FETCH_AGAIN;
}

static gboolean
fetch_archive (Job *job, GError **error)
{
  const AgentHost *host = job->context->host;
  g_autofree char *url =
      bundle_url_github (host->config->github_endpoint, &job->request->revision, error);
  g_autoptr (GString) problems = g_string_new (NULL);
  gint64 pause_ms = host->config->download_pause_first_ms;
  if (url == NULL)
    return FALSE;

  for (int attempt = 1;; attempt++) {
    g_autoptr (GError) problem = NULL;
    Fetch fetch = begin_anew (job, &problem) ? get_archive (job, url, &problem) : FETCH_FAILED;
    if (fetch == FETCH_DONE)
      return TRUE;
    g_string_append_printf (problems, "%s%s", problems->len > 0 ? ", " : "", problem->message);
    if (fetch == FETCH_AGAIN && attempt < GITHUB_ATTEMPTS) {
      agent_log (host->log, AGENT_LOG_WARN, "cannot download %s: %s; trying again", url,
                 problem->message);
      if (pause_for (job->context, pause_ms)) {
        pause_ms *= GITHUB_PAUSE_FACTOR;
        continue;
      }
    }
    g_set_error (error, HOST_ERROR, HOST_ERROR_FAILED, "cannot download %s: %s", url,
                 problems->str);
    return FALSE;
  }
}

gboolean
bundle_fetch (gpointer ctx, const BundleRequest *request, int fd, BundleFetched *out,
              GError **error)
{
  const BundleFetchContext *context = ctx;
  gboolean github = request->revision.type == SPEC_REVISION_GITHUB;
  HttpClientSettings settings =
      http_settings_for (context->host, github ? HTTP_PEER_GITHUB : HTTP_PEER_OBJECT_STORE);
  g_autoptr (HttpClient) client = http_client_new (&settings, error);
  if (client == NULL)
    return FALSE;

  Job job = {
    .context = context,
    .request = request,
    .client = client,
    .fd = fd,
    .course = BUNDLE_FETCH_STRAIGHT,
    .told_ms = ambient_now_ms (context->host->ambient),
  };
  gboolean ok = github ? fetch_archive (&job, error) : fetch_s3 (&job, error);
  g_free (job.etag);
  g_autofree char *observed = g_steal_pointer (&job.observed);
  if (!ok)
    return FALSE;
  gboolean plain = observed != NULL && bundle_etag_is_plain (observed);
  *out = (BundleFetched){ job.course, plain ? g_steal_pointer (&observed) : NULL };
  return TRUE;
}
