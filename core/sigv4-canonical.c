#include "core/sigv4-canonical.h"

#include <string.h>

/* Not part of any signature: it is the signature. As it stands here, in no other encoding: so the verifier looks for it. */
#define SIGNATURE_PARAMETER "X-Amz-Signature"

static inline gboolean
is_blank (char c)
{
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static inline gboolean
is_unreserved (guchar c)
{
  return g_ascii_isalnum (c) || c == '-' || c == '.' || c == '_' || c == '~';
}

void
sigv4_encode (const char *text, gsize n, Sigv4Slash slash, GString *out)
{
  static const char digits[] = "0123456789ABCDEF";
  gsize start = 0;

  for (gsize i = 0; i < n; i++) {
    guchar c = (guchar)text[i];

    if (is_unreserved (c) || (c == '/' && slash == SIGV4_KEEP_SLASH))
      continue;
    g_string_append_len (out, text + start, (gssize)(i - start));
    g_string_append_c (out, '%');
    g_string_append_c (out, digits[c >> 4]);
    g_string_append_c (out, digits[c & 15]);
    start = i + 1;
  }
  g_string_append_len (out, text + start, (gssize)(n - start));
}

typedef enum {
  RECODE_PATH,
  RECODE_QUERY,
  RECODE_QUERY_OF_S3 /* "+" is a blank */
} Recoding;

/* Percent-decodes and encodes again in the one canonical way. A "%" that starts no escape stands for itself. */
static void
append_recoded (const char *text, gsize n, Recoding recoding, GString *out)
{
  Sigv4Slash slash = recoding == RECODE_PATH ? SIGV4_KEEP_SLASH : SIGV4_ENCODE_SLASH;

  for (gsize i = 0; i < n; i++) {
    char c = text[i];

    if (c == '%' && i + 2 < n && g_ascii_isxdigit (text[i + 1]) && g_ascii_isxdigit (text[i + 2])) {
      c = (char)(g_ascii_xdigit_value (text[i + 1]) << 4 | g_ascii_xdigit_value (text[i + 2]));
      i += 2;
    } else if (c == '+' && recoding == RECODE_QUERY_OF_S3) {
      c = ' ';
    }
    sigv4_encode (&c, 1, slash, out);
  }
}

/* Forgets the last segment of what was appended since start, as ".." asks. */
static void
drop_segment (GString *out, gsize start)
{
  while (out->len > start && out->str[out->len - 1] != '/')
    g_string_truncate (out, out->len - 1);
  if (out->len > start)
    g_string_truncate (out, out->len - 1);
}

static void
append_normalised_path (const char *path, GString *out)
{
  gsize start = out->len;
  const char *segment = path;
  gboolean ends_in_slash = FALSE;

  while (*segment != '\0') {
    gsize n = strcspn (segment, "/");

    ends_in_slash = segment[n] == '/';
    if (n == 2 && segment[0] == '.' && segment[1] == '.') {
      drop_segment (out, start);
      ends_in_slash = TRUE;
    } else if (n == 1 && segment[0] == '.')
      ends_in_slash = TRUE;
    else if (n > 0) {
      g_string_append_c (out, '/');
      sigv4_encode (segment, n, SIGV4_ENCODE_SLASH, out);
    }
    segment += n;
    if (*segment == '/')
      segment++;
  }
  if (ends_in_slash || out->len == start)
    g_string_append_c (out, '/');
}

void
sigv4_canonical_path (const char *path, Sigv4Dialect dialect, GString *out)
{
  if (path[0] == '\0' || (path[0] == '/' && path[1] == '\0'))
    g_string_append_c (out, '/');
  else if (dialect == SIGV4_DIALECT_S3)
    append_recoded (path, strlen (path), RECODE_PATH, out);
  else
    append_normalised_path (path, out);
}

typedef struct {
  const char *name;
  const char *value;
} Parameter;

static int
compare_parameters (gconstpointer a, gconstpointer b)
{
  const Parameter *x = a;
  const Parameter *y = b;
  int by_name = strcmp (x->name, y->name);

  return by_name != 0 ? by_name : strcmp (x->value, y->value);
}

void
sigv4_canonical_query (const char *query, Sigv4Dialect dialect, GString *out)
{
  g_autoptr (GArray) parameters = NULL;
  g_autoptr (GString) text = NULL;
  g_autoptr (GArray) offsets = NULL;
  Recoding recoding = dialect == SIGV4_DIALECT_S3 ? RECODE_QUERY_OF_S3 : RECODE_QUERY;
  const char *separator = "";

  if (query == NULL || query[0] == '\0')
    return;

  /* Names and values are encoded one after another into one buffer, and pointed into once it has stopped growing. */
  text = g_string_sized_new (strlen (query) * 2);
  offsets = g_array_new (FALSE, FALSE, sizeof (gsize));
  for (const char *pair = query; *pair != '\0';) {
    gsize n = strcspn (pair, "&");
    const char *equals = memchr (pair, '=', n);
    gsize name_length = equals == NULL ? n : (gsize)(equals - pair);
    gsize offset = text->len;
    gboolean is_signature = name_length == strlen (SIGNATURE_PARAMETER) &&
                            memcmp (pair, SIGNATURE_PARAMETER, name_length) == 0;

    if (n > 0 && !is_signature) {
      append_recoded (pair, name_length, recoding, text);
      g_string_append_c (text, '\0');
      if (equals != NULL)
        append_recoded (equals + 1, n - name_length - 1, recoding, text);
      g_string_append_c (text, '\0');
      g_array_append_val (offsets, offset);
    }
    pair += n;
    if (*pair == '&')
      pair++;
  }

  parameters = g_array_sized_new (FALSE, FALSE, sizeof (Parameter), offsets->len);
  for (guint i = 0; i < offsets->len; i++) {
    const char *name = text->str + g_array_index (offsets, gsize, i);
    const Parameter parameter = { name, name + strlen (name) + 1 };

    g_array_append_val (parameters, parameter);
  }
  g_array_sort (parameters, compare_parameters);
  for (guint i = 0; i < parameters->len; i++) {
    const Parameter *parameter = &g_array_index (parameters, Parameter, i);

    g_string_append (out, separator);
    g_string_append (out, parameter->name);
    g_string_append_c (out, '=');
    g_string_append (out, parameter->value);
    separator = "&";
  }
}

/* Trimmed, and every run of blanks inside one blank. */
static void
append_header_value (const char *value, GString *out)
{
  const char *p = value;

  while (is_blank (*p))
    p++;
  while (*p != '\0') {
    const char *word = p;

    while (*p != '\0' && !is_blank (*p))
      p++;
    g_string_append_len (out, word, p - word);
    while (is_blank (*p))
      p++;
    if (*p != '\0')
      g_string_append_c (out, ' ');
  }
}

static void
append_header (const Sigv4Request *request, const char *name, GString *out)
{
  const char *separator = ":";

  g_string_append (out, name);
  for (gsize i = 0; i < request->n_headers; i++)
    /* Most differ in their first letter already. */
    if (((request->headers[i].name[0] ^ name[0]) & ~0x20) == 0 &&
        g_ascii_strcasecmp (request->headers[i].name, name) == 0) {
      g_string_append (out, separator);
      append_header_value (request->headers[i].value, out);
      separator = ",";
    }
  if (*separator == ':')
    g_string_append_c (out, ':');
  g_string_append_c (out, '\n');
}

void
sigv4_canonical_request (const Sigv4Request *request, Sigv4Dialect dialect,
                         const char *const *signed_headers, gsize n_signed_headers,
                         const char *payload, GString *out)
{
  g_string_append (out, request->method);
  g_string_append_c (out, '\n');
  sigv4_canonical_path (request->path, dialect, out);
  g_string_append_c (out, '\n');
  sigv4_canonical_query (request->query, dialect, out);
  g_string_append_c (out, '\n');
  for (gsize i = 0; i < n_signed_headers; i++)
    append_header (request, signed_headers[i], out);
  g_string_append_c (out, '\n');
  for (gsize i = 0; i < n_signed_headers; i++) {
    if (i > 0)
      g_string_append_c (out, ';');
    g_string_append (out, signed_headers[i]);
  }
  g_string_append_c (out, '\n');
  g_string_append (out, payload);
}

void
sigv4_signature (const guint8 key[SIGV4_KEY_SIZE], const char *amz_date, const char *scope,
                 const GString *canonical_request, guint8 out[DIGEST_SHA256_SIZE])
{
  char hash[DIGEST_SHA256_HEX_SIZE];
  char text[512];
  int n;

  digest_sha256_hex (canonical_request->str, canonical_request->len, hash);
  n = g_snprintf (text, sizeof text, "AWS4-HMAC-SHA256\n%s\n%s\n%s", amz_date, scope, hash);
  /* Both texts are bounded where they are read or made. */
  g_assert (n > 0 && (gsize)n < sizeof text);
  digest_hmac_sha256 (key, SIGV4_KEY_SIZE, text, (gsize)n, out);
}
