#include "proto/shape.h"

#include "proto/api-enums.h"

static void
test_enumerations (void)
{
  g_assert_cmpint (api_compute_platform_from_name ("ECS"), ==, API_COMPUTE_PLATFORM_ECS);
  g_assert_cmpstr (api_compute_platform_name (API_COMPUTE_PLATFORM_ECS), ==, "ECS");
  g_assert_cmpint (api_compute_platform_from_name (NULL), ==, API_COMPUTE_PLATFORM_NONE);
  g_assert_cmpint (api_compute_platform_from_name ("ecs"), ==, API_COMPUTE_PLATFORM_NONE);
  g_assert_null (api_compute_platform_name (API_COMPUTE_PLATFORM_NONE));
  g_assert_cmpstr (api_deployment_creator_name (API_DEPLOYMENT_CREATOR_CODE_DEPLOY_ROLLBACK), ==,
                   "codeDeployRollback");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/shape/enumerations-convert-at-the-edge", test_enumerations);
  return g_test_run ();
}
