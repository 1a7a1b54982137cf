#include "cli/revision-scripts.h"

#include <string.h>

/* What is said of a script's text; "" when nothing is. */
static char *
said (const char *text, gsize n)
{
  g_autoptr (RevisionReport) report = revision_report_new ();
  revision_scripts_check_text (text, n, "s", report);
  return revision_report_text (report);
}

static void
test_nothing_to_say (void)
{
  static const char *const texts[] = {
    "#!/bin/sh\necho\n",
    "#! /bin/bash -e\n",
    "#!/usr/bin/env python3\n",
    "#!/usr/bin/env -S python3 -u\n",
    "#!/bin/sh",
    "\177ELF\r\n",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *text = said (texts[i], strlen (texts[i]));
    g_assert_cmpstr (text, ==, "");
  }
}

static void
test_findings (void)
{
  static const char *const cases[][2] = {
    { "", "s:1:1: warning: the script is empty" },
    { "echo\n", "s:1:1: warning: the script does not begin with \"#!\"" },
    { "#!\n", "s:1:1: error: \"#!\" names no interpreter" },
    { "#!bash\n", "s:1:1: error: the interpreter must be an absolute path, not \"bash\"" },
    { "#!/usr/bin/env\n", "s:1:1: error: /usr/bin/env is not told which program" },
    { "#!/usr/bin/env python3 -u\n", "s:1:1: error: /usr/bin/env gets \"python3 ...\"" },
    { "#!/bin/sh\r\necho\r\n", "s:1:1: error: the line ends in CR LF: the system looks for an "
                               "interpreter \"/bin/sh\\r\"" },
    { "#!/bin/sh\necho\r\n", "s:2:5: warning: the line ends in CR LF" },
    { "\xef\xbb\xbf#!/bin/sh\n", "s:1:1: error: a byte order mark" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = said (cases[i][0], strlen (cases[i][0]));
    g_assert_true (g_str_has_prefix (text, cases[i][1]));
    g_assert_true (strchr (text, '\n') == text + strlen (text) - 1); /* and nothing else */
  }
  g_autofree char *line = g_strnfill (300, 'x');
  g_autofree char *long_line = g_strconcat ("#!/", line, "\n", NULL);
  g_autofree char *text = said (long_line, strlen (long_line));
  g_assert_nonnull (strstr (text, "longer than the 255 bytes"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/revision-scripts/good-scripts-pass", test_nothing_to_say);
  g_test_add_func ("/revision-scripts/first-lines-that-cannot-be-started", test_findings);
  return g_test_run ();
}
