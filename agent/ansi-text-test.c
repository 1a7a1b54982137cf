#include "agent/ansi-text.h"

#include <string.h>

static void
test_sequences (void)
{
  static const struct {
    const char *text, *expected;
  } cases[] = {
    { "", "" },
    { "plain\ttext\r\n", "plain\ttext\r\n" },
    { "\x1b[31mred\x1b[0m and \x1b[1;38;5;12mbold\x1b[m", "red and bold" },
    { "\x1b[2K\x1b[1G50%\x1b[?25l", "50%" },
    { "\x1b]0;a title\aafter", "after" },
    { "\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link" },
    { "\x1b(Bset\x1b=x", "setx" },
    { "cut off \x1b[3", "cut off " },
    { "cut off \x1b", "cut off " },
    { "cut off \x1b]0;title", "cut off " },
    { "\x1b[31\nbroken", "\nbroken" }, /* a line's end is not part of any */
    { "\x1b[\xc3\xa4", "\xc3\xa4" },
    { "\x1b\x1b[1mtwice", "twice" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *text = g_strdup (cases[i].text);
    gsize n = ansi_text_strip (text, strlen (text));
    text[n] = '\0';
    g_assert_cmpstr (text, ==, cases[i].expected);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ansi-text/sequences-go-and-text-stays", test_sequences);
  return g_test_run ();
}
