#include "agent/idle-memory.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define MAX_LINE (4096 + 200)

/* A number and the one character behind it; *rest then stands after both. */
static gboolean
take_number (const char **rest, guint base, char behind, guint64 *out)
{
  char *end;

  if (!g_ascii_isxdigit (**rest))
    return FALSE;
  *out = g_ascii_strtoull (*rest, &end, base);
  if (end == *rest || *end != behind)
    return FALSE;
  *rest = end + 1;
  return TRUE;
}

/* "START-END rwxp OFFSET MAJOR:MINOR INODE PATH": proc(5), /proc/pid/maps. */
gboolean
idle_memory_parse_mapping (const char *line, IdleMapping *out)
{
  guint64 start, end, offset, major, minor, inode;
  const char *rest = line;

  if (!take_number (&rest, 16, '-', &start) || !take_number (&rest, 16, ' ', &end))
    return FALSE;
  const char *permissions = rest;
  if (strlen (permissions) < 5 || permissions[4] != ' ')
    return FALSE;
  rest += 5;
  if (!take_number (&rest, 16, ' ', &offset) || !take_number (&rest, 16, ':', &major) ||
      !take_number (&rest, 16, ' ', &minor) || !take_number (&rest, 10, ' ', &inode))
    return FALSE;
  *out = (IdleMapping){ .start = start, .end = end };
  out->of_file =
      inode != 0 && permissions[0] == 'r' && permissions[1] == '-' && permissions[3] == 'p';
  return TRUE;
}

gboolean
idle_memory_parse_anonymous (const char *line, gsize *out_kib)
{
  static const char label[] = "Anonymous:";
  guint64 kib;

  if (!g_str_has_prefix (line, label))
    return FALSE;
  const char *rest = line + strlen (label);
  rest += strspn (rest, " ");
  if (!take_number (&rest, 10, ' ', &kib))
    return FALSE;
  *out_kib = kib;
  return TRUE;
}

void
idle_memory_give_back (void)
{
  char line[MAX_LINE];
  IdleMapping mapping = { 0 };
  gsize anonymous_kib;

  malloc_trim (0);
  FILE *smaps = fopen ("/proc/self/smaps", "re");
  if (smaps == NULL)
    return;
  while (fgets (line, sizeof line, smaps) != NULL) {
    if (idle_memory_parse_mapping (line, &mapping))
      continue;
    /* no page of it was ever written to, so all of them can come back from the file */
    if (mapping.of_file && idle_memory_parse_anonymous (line, &anonymous_kib) && anonymous_kib == 0)
      madvise ((void *)mapping.start, mapping.end - mapping.start, MADV_DONTNEED);
  }
  fclose (smaps);
}
