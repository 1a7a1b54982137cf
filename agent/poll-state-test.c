#include "agent/poll-state.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define T1 G_GINT64_CONSTANT (1440938160000) /* 2015-08-30T12:36:00Z */

static void
test_words (void)
{
  PollState state = { 0 };
  g_autofree char *none = poll_state_describe (&state);
  g_assert_cmpstr (none, ==, "no poll has been answered yet");

  poll_state_failed (&state, T1, "no route");
  poll_state_failed (&state, T1 + 5000, "refused");
  g_autofree char *never = poll_state_describe (&state);
  g_assert_cmpstr (never, ==,
                   "polls have been failing since 2015-08-30T12:36:00.000Z (refused); no poll has "
                   "been answered yet");

  poll_state_answered (&state, T1 + 60000);
  g_autofree char *well = poll_state_describe (&state);
  g_assert_cmpstr (well, ==, "the last poll was answered at 2015-08-30T12:37:00.000Z");
  poll_state_failed (&state, T1 + 120000, "refused");
  g_autoptr (GString) json = g_string_new (NULL);
  poll_state_append_json (&state, json);
  g_assert_cmpstr (
      json->str, ==,
      "{\"answered\":\"2015-08-30T12:37:00.000Z\",\"failing_since\":\"2015-08-30T12:38:"
      "00.000Z\",\"error\":\"refused\"}");
}

/* It may come from anybody, and goes to the service manager, where a line break begins another message. */
static void
test_strange_errors (void)
{
  PollState state = { 0 };
  g_autofree char *long_one = g_strnfill (10000, 'x');
  g_autofree char *cut_letter = g_strnfill (POLL_STATE_MAX_ERROR + 1, 'x');

  poll_state_failed (&state, T1, "a\nREADY=1\x7f");
  g_assert_cmpstr (state.error, ==, "a READY=1 ");
  poll_state_failed (&state, T1, long_one);
  g_assert_cmpuint (strlen (state.error), ==, POLL_STATE_MAX_ERROR);
  memcpy (cut_letter + POLL_STATE_MAX_ERROR - 1, "\xc3\xbc", 2);
  poll_state_failed (&state, T1, cut_letter);
  g_assert_cmpuint (strlen (state.error), ==, POLL_STATE_MAX_ERROR - 1);
}

static void
test_note (void)
{
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp ("poll-state-XXXXXX", &path, NULL);
  PollState state = { 0 }, read;

  g_assert_false (poll_state_read (&read, fd));
  memset (state.error, '\\', POLL_STATE_MAX_ERROR);
  state.answered_ms = T1;
  state.failing_since_ms = T1 + 1000;
  g_assert_true (poll_state_note (&state, fd, NULL));
  g_assert_true (poll_state_read (&read, fd));
  g_assert_cmpmem (&read, sizeof read, &state, sizeof state);

  poll_state_answered (&state, T1 + 2000); /* a shorter one leaves nothing of the longer */
  g_assert_true (poll_state_note (&state, fd, NULL));
  g_assert_true (poll_state_read (&read, fd));
  g_assert_cmpmem (&read, sizeof read, &state, sizeof state);

  g_assert_cmpint (ftruncate (fd, 0), ==, 0);
  g_assert_cmpint (pwrite (fd, "{\"answered\":7,\"error\":[]}", 25, 0), ==, 25);
  g_assert_true (poll_state_read (&read, fd));
  g_assert_cmpint (read.answered_ms, ==, 0);
  g_assert_cmpint (pwrite (fd, "rubbish", 7, 0), ==, 7);
  g_assert_false (poll_state_read (&read, fd));
  close (fd);

  g_autoptr (GError) error = NULL;
  g_assert_false (poll_state_note (&state, -1, &error));
  g_assert_nonnull (error);
  g_unlink (path);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/poll-state/in-words-and-as-json", test_words);
  g_test_add_func ("/poll-state/errors-are-made-fit-for-a-line", test_strange_errors);
  g_test_add_func ("/poll-state/what-is-noted-is-read", test_note);
  return g_test_run ();
}
