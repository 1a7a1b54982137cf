#include "server/settings.h"

#include <string.h>

typedef struct {
  Settings settings;
  Arena *arena;
  GError *error;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  settings_init (&f->settings);
  f->arena = arena_new ();
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  arena_free (f->arena);
  g_clear_error (&f->error);
}

static gboolean
parse (Fixture *f, const char *text)
{
  return settings_parse (&f->settings, text, strlen (text), "slipwayd.yml", f->arena, &f->error);
}

static void
test_defaults (Fixture *f, gconstpointer data)
{
  g_assert_cmpstr (f->settings.listen, ==, "127.0.0.1:8600");
  g_assert_cmpint (f->settings.clock_skew_s, ==, 300);
  g_assert_false (f->settings.plain_http_from_anywhere);
  g_assert_null (f->settings.allowed_regions[0]);
  g_assert_cmpint (f->settings.quotas.applications, ==, 1000);
}

static void
test_file (Fixture *f, gconstpointer data)
{
  gboolean ok = parse (f, "listen: 0.0.0.0:443\nplain-http-from-anywhere: true\npoll_wait_s: 5\n"
                          "allowed_regions: [us-east-1, eu-west-1]\nlog_level: warning\n"
                          "quota_applications: 7\n");
  g_assert_no_error (f->error);
  g_assert_true (ok);
  g_assert_cmpstr (f->settings.listen, ==, "0.0.0.0:443");
  g_assert_true (f->settings.plain_http_from_anywhere);
  g_assert_cmpint (f->settings.poll_wait_s, ==, 5);
  g_assert_cmpstr (f->settings.allowed_regions[1], ==, "eu-west-1");
  g_assert_null (f->settings.allowed_regions[2]);
  g_assert_cmpint (f->settings.level, ==, LOG_LEVEL_WARNING);
  g_assert_cmpint (f->settings.quotas.applications, ==, 7);
}

static void
test_sample (Fixture *f, gconstpointer data)
{
  g_autofree char *sample = settings_sample ();
  gboolean ok = parse (f, sample);
  g_assert_no_error (f->error);
  g_assert_true (ok);

  /* Without its comment signs every line must be acceptable too, and change nothing. */
  g_autoptr (GString) all = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (sample, "\n", -1);
  for (char **line = lines; *line != NULL; line++)
    if (**line == '#' && (*line)[1] != ' ')
      g_string_append_printf (all, "%s\n", *line + 1);
  ok = parse (f, all->str);
  g_assert_no_error (f->error);
  g_assert_true (ok);
  g_assert_cmpstr (f->settings.region, ==, "us-east-1");
  g_assert_cmpint (f->settings.quotas.triggers, ==, 10);
}

typedef struct {
  const char *text;
  int code;
  const char *says;
} BadFile;

static const BadFile bad_files[] = {
  { "listne: x\n", SETTINGS_ERROR_NAME, "slipwayd.yml: line 1: there is no setting \"listne\"" },
  { "\npoll_wait_s: 61\n", SETTINGS_ERROR_VALUE,
    "line 2: poll_wait_s is \"61\", but must be a whole number from 1 to 60" },
  { "poll_wait_s: soon\n", SETTINGS_ERROR_VALUE, "\"soon\"" },
  { "plain_http_from_anywhere: yes\n", SETTINGS_ERROR_VALUE, "true or false" },
  { "account_id: 12345678901x\n", SETTINGS_ERROR_VALUE, "twelve digits" },
  { "region: us/Prod/east\n", SETTINGS_ERROR_VALUE, "letters, digits and -" },
  { "partition: \"aws:iam\"\n", SETTINGS_ERROR_VALUE, "letters, digits and -" },
  { "log_level: loud\n", SETTINGS_ERROR_VALUE, "debug, info, warning or error" },
  { "region: ''\n", SETTINGS_ERROR_VALUE, "characters long" },
  { "quota_applications: 0\n", SETTINGS_ERROR_VALUE, "must be 1 to" },
  { "quota_apples: 1\n", SETTINGS_ERROR_NAME, "no quota" },
  { "- listen\n", SETTINGS_ERROR_SYNTAX, "name: value" },
  { "region: a\nregion: b\n", SETTINGS_ERROR_SYNTAX, "line 2" },
  { "region: {a: b}\n", SETTINGS_ERROR_SYNTAX, "not a mapping" },
  { "region: [", SETTINGS_ERROR_SYNTAX, "slipwayd.yml: " },
};

static void
test_bad (Fixture *f, gconstpointer data)
{
  const BadFile *bad = data;
  g_assert_false (parse (f, bad->text));
  g_assert_error (f->error, SETTINGS_ERROR, bad->code);
  if (strstr (f->error->message, bad->says) == NULL)
    g_error ("\"%s\" does not say \"%s\"", f->error->message, bad->says);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/settings/defaults", Fixture, NULL, set_up, test_defaults, tear_down);
  g_test_add ("/settings/a-file-overrides-defaults", Fixture, NULL, set_up, test_file, tear_down);
  g_test_add ("/settings/the-sample-is-valid-and-changes-nothing", Fixture, NULL, set_up,
              test_sample, tear_down);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_files); i++) {
    g_autofree char *path = g_strdup_printf ("/settings/bad-file-is-refused/%zu", i);
    g_test_add (path, Fixture, &bad_files[i], set_up, test_bad, tear_down);
  }
  return g_test_run ();
}
