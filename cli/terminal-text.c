#include "cli/terminal-text.h"

#include <string.h>

static char *
clean (const char *text, gboolean keep_breaks)
{
  GString *out = g_string_new (NULL);
  for (const char *at = text; at != NULL && *at != '\0';) {
    gunichar c = g_utf8_get_char_validated (at, -1);
    if (c == (gunichar)-1 || c == (gunichar)-2) {
      g_string_append_c (out, '?');
      at++;
      continue;
    }
    if (c == '\n' && keep_breaks) {
      g_string_append_c (out, '\n');
    } else if (c == '\n' || c == '\t') {
      g_string_append_c (out, ' ');
    } else if (c != '\r') {
      g_string_append_unichar (
          out, g_unichar_iscntrl (c) || g_unichar_type (c) == G_UNICODE_FORMAT ? '?' : c);
    }
    at = g_utf8_next_char (at);
  }
  return g_string_free (out, FALSE);
}

char *
terminal_text_line (const char *text)
{
  return g_strchomp (clean (text, FALSE));
}

char *
terminal_text_block (const char *text, const char *prefix)
{
  g_autofree char *safe = g_strchomp (clean (text, TRUE));
  GString *out = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (safe, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++) {
    g_string_append_printf (out, "%s%s\n", prefix, lines[i]);
  }
  return g_string_free (out, FALSE);
}

char *
terminal_text_fit (const char *text, guint columns)
{
  glong length = g_utf8_strlen (text, -1);
  if (length <= (glong)columns) {
    return g_strdup_printf ("%s%*s", text, (int)(columns - length), "");
  }
  if (columns == 0) {
    return g_strdup ("");
  }
  g_autofree char *head = g_utf8_substring (text, 0, columns - 1);
  return g_strconcat (head, "~", NULL);
}

char *
terminal_text_wrap (const char *text, guint columns, guint indent)
{
  g_autofree char *safe = terminal_text_line (text);
  g_auto (GStrv) words = g_strsplit (safe, " ", -1);
  GString *out = g_string_new (NULL);
  guint room = columns > indent ? columns - indent : 1, used = 0;
  for (char **word = words; *word != NULL; word++) {
    guint length = (guint)g_utf8_strlen (*word, -1);
    if (used > 0 && used + 1 + length > room) {
      g_string_append_printf (out, "\n%*s", (int)indent, "");
      used = 0;
    }
    g_string_append_printf (out, "%s%s", used > 0 ? " " : "", *word);
    used += length + (used > 0 ? 1 : 0);
  }
  return g_string_free (out, FALSE);
}
