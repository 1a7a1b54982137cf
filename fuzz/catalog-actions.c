/* Requests to the service API, one a line: an operation, a blank, a body. Whatever they say, an answer is a result or a
 * named exception, never an internal failure; and the lists can be read afterwards. */
#include "fuzz/fuzz-target.h"
#include "server/actions/action-harness.h"

#define MAX_REQUESTS 40

static void
ask (Harness *harness, const char *operation, const char *body)
{
  g_autofree char *exception = NULL;
  const ApiOperation *op = api_operation_by_name (operation);
  const ActionRow *row = op != NULL ? action_registry_row (op->id) : NULL;
  if (row == NULL || row->action == NULL || op->service != API_SERVICE_CODEDEPLOY)
    return;
  g_autofree char *answer = harness_run (harness, operation, body, &exception);
  if (g_strcmp0 (exception, api_error_name (API_ERR_INTERNAL_FAILURE)) == 0)
    g_error ("%s %s: internal failure", operation, body);
  g_assert_true (g_utf8_validate (answer, -1, NULL));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (GStrv) requests = g_strsplit (text, "\n", MAX_REQUESTS);
  g_autoptr (Harness) harness = harness_new ();
  for (guint i = 0; requests[i] != NULL; i++) {
    char *blank = strchr (requests[i], ' ');
    if (blank == NULL)
      continue;
    *blank = '\0';
    ask (harness, requests[i], blank + 1);
  }
  ask (harness, "ListApplications", "{}");
  ask (harness, "ListOnPremisesInstances", "{}");
  return 0;
}
