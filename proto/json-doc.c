#include "proto/json-doc.h"

#include <string.h>

G_DEFINE_QUARK (json - doc - error - quark, json_doc_error)

const JsonDocLimits json_doc_default_limits = {
  .max_bytes = 1024 * 1024,
  .max_depth = 32,
  .max_values = 50000,
};

/*
 * Counts nesting and values before Jansson allocates anything for them. It only needs to be right for texts that are
 * JSON: the parser refuses the others.
 */
static gboolean
within_limits (const char *bytes, gsize length, const JsonDocLimits *limits, GError **error)
{
  guint depth = 0;
  guint values = 0;
  gboolean in_text = FALSE;

  if (length > limits->max_bytes) {
    g_set_error (error, JSON_DOC_ERROR, JSON_DOC_ERROR_TOO_LARGE,
                 "the document has more than %" G_GSIZE_FORMAT " bytes", limits->max_bytes);
    return FALSE;
  }
  for (gsize i = 0; i < length; i++) {
    char c = bytes[i];
    if (in_text) {
      if (c == '\\')
        i++;
      else if (c == '"')
        in_text = FALSE;
      continue;
    }
    if (c == '"') {
      in_text = TRUE;
    } else if (c == '{' || c == '[') {
      values++;
      depth++;
    } else if (c == ',') {
      values++;
    } else if ((c == '}' || c == ']') && depth > 0) {
      depth--;
    }
    if (depth > limits->max_depth || values > limits->max_values) {
      g_set_error (error, JSON_DOC_ERROR, JSON_DOC_ERROR_TOO_LARGE, "the document %s",
                   depth > limits->max_depth ? "is nested too deeply" : "has too many values");
      return FALSE;
    }
  }
  return TRUE;
}

json_t *
json_doc_parse (const char *bytes, gsize length, const JsonDocLimits *limits, GError **error)
{
  json_error_t problem;

  if (!within_limits (bytes, length, limits != NULL ? limits : &json_doc_default_limits, error))
    return NULL;
  json_t *document = json_loadb (bytes, length, JSON_REJECT_DUPLICATES, &problem);
  if (document == NULL) {
    /* Jansson's text quotes what stands near the place; a document may hold secrets, so only the place is told. */
    char *near = strstr (problem.text, " near ");
    if (near != NULL)
      *near = '\0';
    g_set_error (error, JSON_DOC_ERROR, JSON_DOC_ERROR_SYNTAX, "line %d, column %d: %s",
                 problem.line, problem.column, problem.text);
  }
  return document;
}

const char *
json_doc_text (const json_t *object, const char *key)
{
  return json_string_value (json_object_get (object, key));
}

#define EACH_BYTE(value) (G_GUINT64_CONSTANT (0x0101010101010101) * (value))

/* Past what stands for itself, as far as eight bytes at a time go: a certificate is almost nothing else. The sums have a
 * byte's highest bit set where the byte is below 0x20, a quote, a backslash or not ASCII (and perhaps in bytes after such a one). */
static const char *
skip_plain (const char *p, const char *end)
{
  while (end - p >= 8) {
    guint64 bytes;
    memcpy (&bytes, p, sizeof bytes);
    guint64 marks = bytes | (bytes - EACH_BYTE (0x20)) |
                    ((bytes ^ EACH_BYTE ('"')) - EACH_BYTE (1)) |
                    ((bytes ^ EACH_BYTE ('\\')) - EACH_BYTE (1));
    if ((marks & EACH_BYTE (0x80)) != 0)
      break;
    p += 8;
  }
  return p;
}

void
json_doc_append_text (GString *out, const char *text)
{
  static const char hex[] = "0123456789abcdef";
  g_autofree char *valid = NULL;
  const char *end = text + strlen (text);
  const char *plain = text;
  const char *p = text;
  gboolean ascii = TRUE;

  g_string_append_c (out, '"');
  for (p = skip_plain (p, end); *p != '\0'; p = skip_plain (p + 1, end)) {
    guchar c = (guchar)*p;
    if (c >= 0x80) {
      if (ascii && !g_utf8_validate (p, -1, NULL)) {
        gsize done = (gsize)(p - plain);
        valid = g_utf8_make_valid (p, -1);
        g_string_append_len (out, plain, (gssize)done);
        plain = p = valid;
        end = valid + strlen (valid);
      }
      ascii = FALSE;
      continue;
    }
    if (c >= 0x20 && c != '"' && c != '\\')
      continue;
    g_string_append_len (out, plain, p - plain);
    plain = p + 1;
    g_string_append_c (out, '\\');
    switch (c) {
    case '"':
    case '\\':
      g_string_append_c (out, (char)c);
      break;
    case '\n':
      g_string_append_c (out, 'n');
      break;
    case '\r':
      g_string_append_c (out, 'r');
      break;
    case '\t':
      g_string_append_c (out, 't');
      break;
    default:
      g_string_append (out, "u00");
      g_string_append_c (out, hex[c >> 4]);
      g_string_append_c (out, hex[c & 15]);
    }
  }
  g_string_append_len (out, plain, p - plain);
  g_string_append_c (out, '"');
}
