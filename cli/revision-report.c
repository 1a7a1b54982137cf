#include "cli/revision-report.h"

#include "cli/terminal-text.h"

RevisionReport *
revision_report_new (void)
{
  RevisionReport *report = g_new0 (RevisionReport, 1);
  report->arena = arena_new ();
  report->ranks = g_hash_table_new (g_str_hash, g_str_equal);
  report->findings = g_array_new (FALSE, FALSE, sizeof (RevisionFinding));
  return report;
}

void
revision_report_free (RevisionReport *report)
{
  if (report == NULL) {
    return;
  }
  g_array_unref (report->findings);
  g_hash_table_unref (report->ranks);
  arena_free (report->arena);
  g_free (report);
}

/* The report's own copy of a file's name, and its rank. */
static const char *
intern_file (RevisionReport *report, const char *file, guint *out_rank)
{
  g_autofree char *valid = g_utf8_make_valid (file, -1);
  gpointer known, rank;
  if (g_hash_table_lookup_extended (report->ranks, valid, &known, &rank)) {
    *out_rank = GPOINTER_TO_UINT (rank);
    return known;
  }
  char *copy = arena_strdup (report->arena, valid);
  *out_rank = g_hash_table_size (report->ranks);
  g_hash_table_insert (report->ranks, copy, GUINT_TO_POINTER (*out_rank));
  return copy;
}

void
revision_report_add (RevisionReport *report, RevisionSeverity severity, const char *file,
                     YamlPlace place, const char *format, ...)
{
  report->n_errors += severity == REVISION_SEVERITY_ERROR;
  report->n_warnings += severity == REVISION_SEVERITY_WARNING;
  if (report->findings->len >= REVISION_MAX_FINDINGS) {
    return;
  }
  va_list arguments;
  va_start (arguments, format);
  g_autofree char *text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  RevisionFinding finding = { .severity = severity,
                              .place = place,
                              .text = arena_strdup (report->arena, valid) };
  finding.file = intern_file (report, file, &finding.file_rank);
  g_array_append_val (report->findings, finding);
}

void
revision_report_add_appspec (RevisionReport *report, const char *file, const AppSpecReport *appspec)
{
  report->platform = appspec->platform;
  for (gsize i = 0; i < appspec->n_findings; i++) {
    const AppSpecFinding *finding = &appspec->findings[i];
    revision_report_add (report,
                         finding->severity == APPSPEC_SEVERITY_WARNING ? REVISION_SEVERITY_WARNING
                                                                       : REVISION_SEVERITY_ERROR,
                         file, finding->place, "%s", finding->text);
  }
}

static const char *
severity_name (RevisionSeverity severity)
{
  return severity == REVISION_SEVERITY_ERROR ? "error" : "warning";
}

static int
compare_findings (gconstpointer a, gconstpointer b)
{
  const RevisionFinding *one = a, *other = b;
  if (one->file_rank != other->file_rank) {
    return one->file_rank < other->file_rank ? -1 : 1;
  }
  if (one->place.line != other->place.line) {
    return one->place.line < other->place.line ? -1 : 1;
  }
  if (one->place.column != other->place.column) {
    return one->place.column < other->place.column ? -1 : 1;
  }
  return 0;
}

static GArray *
in_order (const RevisionReport *report)
{
  GArray *ordered = g_array_copy (report->findings);
  g_array_sort (ordered, compare_findings);
  return ordered;
}

char *
revision_report_text (const RevisionReport *report)
{
  g_autoptr (GArray) ordered = in_order (report);
  GString *out = g_string_new (NULL);
  for (guint i = 0; i < ordered->len; i++) {
    const RevisionFinding *finding = &g_array_index (ordered, RevisionFinding, i);
    g_autofree char *file = terminal_text_line (finding->file);
    g_autofree char *text = terminal_text_line (finding->text);
    g_string_append (out, file);
    if (finding->place.line > 0) {
      g_string_append_printf (out, ":%u:%u", finding->place.line, finding->place.column);
    }
    g_string_append_printf (out, ": %s: %s\n", severity_name (finding->severity), text);
  }
  return g_string_free (out, FALSE);
}

char *
revision_report_summary (const RevisionReport *report)
{
  guint untold = report->n_errors + report->n_warnings - report->findings->len;
  g_autofree char *more =
      untold > 0 ? g_strdup_printf (" (%u of them not shown)", untold) : g_strdup ("");
  return g_strdup_printf ("%u error%s, %u warning%s%s", report->n_errors,
                          report->n_errors == 1 ? "" : "s", report->n_warnings,
                          report->n_warnings == 1 ? "" : "s", more);
}

json_t *
revision_report_json (const RevisionReport *report)
{
  static const char *const platforms[] = { [APPSPEC_PLATFORM_SERVER] = "Server",
                                           [APPSPEC_PLATFORM_ECS] = "ECS",
                                           [APPSPEC_PLATFORM_LAMBDA] = "Lambda" };
  g_autoptr (GArray) ordered = in_order (report);
  json_t *findings = json_array ();
  for (guint i = 0; i < ordered->len; i++) {
    const RevisionFinding *finding = &g_array_index (ordered, RevisionFinding, i);
    json_t *item = json_pack ("{s:s, s:s, s:s}", "file", finding->file, "severity",
                              severity_name (finding->severity), "message", finding->text);
    if (finding->place.line > 0) {
      json_object_set_new (item, "line", json_integer (finding->place.line));
      json_object_set_new (item, "column", json_integer (finding->place.column));
    }
    json_array_append_new (findings, item);
  }
  return json_pack (
      "{s:s?, s:i, s:i, s:o}", "computePlatform",
      report->platform < G_N_ELEMENTS (platforms) ? platforms[report->platform] : NULL, "errors",
      (int)report->n_errors, "warnings", (int)report->n_warnings, "findings", findings);
}
