#include "agent/idle-memory.h"

#include <stdio.h>
#include <string.h>

static void
test_lines (void)
{
  IdleMapping mapping;
  gsize kib;
  g_assert_true (idle_memory_parse_mapping (
      "7f00-7f10 r-xp 00028000 08:01 1234   /usr/lib/libc.so.6\n", &mapping));
  g_assert_cmpuint (mapping.start, ==, 0x7f00);
  g_assert_cmpuint (mapping.end, ==, 0x7f10);
  g_assert_true (mapping.of_file);
  static const char *const others[] = {
    "7f00-7f10 rw-p 00028000 08:01 1234   /usr/lib/libc.so.6\n",
    "7f00-7f10 r--s 00028000 08:01 1234   /usr/lib/gconv.cache\n",
    "7f00-7f10 r-xp 00000000 00:00 0      [vdso]\n",
    "7f00-7f10 ---p 00000000 08:01 1234   /usr/lib/libc.so.6\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++) {
    g_assert_true (idle_memory_parse_mapping (others[i], &mapping));
    g_assert_false (mapping.of_file);
  }
  g_assert_false (idle_memory_parse_mapping ("Rss:                  12 kB\n", &mapping));
  g_assert_true (idle_memory_parse_anonymous ("Anonymous:            12 kB\n", &kib));
  g_assert_cmpuint (kib, ==, 12);
  g_assert_false (idle_memory_parse_anonymous ("AnonHugePages:         0 kB\n", &kib));
}

static gsize
resident_kib (void)
{
  gsize kib = 0;
  char line[200];
  FILE *file = fopen ("/proc/self/smaps_rollup", "re");
  while (file != NULL && fgets (line, sizeof line, file) != NULL)
    if (g_str_has_prefix (line, "Rss:"))
      kib = g_ascii_strtoull (line + strlen ("Rss:") + strspn (line + strlen ("Rss:"), " "), NULL,
                              10);
  if (file != NULL)
    fclose (file);
  return kib;
}

static void
test_give_back (void)
{
  gsize before = resident_kib ();
  idle_memory_give_back ();
  gsize after = resident_kib ();
  g_test_message ("resident: %" G_GSIZE_FORMAT " KiB, then %" G_GSIZE_FORMAT " KiB", before, after);
  g_assert_cmpuint (after, <, before);
  g_assert_cmpint (strcmp (g_strerror (2), ""), !=, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/idle-memory/only-unwritten-pages-of-files-count", test_lines);
  g_test_add_func ("/idle-memory/less-is-resident-afterwards", test_give_back);
  return g_test_run ();
}
