/* What appspec_check says: the reports in tests/golden/appspec, and what a file there cannot show. */
#include "core/appspec-reader.h"

#include <string.h>

static const char *
severity_name (AppSpecSeverity severity)
{
  static const char *const names[] = { [APPSPEC_SEVERITY_ERROR] = "error",
                                       [APPSPEC_SEVERITY_MISTAKE] = "mistake",
                                       [APPSPEC_SEVERITY_WARNING] = "warning" };
  return names[severity];
}

/* What the agent says of it, then the findings, a line each. */
static char *
describe (const char *text, gsize n)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const AppSpecReport *report = appspec_check (text, n, arena);
  gboolean taken = appspec_parse (text, n, arena, &error) != NULL;
  GString *out = g_string_new (taken ? "the agent takes it\n" : "the agent refuses it: ");

  g_assert_true (taken == (error == NULL));
  if (report->platform == APPSPEC_PLATFORM_SERVER)
    g_assert_true (taken == (report->n_errors == 0));
  if (!taken)
    g_string_append_printf (out, "%s\n", error->message);
  for (gsize i = 0; i < report->n_findings; i++) {
    const AppSpecFinding *finding = &report->findings[i];
    g_string_append_printf (out, "%u:%u: %s: %s\n", finding->place.line, finding->place.column,
                            severity_name (finding->severity), finding->text);
  }
  return g_string_free (out, FALSE);
}

static char *
read_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;
  char *text = NULL;
  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static void
test_golden (void)
{
  g_autofree char *folder =
      g_build_filename (g_getenv ("SLIPWAY_SOURCE_ROOT"), "tests", "golden", "appspec", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL) {
    if (!g_str_has_suffix (name, ".yml") && !g_str_has_suffix (name, ".json"))
      continue;
    g_autofree char *stem = g_strndup (name, (gsize)(strrchr (name, '.') - name));
    g_autofree char *expected_name = g_strconcat (stem, ".expected", NULL);
    g_autofree char *text = read_file (folder, name);
    g_autofree char *expected = read_file (folder, expected_name);
    g_autofree char *said = describe (text, strlen (text));
    if (strcmp (said, expected) != 0)
      g_error ("%s: expected\n%sbut it says\n%s", name, expected, said);
    n++;
  }
  g_assert_cmpuint (n, >=, 10);
}

static void
test_items_with_errors_are_left_out (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *text = "version: 9\nos: linux\nfiles:\n  - source: a\n  - source: b\n"
                     "    destination: /b\nhooks:\n  AfterInstall:\n    - location: x\n"
                     "    - {location: y, timeout: 0}\n";
  const AppSpecReport *report = appspec_check (text, strlen (text), arena);
  g_assert_cmpuint (report->n_errors, ==, 3);
  g_assert_cmpuint (report->appspec->n_files, ==, 1);
  g_assert_cmpstr (report->appspec->files[0].source, ==, "b");
  g_assert_cmpuint (report->appspec->files[0].source_at.line, ==, 5);
  g_assert_cmpuint (report->appspec->files[0].source_at.column, ==, 13);
  const AppSpecHook *hook = appspec_hook (report->appspec, "AfterInstall");
  g_assert_cmpuint (hook->n_scripts, ==, 1);
  g_assert_cmpuint (hook->scripts[0].location_at.line, ==, 9);
}

/* However much is wrong, memory and output stay bounded, and the agent still has its first error. */
static void
test_findings_are_capped (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new ("version: 0.0\nos: linux\n");
  for (int i = 0; i < APPSPEC_MAX_FINDINGS + 50; i++)
    g_string_append_printf (text, "unknown%d: x\n", i);
  g_string_append (text, "hooks: {}\nfiles:\n");
  for (int i = 0; i < APPSPEC_MAX_FINDINGS + 50; i++)
    g_string_append (text, "  - {source: a}\n");
  const AppSpecReport *report = appspec_check (text->str, text->len, arena);
  g_assert_cmpuint (report->n_findings, ==, APPSPEC_MAX_FINDINGS);
  g_assert_cmpuint (report->n_errors, ==, APPSPEC_MAX_FINDINGS + 50);
  g_assert_null (appspec_parse (text->str, text->len, arena, &error));
  g_assert_error (error, APPSPEC_ERROR, APPSPEC_ERROR_FILES);
}

static void
test_first_error_survives_the_cap (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) text = g_string_new ("version: 0.0\nos: linux\nhooks:\n");
  for (int i = 0; i < APPSPEC_MAX_FINDINGS + 50; i++)
    g_string_append_printf (text, "  Own%d: [{location: a}]\n", i);
  g_string_append (text, "file_exists_behavior: keep\n");
  g_assert_null (appspec_parse (text->str, text->len, arena, &error));
  g_assert_error (error, APPSPEC_ERROR, APPSPEC_ERROR_FILE_EXISTS);
}

static void
test_findings_are_valid_text (void)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GString) text = g_string_new ("version: 0.0\nos: linux\nfile_exists_behavior: a");
  for (int i = 0; i < 100; i++)
    g_string_append (text, "\xc3\xa9"); /* a cut after an even number of bytes would hit one */
  g_string_append_c (text, '\n');
  const AppSpecReport *report = appspec_check (text->str, text->len, arena);
  g_assert_cmpuint (report->n_findings, ==, 1);
  g_assert_true (g_utf8_validate (report->findings[0].text, -1, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/appspec-reader/golden-files-get-their-reports", test_golden);
  g_test_add_func ("/appspec-reader/items-with-errors-are-left-out",
                   test_items_with_errors_are_left_out);
  g_test_add_func ("/appspec-reader/findings-are-capped", test_findings_are_capped);
  g_test_add_func ("/appspec-reader/first-error-survives-the-cap",
                   test_first_error_survives_the_cap);
  g_test_add_func ("/appspec-reader/findings-are-valid-text", test_findings_are_valid_text);
  return g_test_run ();
}
