/* The beginning of a script in somebody's bundle. Whatever it is, what is said of it is text, and not much. */
#include "cli/revision-scripts.h"
#include "fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (RevisionReport) report = revision_report_new ();
  revision_scripts_check_text ((const char *)data, size, "script", report);
  g_autofree char *text = revision_report_text (report);

  g_assert (report->findings->len <= 2);
  g_assert (g_utf8_validate (text, -1, NULL));
  return 0;
}
