#include "server/actions/action-harness.h"

#define NAMES     "'applicationName':'a','deploymentGroupName':'g'"
#define PUT(more) "{'deploymentId':'<id>','lifecycleEventHookExecutionId':" more "}"
#define STEP(operation, input, expect)                                                             \
  {                                                                                                \
    1, NULL, operation, input, expect                                                              \
  }
#define DEPLOYED(platform, type, more)                                                             \
  STEP ("CreateApplication", "{'applicationName':'a','computePlatform':'" platform "'}", "{}"),    \
      STEP ("CreateDeploymentGroup",                                                               \
            "{" NAMES ",'serviceRoleArn':'arn:aws:iam::123456789012:role/r'" more "}", "{}"),      \
      STEP ("CreateDeployment",                                                                    \
            "{" NAMES ",'revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':"    \
            "'k','bundleType':'" type "'}}}",                                                      \
            "{'deploymentId':'<id>'}")

static void
run (Harness *harness, const Step *steps, gsize n)
{
  for (gsize i = 0; i < n; i++)
    harness_step (harness, &steps[i]);
}

typedef struct {
  Harness *harness;
  LifecycleEvent event;
  const char *name; /* the id is caught under */
} Begin;

static gboolean
begin_work (StoreTx *tx, gpointer data, GError **error)
{
  const Begin *begin = data;
  Harness *harness = begin->harness;
  g_autoptr (Arena) arena = arena_new ();
  const char *id =
      engine_hook_begin (harness->engine, tx, g_hash_table_lookup (harness->caught, "id"),
                         "function:live", begin->event, harness->fake.now_ms, arena, error);
  if (id == NULL)
    return FALSE;
  g_hash_table_insert (harness->caught, g_strdup (begin->name), g_strdup (id));
  return TRUE;
}

/* As a platform does that calls a hook. */
static void
begin_hook (Harness *harness, LifecycleEvent event, const char *name)
{
  Begin begin = { harness, event, name };
  g_autoptr (GError) error = NULL;
  g_assert_true (store_run (harness->store, STORE_WRITE, begin_work, &begin, &error));
  g_assert_no_error (error);
}

static void
the_first_report_counts (void)
{
  static const Step make[] = { DEPLOYED ("Lambda", "YAML", "") };
  static const Step report[] = {
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'<before>','status':'Succeeded'"),
          "= {'lifecycleEventHookExecutionId':'<before>'}"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'<before>','status':'Succeeded'"),
          "!LifecycleEventAlreadyCompletedException"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'<before>','status':'Failed'"),
          "!LifecycleEventAlreadyCompletedException"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'<after>','status':'Failed'"),
          "{'lifecycleEventHookExecutionId':'<after>'}"),
  };
  g_autoptr (Harness) harness = harness_new ();
  run (harness, make, G_N_ELEMENTS (make));
  begin_hook (harness, LIFECYCLE_BEFORE_ALLOW_TRAFFIC, "before");
  begin_hook (harness, LIFECYCLE_AFTER_ALLOW_TRAFFIC, "after");
  run (harness, report, G_N_ELEMENTS (report));
}

static void
each_event_has_one_id_that_is_not_to_be_guessed (void)
{
  static const Step make[] = { DEPLOYED ("Lambda", "YAML", "") };
  g_autoptr (Harness) harness = harness_new ();
  run (harness, make, G_N_ELEMENTS (make));
  begin_hook (harness, LIFECYCLE_BEFORE_ALLOW_TRAFFIC, "one");
  begin_hook (harness, LIFECYCLE_BEFORE_ALLOW_TRAFFIC, "again");
  begin_hook (harness, LIFECYCLE_AFTER_ALLOW_TRAFFIC, "other");
  const char *one = g_hash_table_lookup (harness->caught, "one");
  g_assert_cmpuint (strlen (one), ==, 64);
  g_assert_cmpstr (g_hash_table_lookup (harness->caught, "again"), ==, one);
  g_assert_cmpstr (g_hash_table_lookup (harness->caught, "other"), !=, one);
}

static void
what_is_wrong_is_told (void)
{
  static const Step make[] = { DEPLOYED ("Lambda", "YAML", "") };
  static const Step report[] = {
    STEP ("PutLifecycleEventHookExecutionStatus",
          "{'lifecycleEventHookExecutionId':'<hook>','status':'Failed'}",
          "!DeploymentIdRequiredException"),
    STEP ("PutLifecycleEventHookExecutionStatus",
          "{'deploymentId':'d-1','lifecycleEventHookExecutionId':'<hook>','status':'Failed'}",
          "!InvalidDeploymentIdException"),
    STEP ("PutLifecycleEventHookExecutionStatus",
          "{'deploymentId':'d-AAAAAAAA1','lifecycleEventHookExecutionId':'<hook>','status':"
          "'Failed'}",
          "!DeploymentDoesNotExistException"),
    STEP ("PutLifecycleEventHookExecutionStatus", "{'deploymentId':'<id>','status':'Failed'}",
          "!InvalidLifecycleEventHookExecutionIdException"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'','status':'Failed'"),
          "!InvalidLifecycleEventHookExecutionIdException"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'guessed','status':'Failed'"),
          "!InvalidLifecycleEventHookExecutionIdException: guessed"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'<hook>'"),
          "!InvalidLifecycleEventHookExecutionStatusException"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'<hook>','status':'InProgress'"),
          "!InvalidLifecycleEventHookExecutionStatusException"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'<hook>','status':'Fine'"),
          "!InvalidLifecycleEventHookExecutionStatusException"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'<hook>','status':'Failed'"), "{}"),
  };
  g_autoptr (Harness) harness = harness_new ();
  run (harness, make, G_N_ELEMENTS (make));
  begin_hook (harness, LIFECYCLE_BEFORE_ALLOW_TRAFFIC, "hook");
  run (harness, report, G_N_ELEMENTS (report));
}

static void
a_hook_of_a_deployment_that_is_over_has_ended (void)
{
  static const Step make[] = { DEPLOYED ("Lambda", "YAML", "") };
  static const Step report[] = {
    STEP ("StopDeployment", "{'deploymentId':'<id>'}", "{'status':'Succeeded'}"),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'<hook>','status':'Succeeded'"),
          "!LifecycleEventAlreadyCompletedException"),
  };
  g_autoptr (Harness) harness = harness_new ();
  run (harness, make, G_N_ELEMENTS (make));
  begin_hook (harness, LIFECYCLE_BEFORE_ALLOW_TRAFFIC, "hook");
  run (harness, report, G_N_ELEMENTS (report));
}

static void
a_hook_is_known_to_its_own_deployment_only (void)
{
  static const Step make[] = { DEPLOYED ("Lambda", "YAML", "") };
  static const Step report[] = {
    STEP ("StopDeployment", "{'deploymentId':'<id>'}", "{'status':'Succeeded'}"),
    STEP ("CreateDeployment",
          "{" NAMES ",'revision':{'revisionType':'S3','s3Location':{'bucket':'bucket','key':'k',"
          "'bundleType':'YAML'}}}",
          "{'deploymentId':'<next>'}"),
    STEP ("PutLifecycleEventHookExecutionStatus",
          "{'deploymentId':'<next>','lifecycleEventHookExecutionId':'<hook>','status':'Failed'}",
          "!InvalidLifecycleEventHookExecutionIdException"),
  };
  g_autoptr (Harness) harness = harness_new ();
  run (harness, make, G_N_ELEMENTS (make));
  begin_hook (harness, LIFECYCLE_BEFORE_ALLOW_TRAFFIC, "hook");
  run (harness, report, G_N_ELEMENTS (report));
}

static void
servers_have_no_such_hooks (void)
{
  static const Step steps[] = {
    DEPLOYED ("Server", "zip", ""),
    STEP ("PutLifecycleEventHookExecutionStatus", PUT ("'x','status':'Succeeded'"),
          "!UnsupportedActionForDeploymentTypeException"),
  };
  g_autoptr (Harness) harness = harness_new ();
  run (harness, steps, G_N_ELEMENTS (steps));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lifecycle-hooks/the-first-report-counts", the_first_report_counts);
  g_test_add_func ("/lifecycle-hooks/each-event-has-one-id-that-is-not-to-be-guessed",
                   each_event_has_one_id_that_is_not_to_be_guessed);
  g_test_add_func ("/lifecycle-hooks/what-is-wrong-is-told", what_is_wrong_is_told);
  g_test_add_func ("/lifecycle-hooks/a-hook-of-a-deployment-that-is-over-has-ended",
                   a_hook_of_a_deployment_that_is_over_has_ended);
  g_test_add_func ("/lifecycle-hooks/a-hook-is-known-to-its-own-deployment-only",
                   a_hook_is_known_to_its_own_deployment_only);
  g_test_add_func ("/lifecycle-hooks/servers-have-no-such-hooks", servers_have_no_such_hooks);
  return g_test_run ();
}
