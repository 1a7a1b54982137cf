#include "cli/s3-upload.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/terminal-text.h"

/* Above this a bundle goes in parts. S3 allows 10,000 of them; a bundle over 80 GiB gets larger ones. */
#define SINGLE_MAX_BYTES ((gint64)32 * 1024 * 1024)
#define PART_BYTES       ((gint64)8 * 1024 * 1024)
#define MAX_PARTS        10000

G_DEFINE_QUARK (s3 - upload - error - quark, s3_upload_error)

void
s3_uploaded_clear (S3Uploaded *uploaded)
{
  g_clear_pointer (&uploaded->etag, g_free);
  g_clear_pointer (&uploaded->version_id, g_free);
}

/* One object and the session to reach it with. */
typedef struct {
  Session *session;
  HttpClient *http;
  HttpClientSigning signing;
  char *url; /* of the bucket or object, without a query */
} Place;

static void
place_clear (Place *place)
{
  g_free (place->url);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Place, place_clear)

static gboolean
place_init (Place *place, Session *session, const char *bucket, const char *key, GError **error)
{
  const AwsConfig *config = session_config (session, error);
  place->http = config != NULL ? session_http (session, error) : NULL;
  if (place->http == NULL) {
    return FALSE;
  }
  place->session = session;
  place->signing = (HttpClientSigning){ config->credentials, config->region, "s3" };
  if (key == NULL) {
    place->url = g_strdup_printf ("%s/%s", config->s3_endpoint_url, bucket);
  } else {
    g_autofree char *escaped = g_uri_escape_string (key, "/", FALSE);
    place->url = g_strdup_printf ("%s/%s/%s", config->s3_endpoint_url, bucket, escaped);
  }
  return TRUE;
}

/* The text of the first <tag>, with XML's five entities undone; NULL when there is none. Answers of this service are
   small and flat, so this is all the XML that an upload needs. */
static char *
xml_text (const char *xml, const char *tag)
{
  g_autofree char *open = g_strdup_printf ("<%s>", tag);
  g_autofree char *close = g_strdup_printf ("</%s>", tag);
  const char *start = xml != NULL ? strstr (xml, open) : NULL;
  const char *end = start != NULL ? strstr (start, close) : NULL;
  if (end == NULL) {
    return NULL;
  }
  start += strlen (open);
  g_autoptr (GString) text = g_string_new_len (start, end - start);
  const char *entities[][2] = {
    { "&lt;", "<" },   { "&gt;", ">" },   { "&quot;", "\"" },
    { "&#34;", "\"" }, { "&apos;", "'" }, { "&amp;", "&" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (entities); i++) {
    g_string_replace (text, entities[i][0], entities[i][1], 0);
  }
  return g_strdup (text->str);
}

static HttpClientAnswer *
send (Place *place, HttpClientRequest *request, const char *what, GError **error)
{
  request->signing = &place->signing;
  g_autoptr (HttpClientAnswer) answer = http_client_send (place->http, request, error);
  if (answer == NULL) {
    g_prefix_error (error, "cannot %s: ", what);
    return NULL;
  }
  guint status = http_client_answer_status (answer);
  const char *body = http_client_answer_body (answer, NULL);
  /* CompleteMultipartUpload may report an error in an answer of status 200. */
  g_autofree char *code = xml_text (body, "Code");
  if (status / 100 == 2 && code == NULL) {
    return g_steal_pointer (&answer);
  }
  g_autofree char *message = xml_text (body, "Message");
  g_autofree char *safe = terminal_text_line (message);
  g_set_error (error, S3_UPLOAD_ERROR,
               g_strcmp0 (code, "NoSuchBucket") == 0 ? S3_UPLOAD_ERROR_NO_BUCKET
                                                     : S3_UPLOAD_ERROR_REFUSED,
               "cannot %s: %s%s%s (HTTP status %u)", what,
               code != NULL ? code : "the server refused", *safe != '\0' ? ": " : "", safe, status);
  return NULL;
}

static char *
unquoted_etag (const HttpClientAnswer *answer)
{
  g_autofree char *etag = g_strdup (http_client_answer_header (answer, "ETag"));
  if (etag == NULL) {
    return NULL;
  }
  gsize length = strlen (etag);
  gboolean quoted = length >= 2 && etag[0] == '"' && etag[length - 1] == '"';
  return quoted ? g_strndup (etag + 1, length - 2) : g_steal_pointer (&etag);
}

static gboolean
put_whole (Place *place, const Bundle *bundle, S3Uploaded *out, GError **error)
{
  HttpClientRequest request = { .method = "PUT",
                                .url = place->url,
                                .body_from_fd = TRUE,
                                .body_fd = bundle->fd,
                                .body_fd_length = bundle->size_bytes,
                                .body_sha256 = bundle->sha256 };
  g_autoptr (HttpClientAnswer) answer = send (place, &request, "upload the bundle", error);
  if (answer == NULL) {
    return FALSE;
  }
  out->etag = unquoted_etag (answer);
  out->version_id = g_strdup (http_client_answer_header (answer, "x-amz-version-id"));
  return TRUE;
}

static gboolean
hash_part (const Bundle *bundle, gint64 offset, gint64 length, char out[DIGEST_SHA256_HEX_SIZE],
           GError **error)
{
  g_autofree guint8 *bytes = g_malloc ((gsize)length);
  gint64 got = 0;
  while (got < length) {
    gssize n = pread (bundle->fd, bytes + got, (gsize)(length - got), offset + got);
    if (n <= 0) {
      g_set_error (error, BUNDLE_ERROR, BUNDLE_ERROR_WRITE, "cannot read the bundle back: %s",
                   n < 0 ? g_strerror (errno) : "it is shorter than it was");
      return FALSE;
    }
    got += n;
  }
  digest_sha256_hex (bytes, (gsize)length, out);
  return TRUE;
}

static gboolean
put_part (Place *place, const Bundle *bundle, const char *upload_id, guint number, gint64 offset,
          gint64 length, GString *list, GError **error)
{
  char sha256[DIGEST_SHA256_HEX_SIZE];
  if (!hash_part (bundle, offset, length, sha256, error)) {
    return FALSE;
  }
  g_autofree char *url =
      g_strdup_printf ("%s?partNumber=%u&uploadId=%s", place->url, number, upload_id);
  HttpClientRequest request = { .method = "PUT",
                                .url = url,
                                .body_from_fd = TRUE,
                                .body_fd = bundle->fd,
                                .body_offset = offset,
                                .body_fd_length = length,
                                .body_sha256 = sha256 };
  g_autofree char *what = g_strdup_printf ("upload part %u of the bundle", number);
  g_autoptr (HttpClientAnswer) answer = send (place, &request, what, error);
  if (answer == NULL) {
    return FALSE;
  }
  g_autofree char *etag = unquoted_etag (answer);
  g_autofree char *escaped = g_markup_escape_text (etag != NULL ? etag : "", -1);
  g_string_append_printf (list, "<Part><PartNumber>%u</PartNumber><ETag>\"%s\"</ETag></Part>",
                          number, escaped);
  return TRUE;
}

static gboolean
put_parts (Place *place, const Bundle *bundle, const char *upload_id, S3Uploaded *out,
           GError **error)
{
  gint64 part_bytes = MAX (PART_BYTES, (bundle->size_bytes + MAX_PARTS - 1) / MAX_PARTS);
  g_autoptr (GString) list = g_string_new ("<CompleteMultipartUpload>");
  guint number = 0;
  for (gint64 offset = 0; offset < bundle->size_bytes; offset += part_bytes) {
    gint64 length = MIN (part_bytes, bundle->size_bytes - offset);
    if (!put_part (place, bundle, upload_id, ++number, offset, length, list, error)) {
      return FALSE;
    }
  }
  g_string_append (list, "</CompleteMultipartUpload>");

  g_autofree char *url = g_strdup_printf ("%s?uploadId=%s", place->url, upload_id);
  HttpClientRequest request = {
    .method = "POST", .url = url, .body = list->str, .body_length = list->len
  };
  g_autoptr (HttpClientAnswer) answer = send (place, &request, "complete the upload", error);
  if (answer == NULL) {
    return FALSE;
  }
  g_autofree char *etag = xml_text (http_client_answer_body (answer, NULL), "ETag");
  out->etag = etag != NULL ? g_strdup (g_strdelimit (etag, "\"", ' ')) : NULL;
  if (out->etag != NULL) {
    g_strstrip (out->etag);
  }
  out->version_id = g_strdup (http_client_answer_header (answer, "x-amz-version-id"));
  return TRUE;
}

static void
abort_upload (Place *place, const char *upload_id)
{
  g_autofree char *url = g_strdup_printf ("%s?uploadId=%s", place->url, upload_id);
  HttpClientRequest request = { .method = "DELETE", .url = url };
  g_autoptr (GError) ignored = NULL;
  /* The upload's own error is what the caller reports; when this fails as well, the server's expiry cleans up. */
  g_autoptr (HttpClientAnswer) answer = send (place, &request, "abort the upload", &ignored);
}

static gboolean
put_in_parts (Place *place, const Bundle *bundle, S3Uploaded *out, GError **error)
{
  g_autofree char *url = g_strdup_printf ("%s?uploads=", place->url);
  HttpClientRequest request = { .method = "POST", .url = url };
  g_autoptr (HttpClientAnswer) answer = send (place, &request, "begin the upload", error);
  if (answer == NULL) {
    return FALSE;
  }
  g_autofree char *id = xml_text (http_client_answer_body (answer, NULL), "UploadId");
  if (id == NULL) {
    g_set_error_literal (error, S3_UPLOAD_ERROR, S3_UPLOAD_ERROR_REFUSED,
                         "cannot begin the upload: the server's answer has no UploadId");
    return FALSE;
  }
  g_autofree char *escaped = g_uri_escape_string (id, NULL, FALSE);
  if (!put_parts (place, bundle, escaped, out, error)) {
    abort_upload (place, escaped);
    return FALSE;
  }
  return TRUE;
}

gboolean
s3_upload (Session *session, const Bundle *bundle, const char *bucket, const char *key,
           S3Uploaded *out_uploaded, GError **error)
{
  g_auto (Place) place = { 0 };
  if (!place_init (&place, session, bucket, key, error)) {
    return FALSE;
  }
  return bundle->size_bytes <= SINGLE_MAX_BYTES
             ? put_whole (&place, bundle, out_uploaded, error)
             : put_in_parts (&place, bundle, out_uploaded, error);
}

gboolean
s3_make_bucket (Session *session, const char *bucket, GError **error)
{
  g_auto (Place) place = { 0 };
  if (!place_init (&place, session, bucket, NULL, error)) {
    return FALSE;
  }
  g_autofree char *what = g_strdup_printf ("make the bucket \"%s\"", bucket);
  HttpClientRequest request = { .method = "PUT", .url = place.url };
  g_autoptr (GError) reason = NULL;
  g_autoptr (HttpClientAnswer) answer = send (&place, &request, what, &reason);
  if (answer == NULL && strstr (reason->message, "BucketAlreadyOwnedByYou") == NULL) {
    g_propagate_error (error, g_steal_pointer (&reason));
    return FALSE;
  }
  return TRUE;
}
