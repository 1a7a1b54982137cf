#include "agent/process-title.h"

#include <string.h>
#include <unistd.h>

/* The end of what follows end without a gap. */
static char *
extend (char *end, char **strings)
{
  for (char **at = strings; *at != NULL; at++)
    if (*at == end)
      end += strlen (*at) + 1;
  return end;
}

static void
copy_strings (char **strings)
{
  for (char **at = strings; *at != NULL; at++)
    *at = g_strdup (*at);
}

ProcessTitle
process_title_begin (int argc, char **argv)
{
  if (argc < 1 || argv[0] == NULL)
    return (ProcessTitle){ 0 };
  ProcessTitle title = { .start = argv[0] };
  char *end = extend (extend (argv[0], argv), environ);

  title.size = (gsize)(end - title.start);
  copy_strings (argv);
  copy_strings (environ);
  return title;
}

void
process_title_set (const ProcessTitle *title, const char *text)
{
  if (title->size < 2)
    return;
  memset (title->start, 0, title->size);
  /* The last byte stays a NUL: another would have the kernel look further for the end. */
  memcpy (title->start, text, MIN (strlen (text), title->size - 1));
}
