#include "proto/shape-xml.h"

#include "core/time-iso8601.h"
#include "proto/shape-table.h"

#include <string.h>

#define UNRESERVED  "-._~" /* RFC 3986 section 2.3, besides letters and digits */
#define SECONDS_END 19     /* yyyy-mm-ddThh:mm:ss of an ISO 8601 time */

static void write_value (const Shape *shape, const char *element, gconstpointer value,
                         GString *out);

/* XML 1.0 section 2.2, of what UTF-8 can hold. */
static gboolean
is_xml_character (gunichar c)
{
  return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c != 0xfffe && c != 0xffff);
}

void
shape_xml_append_text (GString *out, const char *text)
{
  g_autofree char *valid = g_utf8_validate (text, -1, NULL) ? NULL : g_utf8_make_valid (text, -1);
  for (const char *p = valid != NULL ? valid : text; *p != '\0'; p = g_utf8_next_char (p)) {
    gunichar c = g_utf8_get_char (p);
    if (c == '&')
      g_string_append (out, "&amp;");
    else if (c == '<')
      g_string_append (out, "&lt;");
    else if (c == '>')
      g_string_append (out, "&gt;");
    else if (c == '\r') /* a parser would make a newline of it */
      g_string_append (out, "&#13;");
    else
      g_string_append_unichar (out, is_xml_character (c) ? c : 0xfffd);
  }
}

static void
append_percent_encoded (GString *out, const char *text)
{
  for (const char *p = text; *p != '\0'; p++) {
    if (g_ascii_isalnum (*p) || strchr (UNRESERVED, *p) != NULL)
      g_string_append_c (out, *p);
    else
      g_string_append_printf (out, "%%%02X", (guchar)*p);
  }
}

static void
write_time (gint64 time_ms, GString *out)
{
  char text[TIME_ISO8601_SIZE];
  time_format_iso8601 (time_ms, text);
  g_string_append_len (out, text, SECONDS_END);
  g_string_append_c (out, 'Z');
}

static void
write_list (const Shape *shape, const ShapeList *list, GString *out)
{
  for (gsize i = 0; i < list->n; i++)
    write_value (shape->item, "member", list->items[i], out);
}

static void
write_content (const Shape *shape, gconstpointer value, GString *out)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  switch (shape->kind) {
  case SHAPE_STRING:
    if (shape->percent_encoded)
      append_percent_encoded (out, value);
    else
      shape_xml_append_text (out, value);
    return;
  case SHAPE_BOOLEAN:
    g_string_append (out, *(const gboolean *)value ? "true" : "false");
    return;
  case SHAPE_INTEGER:
  case SHAPE_LONG:
    g_string_append_printf (out, "%" G_GINT64_FORMAT, *(const gint64 *)value);
    return;
  case SHAPE_DOUBLE:
    g_string_append (out, g_ascii_dtostr (number, sizeof number, *(const double *)value));
    return;
  case SHAPE_TIMESTAMP:
    write_time (*(const gint64 *)value, out);
    return;
  case SHAPE_LIST:
    write_list (shape, value, out);
    return;
  case SHAPE_MAP: {
    const ShapeMap *map = value;
    for (gsize i = 0; i < map->n; i++) {
      g_string_append (out, "<entry><key>");
      shape_xml_append_text (out, map->keys[i]);
      g_string_append (out, "</key>");
      write_value (shape->item, "value", map->values[i], out);
      g_string_append (out, "</entry>");
    }
    return;
  }
  case SHAPE_STRUCTURE:
    shape_xml_write (shape, value, out);
    return;
  }
  g_assert_not_reached ();
}

static void
write_value (const Shape *shape, const char *element, gconstpointer value, GString *out)
{
  if (value == NULL)
    return;
  g_string_append_printf (out, "<%s>", element);
  write_content (shape, value, out);
  g_string_append_printf (out, "</%s>", element);
}

void
shape_xml_write (const Shape *shape, gconstpointer structure, GString *out)
{
  for (guint i = 0; structure != NULL && i < shape->n_members; i++) {
    const ShapeMember *member = &shape->members[i];
    write_value (member->shape, member->name.text,
                 *(const gconstpointer *)((const guint8 *)structure + member->offset), out);
  }
}
