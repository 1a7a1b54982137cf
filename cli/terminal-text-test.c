#include "cli/terminal-text.h"

static void
test_controls (void)
{
  g_autofree char *line = terminal_text_line ("a\033[31mb\nc\td\r\x07\n");
  g_assert_cmpstr (line, ==, "a?[31mb c d?");
  g_autofree char *broken = terminal_text_line ("x\xff\xfey");
  g_assert_cmpstr (broken, ==, "x??y");
  g_autofree char *c1 = terminal_text_line ("x\xc2\x9b"
                                            "31my");
  g_assert_cmpstr (c1, ==, "x?31my");
  g_autofree char *turned = terminal_text_line ("x\xe2\x80\xae"
                                                "y");
  g_assert_cmpstr (turned, ==, "x?y");
  g_autofree char *none = terminal_text_line (NULL);
  g_assert_cmpstr (none, ==, "");
}

static void
test_block (void)
{
  g_autofree char *block = terminal_text_block ("one\n\033two\n\n", "| ");
  g_assert_cmpstr (block, ==, "| one\n| ?two\n");
}

static void
test_fit (void)
{
  g_autofree char *padded = terminal_text_fit ("äb", 4);
  g_assert_cmpstr (padded, ==, "äb  ");
  g_autofree char *cut = terminal_text_fit ("äbcdef", 4);
  g_assert_cmpstr (cut, ==, "äbc~");
  g_autofree char *nothing = terminal_text_fit ("abc", 0);
  g_assert_cmpstr (nothing, ==, "");
}

static void
test_wrapped_between_words (void)
{
  g_autofree char *text = terminal_text_wrap ("one two three\nmuchtoolong x", 9, 2);
  g_assert_cmpstr (text, ==, "one two\n  three\n  muchtoolong\n  x");
  g_autofree char *nothing = terminal_text_wrap (NULL, 9, 2);
  g_assert_cmpstr (nothing, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/terminal-text/control-characters-do-not-reach-the-terminal", test_controls);
  g_test_add_func ("/terminal-text/a-block-has-a-prefix-on-each-line", test_block);
  g_test_add_func ("/terminal-text/fit-counts-characters-not-bytes", test_fit);
  g_test_add_func ("/terminal-text/wrapped-between-words", test_wrapped_between_words);
  return g_test_run ();
}
