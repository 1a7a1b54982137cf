#include "server/objects/s3-address.h"

#include <string.h>

#include "core/failure.h"
#include "core/names.h"
#include "server/objects/s3-error.h"

typedef enum {
  DECODE_PATH,
  DECODE_QUERY /* '+' is a blank */
} Decoding;

/* NULL when it is not well encoded, holds a NUL or is not UTF-8. */
static char *
decode (const char *text, gsize n, Decoding decoding, Arena *arena)
{
  char *out = arena_alloc (arena, n + 1);
  gsize length = 0;
  for (gsize i = 0; i < n; i++) {
    char c = text[i];
    if (c == '%') {
      if (i + 2 >= n || !g_ascii_isxdigit (text[i + 1]) || !g_ascii_isxdigit (text[i + 2]))
        return NULL;
      c = (char)(g_ascii_xdigit_value (text[i + 1]) << 4 | g_ascii_xdigit_value (text[i + 2]));
      i += 2;
    } else if (c == '+' && decoding == DECODE_QUERY) {
      c = ' ';
    }
    if (c == '\0')
      return NULL;
    out[length++] = c;
  }
  out[length] = '\0';
  return g_utf8_validate (out, (gssize)length, NULL) ? out : NULL;
}

/* The part of the Host header before ".<one of our names>", or NULL. */
static char *
bucket_of_host (const char *host, const char *const *host_names, Arena *arena)
{
  if (host == NULL || host[0] == '[')
    return NULL;
  gsize length = strcspn (host, ":");
  for (gsize i = 0; host_names[i] != NULL; i++) {
    gsize suffix = strlen (host_names[i]);
    if (length <= suffix + 1 || host[length - suffix - 1] != '.' ||
        g_ascii_strncasecmp (host + length - suffix, host_names[i], suffix) != 0)
      continue;
    char *bucket = arena_strndup (arena, host, length - suffix - 1);
    for (char *at = bucket; *at != '\0'; at++)
      *at = g_ascii_tolower (*at);
    return bucket;
  }
  return NULL;
}

static gboolean
invalid_uri (GError **error, const char *what)
{
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_URI, "cannot read the URI: %s", what);
  return FALSE;
}

static gboolean
parse_params (const char *query, Arena *arena, S3Address *out, GError **error)
{
  gsize n_max = 0;
  for (const char *at = query; at != NULL && *at != '\0'; at = strchr (at + 1, '&'))
    n_max++;
  if (n_max > S3_MAX_PARAMS)
    return invalid_uri (error, "too many parameters");
  S3Param *params = arena_new0_n (arena, S3Param, n_max + 1);
  out->params = params; /* what is read so far can be asked for even when the rest is bad */
  const char *at = query;
  while (at != NULL && *at != '\0') {
    gsize length = strcspn (at, "&");
    if (length > 0) {
      const char *equals = memchr (at, '=', length);
      gsize name_length = equals != NULL ? (gsize)(equals - at) : length;
      S3Param *param = &params[out->n_params];
      param->name = decode (at, name_length, DECODE_QUERY, arena);
      param->value =
          equals != NULL ? decode (equals + 1, length - name_length - 1, DECODE_QUERY, arena) : "";
      if (param->name == NULL || param->value == NULL)
        return invalid_uri (error, "a parameter is not percent-encoded UTF-8");
      out->n_params++;
    }
    at += length;
    if (*at == '&')
      at++;
  }
  return TRUE;
}

static gboolean
take_key (const char *text, S3Address *out, Arena *arena, GError **error)
{
  if (*text == '\0')
    return TRUE;
  out->key = decode (text, strlen (text), DECODE_PATH, arena);
  if (out->key == NULL)
    return invalid_uri (error, "the key is not percent-encoded UTF-8 without NUL");
  if (strlen (out->key) <= S3_MAX_KEY_BYTES)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_KEY_TOO_LONG, "the key is longer than %d bytes",
               S3_MAX_KEY_BYTES);
  return FALSE;
}

static gboolean
check_bucket (const char *bucket, GError **error)
{
  if (bucket != NULL && names_bucket_is_valid (bucket))
    return TRUE;
  return failure_set (
      error, S3_ERROR, S3_ERR_INVALID_BUCKET_NAME,
      "the bucket name \"%.100s\" is not valid: 3 to 63 lower-case letters, digits, "
      "dots and hyphens",
      bucket != NULL ? bucket : "");
}

gboolean
s3_address_parse (const char *host, const char *const *host_names, const char *path,
                  const char *query, Arena *arena, S3Address *out, GError **error)
{
  *out = (S3Address){ 0 };
  if (path[0] != '/')
    return invalid_uri (error, "the path does not begin with a slash");
  if (!parse_params (query, arena, out, error))
    return FALSE;
  path++;
  out->bucket = bucket_of_host (host, host_names, arena);
  if (out->bucket == NULL) {
    gsize length = strcspn (path, "/");
    if (length == 0)
      return *path == '\0' || check_bucket (NULL, error);
    out->bucket = decode (path, length, DECODE_PATH, arena);
    path += length;
    if (*path == '/')
      path++;
  }
  return check_bucket (out->bucket, error) && take_key (path, out, arena, error);
}

gboolean
s3_address_parse_copy_source (const char *text, Arena *arena, const char **out_bucket,
                              const char **out_key, const char **out_version_id, GError **error)
{
  static const char version_param[] = "?versionId=";
  const char *version = strstr (text, version_param);
  gsize length = version != NULL ? (gsize)(version - text) : strlen (text);
  char *decoded = decode (text, length, DECODE_PATH, arena);
  if (decoded != NULL && *decoded == '/')
    decoded++;
  char *slash = decoded != NULL ? strchr (decoded, '/') : NULL;
  const char *value = version != NULL ? version + strlen (version_param) : NULL;
  *out_version_id = value != NULL ? decode (value, strlen (value), DECODE_QUERY, arena) : NULL;
  /* a version that cannot be read must not stand for the latest one */
  gboolean bad_version = value != NULL && (*out_version_id == NULL || **out_version_id == '\0');
  if (slash == NULL || slash[1] == '\0' || bad_version) {
    g_set_error (error, S3_ERROR, S3_ERR_INVALID_ARGUMENT,
                 "x-amz-copy-source must be bucket/key[?versionId=id], percent-encoded");
    return FALSE;
  }
  *slash = '\0';
  *out_bucket = decoded;
  *out_key = slash + 1;
  return check_bucket (decoded, error);
}

const char *
s3_address_param (const S3Address *address, const char *name)
{
  for (gsize i = 0; i < address->n_params; i++) {
    if (strcmp (address->params[i].name, name) == 0)
      return address->params[i].value;
  }
  return NULL;
}

gboolean
s3_bucket_name_is_allowed (const char *name)
{
  gsize length = strlen (name);
  if (length < 3 || length > 63)
    return FALSE;
  gboolean only_digits_and_dots = TRUE;
  gsize n_dots = 0;
  for (gsize i = 0; i < length; i++) {
    char c = name[i];
    gboolean alnum = g_ascii_islower (c) || g_ascii_isdigit (c);
    if (!alnum && c != '.' && c != '-')
      return FALSE;
    gboolean at_edge = i == 0 || i == length - 1 || name[i - 1] == '.' || name[i + 1] == '.';
    if (at_edge && !alnum && c != '.')
      return FALSE;
    if (c == '.' && (i == 0 || i == length - 1 || name[i + 1] == '.'))
      return FALSE;
    n_dots += c == '.';
    only_digits_and_dots &= g_ascii_isdigit (c) || c == '.';
  }
  return !(only_digits_and_dots && n_dots == 3) && !g_str_has_prefix (name, "xn--");
}
