#include "agent/idle-memory.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

gboolean
idle_memory_is_code (const char *maps_line, gsize *out_start, gsize *out_end)
{
  unsigned long start, end, offset, inode;
  char permissions[5];
  unsigned major, minor;

  if (sscanf (maps_line, "%lx-%lx %4s %lx %x:%x %lu", &start, &end, permissions, &offset, &major,
              &minor, &inode) != 7)
    return FALSE;
  if (strcmp (permissions, "r-xp") != 0 || inode == 0)
    return FALSE;
  *out_start = start;
  *out_end = end;
  return TRUE;
}

void
idle_memory_give_back (void)
{
  char line[4096 + 100];

  malloc_trim (0);
  FILE *maps = fopen ("/proc/self/maps", "re");
  if (maps == NULL)
    return;
  while (fgets (line, sizeof line, maps) != NULL) {
    gsize start, end;
    /* code is mapped from its file and was never written, so dropping it loses nothing */
    if (idle_memory_is_code (line, &start, &end))
      madvise ((void *)start, end - start, MADV_DONTNEED);
  }
  fclose (maps);
}
