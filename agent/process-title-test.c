#include "agent/process-title.h"

#include <string.h>

static void
test_within (void)
{
  char room[] = "0123456789";
  ProcessTitle title = { room, sizeof room };
  process_title_set (&title, "abc");
  g_assert_cmpmem (room, sizeof room, "abc\0\0\0\0\0\0\0", sizeof room);
  process_title_set (&title, "a title that is too long");
  g_assert_cmpmem (room, sizeof room, "a title th", sizeof room);
}

static void
test_no_room (void)
{
  char none[] = "";
  ProcessTitle title = { none, 1 };
  process_title_set (&title, "abc");
  g_assert_cmpstr (none, ==, "");
  process_title_set (&(ProcessTitle){ 0 }, "abc");
}

int
main (int argc, char **argv)
{
  ProcessTitle title = process_title_begin (argc, argv);
  g_assert_cmpuint (title.size, >, strlen (argv[0]));
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-title/stays-within-its-room", test_within);
  g_test_add_func ("/process-title/without-room-nothing-is-written", test_no_room);
  return g_test_run ();
}
