#include "agent/ansi-text.h"

#include <string.h>

#define ESCAPE '\x1b'
#define BELL   '\a'

static gboolean
is_between (char c, guchar first, guchar last)
{
  return (guchar)c >= first && (guchar)c <= last;
}

/* Strings for the terminal (a window's title, a link): up to BEL, or ESC and a backslash. */
static gsize
string_length (const char *text, gsize n)
{
  for (gsize i = 2; i < n; i++) {
    if (text[i] == BELL)
      return i + 1;
    if (text[i] == ESCAPE)
      return i + 1 < n && text[i + 1] == '\\' ? i + 2 : i;
  }
  return n;
}

/* Of the sequence that begins with the escape character at text. What is none ends before the byte that shows it. */
static gsize
sequence_length (const char *text, gsize n)
{
  gsize i = 1;
  if (n < 2)
    return n;
  if (strchr ("]PX^_", text[1]) != NULL && text[1] != '\0')
    return string_length (text, n);
  if (text[1] == '[') {
    for (i = 2; i < n && is_between (text[i], 0x20, 0x3f); i++)
      ;
    return i < n && is_between (text[i], 0x40, 0x7e) ? i + 1 : i;
  }
  while (i < n && is_between (text[i], 0x20, 0x2f))
    i++;
  return i < n && is_between (text[i], 0x30, 0x7e) ? i + 1 : i;
}

gsize
ansi_text_strip (char *text, gsize n)
{
  char *escape = memchr (text, ESCAPE, n);
  if (escape == NULL)
    return n;
  gsize kept = (gsize)(escape - text);
  for (gsize i = kept; i < n;) {
    if (text[i] == ESCAPE)
      i += sequence_length (text + i, n - i);
    else
      text[kept++] = text[i++];
  }
  return kept;
}
