/* Values -> JSON text. */
#include "proto/shape-table.h"

#include <string.h>

#include "proto/json-doc.h"

typedef enum {
  SECRETS_SHOWN,
  SECRETS_HIDDEN
} Secrets;

static void write_value (const Shape *shape, gconstpointer value, Secrets secrets, GString *out);

static void
write_integer (gint64 value, GString *out)
{
  char digits[24];
  char *p = digits + sizeof digits;
  guint64 rest = value < 0 ? 0 - (guint64)value : (guint64)value;

  do
    *--p = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  if (value < 0)
    *--p = '-';
  g_string_append_len (out, p, digits + sizeof digits - p);
}

/* Seconds with at most three decimals, trailing zeros dropped (api.md 1.3). */
static void
write_timestamp (gint64 ms, GString *out)
{
  guint64 size = ms < 0 ? 0 - (guint64)ms : (guint64)ms;
  guint fraction = (guint)(size % 1000);

  if (ms < 0)
    g_string_append_c (out, '-');
  write_integer ((gint64)(size / 1000), out);
  if (fraction == 0)
    return;
  char digits[4] = { '.', (char)('0' + fraction / 100), (char)('0' + fraction / 10 % 10),
                     (char)('0' + fraction % 10) };
  gssize length = 4;
  while (digits[length - 1] == '0')
    length--;
  g_string_append_len (out, digits, length);
}

/* The shortest text that reads back as the same number, always with a fraction: 100.0 (api.md 1.3). */
static void
write_double (double value, GString *out)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (int digits = 15; digits <= 17; digits++) {
    char format[8] = { '%', '.', '1', (char)('0' + digits - 10), 'g' };
    g_ascii_formatd (text, sizeof text, format, value);
    if (g_ascii_strtod (text, NULL) == value)
      break;
  }
  g_string_append (out, text);
  if (strpbrk (text, ".en") == NULL)
    g_string_append (out, ".0");
}

static void
write_structure (const Shape *shape, const guint8 *structure, Secrets secrets, GString *out)
{
  char separator = '{';

  for (guint i = 0; i < shape->n_members; i++) {
    const ShapeMember *member = &shape->members[i];
    gconstpointer inner = *(gconstpointer const *)(structure + member->offset);
    if (inner == NULL)
      continue;
    g_string_append_c (out, separator);
    separator = ',';
    g_string_append_c (out, '"');
    g_string_append_len (out, member->name.text, member->name.length);
    g_string_append_len (out, "\":", 2);
    write_value (member->shape, inner, secrets, out);
  }
  if (separator == '{')
    g_string_append_c (out, '{');
  g_string_append_c (out, '}');
}

/* NULL elements can only come from an answer that was not ours; they are left out. */
static void
write_list (const Shape *shape, const ShapeList *list, Secrets secrets, GString *out)
{
  gboolean first = TRUE;

  g_string_append_c (out, '[');
  for (gsize i = 0; i < list->n; i++) {
    if (list->items[i] == NULL)
      continue;
    if (!first)
      g_string_append_c (out, ',');
    first = FALSE;
    write_value (shape->item, list->items[i], secrets, out);
  }
  g_string_append_c (out, ']');
}

static void
write_map (const Shape *shape, const ShapeMap *map, Secrets secrets, GString *out)
{
  gboolean first = TRUE;

  g_string_append_c (out, '{');
  for (gsize i = 0; i < map->n; i++) {
    if (map->values[i] == NULL)
      continue;
    if (!first)
      g_string_append_c (out, ',');
    first = FALSE;
    json_doc_append_text (out, map->keys[i]);
    g_string_append_c (out, ':');
    write_value (shape->item, map->values[i], secrets, out);
  }
  g_string_append_c (out, '}');
}

static void
write_value (const Shape *shape, gconstpointer value, Secrets secrets, GString *out)
{
  if (shape->sensitive && secrets == SECRETS_HIDDEN) {
    g_string_append (out, "\"" SHAPE_HIDDEN_TEXT "\"");
    return;
  }
  switch (shape->kind) {
  case SHAPE_STRING:
    json_doc_append_text (out, value);
    return;
  case SHAPE_BOOLEAN:
    g_string_append (out, *(const gboolean *)value ? "true" : "false");
    return;
  case SHAPE_INTEGER:
  case SHAPE_LONG:
    write_integer (*(const gint64 *)value, out);
    return;
  case SHAPE_DOUBLE:
    write_double (*(const double *)value, out);
    return;
  case SHAPE_TIMESTAMP:
    write_timestamp (*(const gint64 *)value, out);
    return;
  case SHAPE_LIST:
    write_list (shape, value, secrets, out);
    return;
  case SHAPE_MAP:
    write_map (shape, value, secrets, out);
    return;
  case SHAPE_STRUCTURE:
    write_structure (shape, value, secrets, out);
    return;
  }
  g_assert_not_reached ();
}

void
shape_write (const Shape *shape, gconstpointer value, GString *out)
{
  write_value (shape, value, SECRETS_SHOWN, out);
}

void
shape_write_public (const Shape *shape, gconstpointer value, GString *out)
{
  write_value (shape, value, SECRETS_HIDDEN, out);
}

char *
shape_to_text (const Shape *shape, gconstpointer value)
{
  if (value == NULL)
    return NULL;
  GString *out = g_string_sized_new (256);
  shape_write (shape, value, out);
  return g_string_free (out, FALSE);
}

json_t *
shape_encode (const Shape *shape, gconstpointer value)
{
  g_autofree char *text = shape_to_text (shape, value);

  /* What shape_write makes is JSON; only a document nested deeper than Jansson goes could fail. */
  json_t *json = json_loads (text != NULL ? text : "null", JSON_DECODE_ANY, NULL);
  g_assert (json != NULL);
  return json;
}
