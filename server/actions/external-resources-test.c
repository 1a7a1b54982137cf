#include "server/actions/action-harness.h"

static const Step steps[] = {
  { 187, "anything", "DeleteResourcesByExternalId", "{'externalId':'x'}", "= {}" },
  { 187, NULL, "DeleteResourcesByExternalId", "{}", "= {}" },
  { 0 },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_add ("external-resources", steps);
  return g_test_run ();
}
