#include "agent/idle-memory.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define MAX_LINE (4096 + 200)

gboolean
idle_memory_parse_mapping (const char *line, IdleMapping *out)
{
  unsigned long start, end, offset, inode;
  unsigned major, minor;
  char permissions[5];

  if (sscanf (line, "%lx-%lx %4s %lx %x:%x %lu", &start, &end, permissions, &offset, &major, &minor,
              &inode) != 7)
    return FALSE;
  *out = (IdleMapping){ .start = start, .end = end };
  out->of_file =
      inode != 0 && permissions[0] == 'r' && permissions[1] == '-' && permissions[3] == 'p';
  return TRUE;
}

gboolean
idle_memory_parse_anonymous (const char *line, gsize *out_kib)
{
  unsigned long kib;
  if (sscanf (line, "Anonymous: %lu kB", &kib) != 1)
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
