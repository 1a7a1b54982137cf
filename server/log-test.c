#include "server/log.h"

#include <string.h>
#include <unistd.h>

typedef struct {
  int ends[2];
  Log *log;
} Fixture;

static void
set_up (Fixture *f, gconstpointer level)
{
  g_assert_cmpint (pipe (f->ends), ==, 0);
  f->log = log_new (f->ends[1], GPOINTER_TO_INT (level));
}

static void
tear_down (Fixture *f, gconstpointer level)
{
  log_free (f->log);
  close (f->ends[0]);
}

/* What was written after the time stamp. */
static char *
written (Fixture *f)
{
  char buffer[4096] = { 0 };
  close (f->ends[1]);
  ssize_t n = read (f->ends[0], buffer, sizeof buffer - 1);
  g_assert_cmpint (n, >=, 0);
  const char *rest = strchr (buffer, ' ');
  return g_strdup (rest == NULL ? "" : rest + 1);
}

static void
test_plain (Fixture *f, gconstpointer data)
{
  log_info (f->log, "listening", log_text ("address", "127.0.0.1:1"), log_number ("threads", 2));
  g_autofree char *line = written (f);
  g_assert_cmpstr (line, ==, "level=info event=listening address=127.0.0.1:1 threads=2\n");
}

static void
test_hostile (Fixture *f, gconstpointer data)
{
  log_info (f->log, "request", log_text ("operation", "x\nlevel=error \"\\\x01"),
            log_text ("none", NULL));
  g_autofree char *line = written (f);
  g_assert_cmpstr (
      line, ==, "level=info event=request operation=\"x\\nlevel=error \\\"\\\\\\x01\" none=\"\"\n");
}

static void
test_long (Fixture *f, gconstpointer data)
{
  g_autofree char *text = g_strnfill (3000, 'a');
  log_info (f->log, "request", log_text ("path", text));
  g_autofree char *line = written (f);
  g_assert_cmpuint (strlen (line), <, 1200);
  g_assert_true (g_str_has_suffix (line, "a\"...\n"));
}

static void
test_level (Fixture *f, gconstpointer data)
{
  log_info (f->log, "quiet", log_number ("n", 1));
  log_warning (f->log, "loud", log_number ("n", 2));
  g_autofree char *line = written (f);
  g_assert_cmpstr (line, ==, "level=warning event=loud n=2\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, level, fn)                                                                       \
  g_test_add (path, Fixture, GINT_TO_POINTER (level), set_up, fn, tear_down)
  ADD ("/log/one-line-an-event", LOG_LEVEL_INFO, test_plain);
  ADD ("/log/hostile-text-stays-in-its-value", LOG_LEVEL_INFO, test_hostile);
  ADD ("/log/long-text-is-cut", LOG_LEVEL_INFO, test_long);
  ADD ("/log/below-the-level-nothing-is-written", LOG_LEVEL_WARNING, test_level);
  return g_test_run ();
}
