#include "server/objects/metadata.h"

#include <jansson.h>
#include <string.h>

#include "server/objects/object-tags.h"
#include "server/objects/s3-error.h"

#define METADATA_PREFIX    "x-amz-meta-"
#define MAX_METADATA_BYTES 2048

typedef json_t Json;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Json, json_decref)

/* Content-Encoding without aws-chunked, which is about the transfer only. */
static char *
stored_encoding (const char *value)
{
  g_auto (GStrv) codings = g_strsplit (value, ",", -1);
  GString *kept = g_string_new (NULL);
  for (gsize i = 0; codings[i] != NULL; i++) {
    g_strstrip (codings[i]);
    if (*codings[i] != '\0' && g_ascii_strcasecmp (codings[i], "aws-chunked") != 0)
      g_string_append_printf (kept, "%s%s", kept->len > 0 ? "," : "", codings[i]);
  }
  return g_string_free (kept, FALSE);
}

static gboolean
add_text (json_t *object, const char *name, const char *value, GError **error)
{
  if (json_object_set_new (object, name, json_string (value)) == 0)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_ARGUMENT, "the header %s is not UTF-8", name);
  return FALSE;
}

/* NULL for an empty object. */
static const char *
dump (const S3Request *request, const json_t *object)
{
  if (json_object_size (object) == 0)
    return NULL;
  char *text = json_dumps (object, JSON_COMPACT);
  const char *copy = arena_strdup (request->arena, text);
  free (text);
  return copy;
}

gboolean
metadata_from_request (S3Request *request, const char **out_headers, const char **out_metadata,
                       GError **error)
{
  static const char *const kept[] = { "Content-Type", "Cache-Control", "Content-Disposition",
                                      "Content-Language", "Expires" };
  g_autoptr (Json) headers = json_object ();
  g_autoptr (Json) metadata = json_object ();
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++) {
    const char *value = s3_request_header (request, kept[i]);
    if (value != NULL && !add_text (headers, kept[i], value, error))
      return FALSE;
  }
  const char *encoding = s3_request_header (request, "Content-Encoding");
  g_autofree char *stored = encoding != NULL ? stored_encoding (encoding) : NULL;
  if (stored != NULL && *stored != '\0' && !add_text (headers, "Content-Encoding", stored, error))
    return FALSE;
  gsize n, bytes = 0;
  const HttpHeader *all = http_exchange_headers (request->exchange, &n);
  for (gsize i = 0; i < n; i++) {
    if (g_ascii_strncasecmp (all[i].name, METADATA_PREFIX, strlen (METADATA_PREFIX)) != 0)
      continue;
    g_autofree char *name = g_ascii_strdown (all[i].name + strlen (METADATA_PREFIX), -1);
    bytes += strlen (name) + strlen (all[i].value);
    if (!add_text (metadata, name, all[i].value, error))
      return FALSE;
  }
  if (bytes > MAX_METADATA_BYTES) {
    s3_error_detail_number (request, "Size", (gint64)bytes);
    s3_error_detail_number (request, "MaxSizeAllowed", MAX_METADATA_BYTES);
    g_set_error (error, S3_ERROR, S3_ERR_METADATA_TOO_LARGE,
                 "the user metadata has more than %d bytes", MAX_METADATA_BYTES);
    return FALSE;
  }
  *out_headers = dump (request, headers);
  *out_metadata = dump (request, metadata);
  return TRUE;
}

gboolean
metadata_tags_from_request (S3Request *request, const char **out_tags, GError **error)
{
  const char *header = s3_request_header (request, "x-amz-tagging");
  g_autofree char *tags = NULL;
  *out_tags = NULL;
  if (header == NULL)
    return TRUE;
  if (!object_tags_from_header (header, &tags, error))
    return FALSE;
  *out_tags = arena_strdup (request->arena, tags);
  return TRUE;
}
