#include <stdio.h>

#include "cli/exit-status.h"
#include "cli/positional.h"
#include "cli/revision-check.h"
#include "cli/verb.h"

static void
print_report (const RevisionReport *report, const char *path)
{
  g_autofree char *text = revision_report_text (report);
  g_autofree char *summary = revision_report_summary (report);
  printf ("%s%s: %s\n", text, path, summary);
}

static int
run (Session *session, char **argv, GError **error)
{
  g_autofree char *appspec = NULL;
  gboolean strict = FALSE;
  const GOptionEntry entries[] = {
    { "appspec-filename", 'A', 0, G_OPTION_ARG_STRING, &appspec,
      "The AppSpec's name in the revision [appspec.yml]", "NAME" },
    { "strict", 0, 0, G_OPTION_ARG_NONE, &strict, "Exit status 1 for warnings too", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (GStrv) rest = NULL;
  if (!VERB_PARSE (session, verb_validate, entries, argv, &rest, error) ||
      !positional_exactly (&verb_validate, rest, 1, error)) {
    return CLI_EXIT_USAGE;
  }
  g_autoptr (RevisionReport) report = revision_check (rest[0], appspec, REVISION_CHECK_ALL, error);
  if (report == NULL) {
    return CLI_EXIT_INPUT;
  }
  if (session_output (session) == SESSION_OUTPUT_JSON) {
    session_print_json (revision_report_json (report));
  } else {
    print_report (report, rest[0]);
  }
  return report->n_errors > 0 || (strict && report->n_warnings > 0) ? CLI_EXIT_WRONG : CLI_EXIT_OK;
}

const Verb verb_validate = {
  "validate", "FOLDER|BUNDLE",
  "Checks a revision, or an AppSpec alone: everything that is wrong, with line and column.", run
};
