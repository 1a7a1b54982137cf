#include "proto/http-client.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <curl/curl.h>

#include "core/arena.h"
#include "core/digest.h"
#include "core/sigv4-sign.h"
#include "proto/ca-bundle.h"
#include "proto/http-target.h"
#include "proto/http-wire.h"
#include "proto/pipe-guard.h"
#include "proto/write-all.h"

#define DEFAULT_CONNECT_TIMEOUT_S 15
#define DEFAULT_TIMEOUT_S         80
#define DEFAULT_STALL_S           60
#define DEFAULT_ANSWER_BYTES      (4 * 1024 * 1024)
#define MAX_HEADER_BYTES          (64 * 1024)
#define FILE_PIECE_BYTES                                                                           \
  (256 * 1024) /* libcurl hands out 16 KiB at most, and a write for each costs half as much again */

G_DEFINE_QUARK (http - client - error - quark, http_client_error)

typedef struct curl_slist CurlList;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CurlList, curl_slist_free_all)

struct HttpClient {
  CURLM *multi; /* holds the connections; what makes a wait interruptible from another thread */
  CURL *easy;
  char *ca_file;
  GBytes *ca_pem; /* NULL: ca_file, or the system's */
  char *proxy;
  char *no_proxy;
  HttpWireLine wire;
  gpointer wire_ctx;
  char *user_agent;
  guint connect_timeout_s;
  guint timeout_s;
  guint stall_s;
  const Ambient *ambient;
  int aborted; /* atomic */
};

typedef struct {
  char *name;
  char *value;
} AnswerHeader;

struct HttpClientAnswer {
  guint status;
  GArray *headers; /* of AnswerHeader */
  GByteArray *body;
  gint64 size;
};

/* One request in progress: what the callbacks of libcurl need. */
typedef struct {
  HttpClient *client;
  const HttpClientRequest *request;
  HttpClientAnswer *answer;
  gsize header_bytes;
  gint64 sent;
  GByteArray *piece; /* of an answer that goes to a file: what is not written yet */
  GError *error;     /* set by a callback that stops the transfer */
} Transfer;

static void
answer_header_clear (gpointer data)
{
  AnswerHeader *header = data;

  g_free (header->name);
  g_free (header->value);
}

static gpointer
initialise_curl (gpointer nothing)
{
  curl_global_init (CURL_GLOBAL_DEFAULT);
  return NULL;
}

HttpClient *
http_client_new (const HttpClientSettings *settings, GError **error)
{
  static GOnce once = G_ONCE_INIT;
  g_autoptr (HttpClient) client = g_new0 (HttpClient, 1);

  g_once (&once, initialise_curl, NULL);
  if (settings->ca_file != NULL && access (settings->ca_file, R_OK) != 0) {
    int saved = errno;
    g_set_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS,
                 "cannot read the CA bundle \"%s\": %s", settings->ca_file, g_strerror (saved));
    return NULL;
  }
  if (settings->ca_directory != NULL) {
    client->ca_pem = ca_bundle_read (settings->ca_file, settings->ca_directory, error);
    if (client->ca_pem == NULL)
      return NULL;
    if (g_bytes_get_size (client->ca_pem) == 0) /* libcurl wants at least one certificate */
      g_clear_pointer (&client->ca_pem, g_bytes_unref);
  }
  client->ca_file = g_strdup (settings->ca_file);
  client->proxy = g_strdup (settings->proxy);
  client->no_proxy = g_strdup (settings->no_proxy);
  client->wire = settings->wire;
  client->wire_ctx = settings->wire_ctx;
  client->user_agent =
      g_strdup (settings->user_agent != NULL ? settings->user_agent : "slipway/" SLIPWAY_VERSION);
  client->connect_timeout_s =
      settings->connect_timeout_s != 0 ? settings->connect_timeout_s : DEFAULT_CONNECT_TIMEOUT_S;
  client->timeout_s = settings->timeout_s != 0 ? settings->timeout_s : DEFAULT_TIMEOUT_S;
  client->stall_s = settings->stall_s != 0 ? settings->stall_s : DEFAULT_STALL_S;
  client->ambient = settings->ambient != NULL ? settings->ambient : ambient_system ();
  client->multi = curl_multi_init ();
  client->easy = curl_easy_init ();
  g_assert (client->multi != NULL && client->easy != NULL);
  curl_multi_setopt (client->multi, CURLMOPT_MAXCONNECTS, 2L);
  return g_steal_pointer (&client);
}

void
http_client_free (HttpClient *client)
{
  if (client == NULL)
    return;
  curl_easy_cleanup (client->easy);
  curl_multi_cleanup (client->multi);
  g_free (client->ca_file);
  g_clear_pointer (&client->ca_pem, g_bytes_unref);
  g_free (client->proxy);
  g_free (client->no_proxy);
  g_free (client->user_agent);
  g_free (client);
}

void
http_client_abort (HttpClient *client)
{
  g_atomic_int_set (&client->aborted, 1);
  curl_multi_wakeup (client->multi);
}

void
http_client_resume (HttpClient *client)
{
  g_atomic_int_set (&client->aborted, 0);
}

/* --- callbacks ------------------------------------------------------------------------------ */

/* Returning less than was given stops the transfer; the reason is in transfer->error. */
static size_t
stop (Transfer *transfer, HttpClientError code, const char *reason)
{
  if (transfer->error == NULL)
    g_set_error_literal (&transfer->error, HTTP_CLIENT_ERROR, (int)code, reason);
  return 0;
}

static size_t
on_header (char *bytes, size_t size, size_t n, void *data)
{
  Transfer *transfer = data;
  size_t length = size * n;

  transfer->header_bytes += length;
  if (transfer->header_bytes > MAX_HEADER_BYTES)
    return stop (transfer, HTTP_CLIENT_ERROR_TOO_LARGE, "the answer's headers are too large");
  /* A status line: whatever came before belonged to an interim answer. */
  if (length >= 5 && memcmp (bytes, "HTTP/", 5) == 0) {
    g_array_set_size (transfer->answer->headers, 0);
    return length;
  }
  const char *colon = memchr (bytes, ':', length);
  if (colon == NULL)
    return length;
  AnswerHeader header = { g_strndup (bytes, (gsize)(colon - bytes)),
                          g_strndup (colon + 1, length - (gsize)(colon + 1 - bytes)) };
  g_strstrip (header.value);
  g_array_append_val (transfer->answer->headers, header);
  return length;
}

static void
tell_progress (const Transfer *transfer)
{
  curl_off_t expected = -1;

  if (transfer->request->progress == NULL)
    return;
  curl_easy_getinfo (transfer->client->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &expected);
  transfer->request->progress (transfer->request->progress_ctx, transfer->answer->size, expected);
}

/* FALSE: the transfer has failed. */
static gboolean
flush_piece (Transfer *transfer)
{
  GByteArray *piece = transfer->piece;

  if (piece == NULL || piece->len == 0)
    return TRUE;
  gboolean ok = write_all (transfer->request->answer_fd, piece->data, piece->len);
  int saved = errno;
  g_byte_array_set_size (piece, 0);
  if (ok)
    return TRUE;
  g_autofree char *reason =
      g_strdup_printf ("cannot write what was received: %s", g_strerror (saved));
  stop (transfer, HTTP_CLIENT_ERROR_FILE, reason);
  return FALSE;
}

static size_t
on_body (char *bytes, size_t size, size_t n, void *data)
{
  Transfer *transfer = data;
  const HttpClientRequest *request = transfer->request;
  HttpClientAnswer *answer = transfer->answer;
  size_t length = size * n;
  long status = 0;

  curl_easy_getinfo (transfer->client->easy, CURLINFO_RESPONSE_CODE, &status);
  answer->size += (gint64)length;
  if (request->answer_to_fd && status >= 200 && status < 300) {
    if (request->max_answer_fd_bytes > 0 && answer->size > request->max_answer_fd_bytes)
      return stop (transfer, HTTP_CLIENT_ERROR_TOO_LARGE, "the answer is larger than allowed");
    if (transfer->piece == NULL)
      transfer->piece = g_byte_array_sized_new (FILE_PIECE_BYTES);
    g_byte_array_append (transfer->piece, (const guint8 *)bytes, (guint)length);
    if (transfer->piece->len + CURL_MAX_WRITE_SIZE > FILE_PIECE_BYTES && !flush_piece (transfer))
      return 0;
    tell_progress (transfer);
    return length;
  }
  gsize cap = request->max_answer_bytes > 0 ? request->max_answer_bytes : DEFAULT_ANSWER_BYTES;
  if (length > cap - answer->body->len)
    return stop (transfer, HTTP_CLIENT_ERROR_TOO_LARGE, "the answer is larger than allowed");
  g_byte_array_append (answer->body, (const guint8 *)bytes, (guint)length);
  return length;
}

static size_t
on_upload (char *buffer, size_t size, size_t n, void *data)
{
  Transfer *transfer = data;
  const HttpClientRequest *request = transfer->request;
  gint64 wanted = MIN ((gint64)(size * n), request->body_fd_length - transfer->sent);
  gssize got;

  if (wanted <= 0)
    return 0;
  do
    got = pread (request->body_fd, buffer, (gsize)wanted, request->body_offset + transfer->sent);
  while (got < 0 && errno == EINTR);
  int saved = errno;
  if (got <= 0) {
    g_autofree char *reason =
        g_strdup_printf ("cannot read what is to be sent: %s",
                         got < 0 ? g_strerror (saved) : "the file is shorter than said");
    stop (transfer, HTTP_CLIENT_ERROR_FILE, reason);
    return CURL_READFUNC_ABORT;
  }
  transfer->sent += got;
  return (size_t)got;
}

/* libcurl goes back to the start when it has to send again on a fresh connection. */
static int
on_seek (void *data, curl_off_t offset, int origin)
{
  Transfer *transfer = data;

  if (origin != SEEK_SET)
    return CURL_SEEKFUNC_CANTSEEK;
  transfer->sent = offset;
  return CURL_SEEKFUNC_OK;
}

static int
on_trace (CURL *easy, curl_infotype type, char *bytes, size_t n, void *data)
{
  const HttpClient *client = data;

  if (type == CURLINFO_HEADER_OUT)
    http_wire_describe ('>', bytes, n, client->wire, client->wire_ctx);
  else if (type == CURLINFO_HEADER_IN)
    http_wire_describe ('<', bytes, n, client->wire, client->wire_ctx);
  return 0;
}

/* --- preparing ------------------------------------------------------------------------------ */

static gboolean
add_header (CurlList **list, const char *name, const char *value, GError **error)
{
  if (strpbrk (name, "\r\n:") != NULL || strpbrk (value, "\r\n") != NULL) {
    g_set_error (error, HTTP_CLIENT_ERROR, HTTP_CLIENT_ERROR_SETTINGS,
                 "header \"%s\" has a line break in it", name);
    return FALSE;
  }
  /* "Name;" is libcurl's way to say an empty value. */
  g_autofree char *line =
      *value != '\0' ? g_strdup_printf ("%s: %s", name, value) : g_strdup_printf ("%s;", name);
  *list = curl_slist_append (*list, line);
  return TRUE;
}

static gboolean
has_header (const HttpClientRequest *request, const char *name)
{
  for (gsize i = 0; i < request->n_headers; i++)
    if (g_ascii_strcasecmp (request->headers[i].name, name) == 0)
      return TRUE;
  return FALSE;
}

/* Signs the request's own headers and Host, and adds what the signature needs. */
static gboolean
add_signature (const HttpClient *client, const HttpClientRequest *request, const HttpTarget *target,
               CurlList **list, GError **error)
{
  const HttpClientSigning *signing = request->signing;
  g_autoptr (Arena) arena = arena_new ();
  char hash[DIGEST_SHA256_HEX_SIZE];
  const char *payload = hash;
  Sigv4Signature signature = { 0 };

  Sigv4Dialect dialect =
      strcmp (signing->service, "s3") == 0 ? SIGV4_DIALECT_S3 : SIGV4_DIALECT_JSON;
  if (request->body_from_fd) {
    payload = request->body_sha256 != NULL ? request->body_sha256 : "UNSIGNED-PAYLOAD";
    g_assert (request->body_sha256 != NULL || dialect == SIGV4_DIALECT_S3);
  } else {
    digest_sha256_hex (request->body, request->body_length, hash);
  }

  gsize n = request->n_headers + 1;
  Sigv4Header *headers = arena_new0_n (arena, Sigv4Header, n);
  headers[0] = (Sigv4Header){ "Host", target->host };
  for (gsize i = 0; i < request->n_headers; i++)
    headers[i + 1] = (Sigv4Header){ request->headers[i].name, request->headers[i].value };
  const Sigv4Credentials credentials = { signing->credentials->access_key_id,
                                         signing->credentials->secret_access_key,
                                         signing->credentials->session_token };
  const Sigv4Signer signer = {
    .credentials = &credentials,
    .dialect = dialect,
    .region = signing->region,
    .service = signing->service,
    .time_ms = ambient_now_ms (client->ambient) + signing->clock_offset_ms,
  };
  const Sigv4Request canonical = { request->method, target->path, target->query, headers, n };
  sigv4_sign_headers (&signer, &canonical, payload, arena, &signature);
  for (gsize i = 0; i < signature.n; i++)
    if (!add_header (list, signature.headers[i].name, signature.headers[i].value, error))
      return FALSE;
  return TRUE;
}

static CurlList *
make_headers (const HttpClient *client, const HttpClientRequest *request, const HttpTarget *target,
              GError **error)
{
  g_autoptr (CurlList) list = NULL;

  if (!add_header (&list, "Host", target->host, error))
    return NULL;
  for (gsize i = 0; i < request->n_headers; i++)
    if (!add_header (&list, request->headers[i].name, request->headers[i].value, error))
      return NULL;
  if (request->signing != NULL && !add_signature (client, request, target, &list, error))
    return NULL;
  /* What libcurl would add on its own: no wait for 100 Continue, no form content type. */
  list = curl_slist_append (list, "Expect:");
  if (!has_header (request, "Content-Type"))
    list = curl_slist_append (list, "Content-Type:");
  if (!has_header (request, "Accept"))
    list = curl_slist_append (list, "Accept:");
  return g_steal_pointer (&list);
}

static void
set_body (CURL *easy, const HttpClientRequest *request, Transfer *transfer)
{
  /* libcurl keeps a buffer of this size with the handle; the agent's requests are small. */
  curl_easy_setopt (easy, CURLOPT_BUFFERSIZE, request->answer_to_fd ? 262144L : 16384L);
  curl_easy_setopt (easy, CURLOPT_UPLOAD_BUFFERSIZE, request->body_from_fd ? 262144L : 16384L);
  if (request->body_from_fd) {
    curl_easy_setopt (easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt (easy, CURLOPT_READFUNCTION, on_upload);
    curl_easy_setopt (easy, CURLOPT_READDATA, transfer);
    curl_easy_setopt (easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt (easy, CURLOPT_SEEKDATA, transfer);
    curl_easy_setopt (easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)request->body_fd_length);
  } else if (request->body != NULL || strcmp (request->method, "POST") == 0 ||
             strcmp (request->method, "PUT") == 0) {
    curl_easy_setopt (easy, CURLOPT_POSTFIELDS, request->body != NULL ? request->body : "");
    curl_easy_setopt (easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_length);
  } else if (strcmp (request->method, "HEAD") == 0) {
    curl_easy_setopt (easy, CURLOPT_NOBODY, 1L);
  }
  curl_easy_setopt (easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static void
set_timeouts (const HttpClient *client, const HttpClientRequest *request)
{
  gboolean file = request->body_from_fd || request->answer_to_fd;
  guint timeout_s = request->timeout_s;

  if (timeout_s == 0 && !file)
    timeout_s = client->timeout_s;
  curl_easy_setopt (client->easy, CURLOPT_CONNECTTIMEOUT, (long)client->connect_timeout_s);
  curl_easy_setopt (client->easy, CURLOPT_TIMEOUT, (long)timeout_s);
  if (file) {
    curl_easy_setopt (client->easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt (client->easy, CURLOPT_LOW_SPEED_TIME, (long)client->stall_s);
  }
}

/* A file replaces the system's certificates; a folder's come in addition to what there is without it. */
static void
set_trust (const HttpClient *client)
{
  CURL *easy = client->easy;

  if (client->ca_pem != NULL) {
    gsize n = 0;
    gconstpointer bytes = g_bytes_get_data (client->ca_pem, &n);
    /* libcurl only reads it, and it lives as long as the client */
    struct curl_blob blob = { (gpointer)bytes, n, CURL_BLOB_NOCOPY };
    curl_easy_setopt (easy, CURLOPT_CAINFO_BLOB, &blob);
  } else if (client->ca_file != NULL) {
    curl_easy_setopt (easy, CURLOPT_CAINFO, client->ca_file);
  }
  if (client->ca_file != NULL)
    curl_easy_setopt (easy, CURLOPT_CAPATH, NULL);
}

static void
set_options (const HttpClient *client, const HttpClientRequest *request, CurlList *headers,
             Transfer *transfer, char *reason)
{
  CURL *easy = client->easy;

  curl_easy_reset (easy);
  curl_easy_setopt (easy, CURLOPT_ERRORBUFFER, reason);
  curl_easy_setopt (easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt (easy, CURLOPT_URL, request->url);
  curl_easy_setopt (easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt (easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt (easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
  curl_easy_setopt (easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
  curl_easy_setopt (easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt (easy, CURLOPT_USERAGENT, client->user_agent);
  curl_easy_setopt (easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt (easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt (easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt (easy, CURLOPT_HEADERDATA, transfer);
  curl_easy_setopt (easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt (easy, CURLOPT_WRITEDATA, transfer);
  set_trust (client);
  if (client->proxy != NULL)
    curl_easy_setopt (easy, CURLOPT_PROXY, client->proxy);
  if (client->no_proxy != NULL)
    curl_easy_setopt (easy, CURLOPT_NOPROXY, client->no_proxy);
  if (client->wire != NULL) {
    curl_easy_setopt (easy, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt (easy, CURLOPT_DEBUGFUNCTION, on_trace);
    curl_easy_setopt (easy, CURLOPT_DEBUGDATA, client);
  }
  set_timeouts (client, request);
  set_body (easy, request, transfer);
}

/* --- running -------------------------------------------------------------------------------- */

static HttpClientError
kind_of (CURLcode code)
{
  switch (code) {
  case CURLE_URL_MALFORMAT:
  case CURLE_SSL_CACERT_BADFILE:
  case CURLE_BAD_FUNCTION_ARGUMENT:
  case CURLE_COULDNT_RESOLVE_PROXY:
    return HTTP_CLIENT_ERROR_SETTINGS;
  case CURLE_SSL_CONNECT_ERROR:
  case CURLE_PEER_FAILED_VERIFICATION:
  case CURLE_SSL_CERTPROBLEM:
  case CURLE_SSL_CIPHER:
  case CURLE_SSL_ISSUER_ERROR:
  case CURLE_SSL_ENGINE_INITFAILED:
    return HTTP_CLIENT_ERROR_TLS;
  case CURLE_OPERATION_TIMEDOUT:
    return HTTP_CLIENT_ERROR_TIMEOUT;
  case CURLE_COULDNT_RESOLVE_HOST:
  case CURLE_COULDNT_CONNECT:
  case CURLE_SEND_ERROR:
  case CURLE_RECV_ERROR:
  case CURLE_GOT_NOTHING:
  case CURLE_PROXY:
    return HTTP_CLIENT_ERROR_CONNECT;
  default:
    return HTTP_CLIENT_ERROR_PROTOCOL;
  }
}

static CURLcode
result_of (HttpClient *client)
{
  int left = 0;
  CURLMsg *message;

  while ((message = curl_multi_info_read (client->multi, &left)) != NULL)
    if (message->msg == CURLMSG_DONE)
      return message->data.result;
  return CURLE_RECV_ERROR;
}

/* Runs the prepared transfer to its end. The multi handle's own timers bound each wait. */
static CURLcode
run (HttpClient *client, Transfer *transfer)
{
  int running = 1;
  CURLMcode code = curl_multi_add_handle (client->multi, client->easy);

  while (code == CURLM_OK && running > 0) {
    if (g_atomic_int_get (&client->aborted)) {
      stop (transfer, HTTP_CLIENT_ERROR_ABORTED, "the request was aborted");
      break;
    }
    code = curl_multi_perform (client->multi, &running);
    if (code == CURLM_OK && running > 0)
      code = curl_multi_poll (client->multi, NULL, 0, 1000, NULL);
  }
  CURLcode result = code == CURLM_OK && running == 0 ? result_of (client) : CURLE_RECV_ERROR;
  curl_multi_remove_handle (client->multi, client->easy);
  return result;
}

static void
set_failure (HttpClient *client, CURLcode result, const char *reason, GError **error)
{
  long verified = 0;

  curl_easy_getinfo (client->easy, CURLINFO_SSL_VERIFYRESULT, &verified);
  /* A server with a CA of its own, and a user who has not said so: the commonest mistake. */
  gboolean has_own_ca = result == CURLE_PEER_FAILED_VERIFICATION && verified != 0 &&
                        client->ca_file == NULL && client->ca_pem == NULL;
  g_set_error (error, HTTP_CLIENT_ERROR, (int)kind_of (result), "%s%s",
               reason[0] != '\0' ? reason : curl_easy_strerror (result),
               has_own_ca ? " (no CA bundle is set, so only the system's CAs are trusted)" : "");
}

HttpClientAnswer *
http_client_send (HttpClient *client, const HttpClientRequest *request, GError **error)
{
  g_auto (HttpTarget) target = { 0 };
  char reason[CURL_ERROR_SIZE] = "";
  long status = 0;

  if (!http_target_parse (request->url, &target, error))
    return NULL;
  g_autoptr (CurlList) headers = make_headers (client, request, &target, error);
  if (headers == NULL)
    return NULL;
  g_autoptr (HttpClientAnswer) answer = g_new0 (HttpClientAnswer, 1);
  answer->headers = g_array_new (FALSE, FALSE, sizeof (AnswerHeader));
  g_array_set_clear_func (answer->headers, answer_header_clear);
  answer->body = g_byte_array_new ();

  Transfer transfer = { .client = client, .request = request, .answer = answer };
  set_options (client, request, headers, &transfer, reason);
  PipeGuard guard;
  pipe_guard_begin (&guard);
  CURLcode result = run (client, &transfer);
  pipe_guard_end (&guard);
  /* of what broke off, too: it may be gone on with */
  flush_piece (&transfer);
  g_clear_pointer (&transfer.piece, g_byte_array_unref);
  curl_easy_getinfo (client->easy, CURLINFO_RESPONSE_CODE, &status);
  if (transfer.error == NULL && result != CURLE_OK)
    set_failure (client, result, reason, &transfer.error);
  if (client->wire != NULL)
    http_wire_tell_end (request->method, target.origin, &answer->size, transfer.error, client->wire,
                        client->wire_ctx);
  /* Nothing of this request may be reachable from the kept handle. */
  curl_easy_reset (client->easy);
  if (transfer.error != NULL) {
    g_propagate_prefixed_error (error, transfer.error, "%s %s: ", request->method, target.origin);
    answer->status = (guint)status;
    if (request->out_broken != NULL && status != 0)
      *request->out_broken = g_steal_pointer (&answer);
    return NULL;
  }
  answer->status = (guint)status;
  g_byte_array_append (answer->body, (const guint8 *)"", 1);
  return g_steal_pointer (&answer);
}

void
http_client_answer_free (HttpClientAnswer *answer)
{
  if (answer == NULL)
    return;
  g_array_unref (answer->headers);
  g_byte_array_unref (answer->body);
  g_free (answer);
}

guint
http_client_answer_status (const HttpClientAnswer *answer)
{
  return answer->status;
}

const char *
http_client_answer_header (const HttpClientAnswer *answer, const char *name)
{
  for (guint i = answer->headers->len; i > 0; i--) {
    const AnswerHeader *header = &g_array_index (answer->headers, AnswerHeader, i - 1);
    if (g_ascii_strcasecmp (header->name, name) == 0)
      return header->value;
  }
  return NULL;
}

const char *
http_client_answer_body (const HttpClientAnswer *answer, gsize *out_length)
{
  if (out_length != NULL)
    *out_length = answer->body->len - 1;
  return (const char *)answer->body->data;
}

gint64
http_client_answer_size (const HttpClientAnswer *answer)
{
  return answer->size;
}
