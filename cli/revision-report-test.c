#include "cli/revision-report.h"

#include <string.h>

static void
test_order_and_text (void)
{
  g_autoptr (RevisionReport) report = revision_report_new ();
  revision_report_add (report, REVISION_SEVERITY_ERROR, "appspec.yml", (YamlPlace){ 7, 3 }, "c");
  revision_report_add (report, REVISION_SEVERITY_WARNING, "hooks/start", (YamlPlace){ 0 }, "d");
  revision_report_add (report, REVISION_SEVERITY_WARNING, "appspec.yml", (YamlPlace){ 7, 1 }, "b");
  revision_report_add (report, REVISION_SEVERITY_ERROR, "appspec.yml", (YamlPlace){ 0 }, "a\nb");
  revision_report_add (report, REVISION_SEVERITY_ERROR, "appspec.yml", (YamlPlace){ 7, 3 },
                       "e \033[1m");
  g_autofree char *text = revision_report_text (report);
  g_autofree char *summary = revision_report_summary (report);
  g_assert_cmpstr (text, ==,
                   "appspec.yml: error: a b\n"
                   "appspec.yml:7:1: warning: b\n"
                   "appspec.yml:7:3: error: c\n"
                   "appspec.yml:7:3: error: e ?[1m\n"
                   "hooks/start: warning: d\n");
  g_assert_cmpstr (summary, ==, "3 errors, 2 warnings");
}

static void
test_json (void)
{
  g_autoptr (RevisionReport) report = revision_report_new ();
  revision_report_add (report, REVISION_SEVERITY_ERROR, "a\xff", (YamlPlace){ 2, 1 }, "\xff");
  revision_report_add (report, REVISION_SEVERITY_WARNING, "b", (YamlPlace){ 0 }, "w");
  report->platform = APPSPEC_PLATFORM_LAMBDA;
  g_autoptr (json_t) json = revision_report_json (report);
  g_assert_cmpstr (json_string_value (json_object_get (json, "computePlatform")), ==, "Lambda");
  g_assert_cmpint (json_integer_value (json_object_get (json, "errors")), ==, 1);
  g_assert_cmpint (json_integer_value (json_object_get (json, "warnings")), ==, 1);
  const json_t *findings = json_object_get (json, "findings");
  g_assert_cmpuint (json_array_size (findings), ==, 2);
  const json_t *first = json_array_get (findings, 0);
  g_assert_cmpint (json_integer_value (json_object_get (first, "line")), ==, 2);
  g_assert_cmpstr (json_string_value (json_object_get (first, "severity")), ==, "error");
  g_assert_null (json_object_get (json_array_get (findings, 1), "line"));
}

static void
test_cap (void)
{
  g_autoptr (RevisionReport) report = revision_report_new ();
  for (int i = 0; i < REVISION_MAX_FINDINGS + 3; i++) {
    revision_report_add (report, REVISION_SEVERITY_WARNING, "f", (YamlPlace){ 1, 1 }, "x");
  }
  g_autofree char *summary = revision_report_summary (report);
  g_assert_cmpuint (report->findings->len, ==, REVISION_MAX_FINDINGS);
  g_assert_cmpstr (summary, ==, "0 errors, 503 warnings (3 of them not shown)");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/revision-report/by-file-and-line-and-safe-to-print", test_order_and_text);
  g_test_add_func ("/revision-report/json-is-always-text", test_json);
  g_test_add_func ("/revision-report/findings-are-capped-and-counted", test_cap);
  return g_test_run ();
}
