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

/* The C library keeps what it is given, also when somebody takes it out of the environment later. */
static void
copy_environment (void)
{
  char **old = environ;
  /* NOLINTNEXTLINE(concurrency-mt-unsafe): main has no other threads yet */
  if (clearenv () != 0)
    return;
  for (char **at = old; at != NULL && *at != NULL; at++) {
    const char *equals = strchr (*at, '=');
    g_autofree char *name = equals != NULL ? g_strndup (*at, (gsize)(equals - *at)) : NULL;
    if (name != NULL && name[0] != '\0')
      g_setenv (name, equals + 1, TRUE);
  }
}

static void
copy_arguments (char **argv)
{
  for (char **at = argv; *at != NULL; at++)
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
  copy_arguments (argv);
  copy_environment ();
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
