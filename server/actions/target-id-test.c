#include "server/actions/target-id.h"

static void
each_platform_has_its_form (void)
{
  static const struct {
    ComputePlatform platform;
    const char *id;
    TargetIdVerdict verdict;
  } rows[] = {
    { COMPUTE_PLATFORM_SERVER, "web-01", TARGET_ID_GOOD },
    { COMPUTE_PLATFORM_SERVER, "i-0123abcd", TARGET_ID_GOOD },
    { COMPUTE_PLATFORM_SERVER, "i-0123456789abcdef0", TARGET_ID_GOOD },
    { COMPUTE_PLATFORM_SERVER, "i-0123456789abcdef01", TARGET_ID_NO_FORM },
    { COMPUTE_PLATFORM_SERVER, "i-web", TARGET_ID_NO_FORM },
    { COMPUTE_PLATFORM_SERVER, "i-", TARGET_ID_NO_FORM },
    { COMPUTE_PLATFORM_SERVER, "web 01", TARGET_ID_NO_NAME },
    { COMPUTE_PLATFORM_SERVER, "cluster:service", TARGET_ID_NO_NAME },
    { COMPUTE_PLATFORM_LAMBDA, "function", TARGET_ID_GOOD },
    { COMPUTE_PLATFORM_LAMBDA, "function:live", TARGET_ID_GOOD },
    { COMPUTE_PLATFORM_LAMBDA, "function:$LATEST", TARGET_ID_GOOD },
    { COMPUTE_PLATFORM_LAMBDA, "function:", TARGET_ID_NO_FORM },
    { COMPUTE_PLATFORM_LAMBDA, ":live", TARGET_ID_NO_FORM },
    { COMPUTE_PLATFORM_LAMBDA, "a:b:c", TARGET_ID_NO_FORM },
    { COMPUTE_PLATFORM_ECS, "cluster:service", TARGET_ID_GOOD },
    { COMPUTE_PLATFORM_ECS, "service", TARGET_ID_NO_FORM },
    { COMPUTE_PLATFORM_ECS, "cluster:service:x", TARGET_ID_NO_FORM },
    { COMPUTE_PLATFORM_ECS, "cluster/service", TARGET_ID_NO_FORM },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    if (target_id_check (rows[i].platform, rows[i].id) != rows[i].verdict)
      g_error ("%s on %s", rows[i].id, compute_platform_name (rows[i].platform));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/target-id/each-platform-has-its-form", each_platform_has_its_form);
  return g_test_run ();
}
