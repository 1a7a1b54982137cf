/* A server's file of integrations. A result can be asked for any name. */
#include "server/integrations/integrations.h"
#include "fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (Integrations) integrations = integrations_parse (
      (const char *)data, size, "integrations.yml", "/data", "us-east-1", &error);

  FUZZ_CHECK (integrations != NULL, error);
  if (integrations != NULL) {
    BalancerSettings balancer;
    g_autoptr (GError) unknown = NULL;
    gboolean found =
        integrations_find_balancer (integrations, BALANCER_KIND_ELB, "web", &balancer, &unknown);
    FUZZ_CHECK (found, unknown);
    g_assert (!found || balancer.driver != BALANCER_DRIVER_HAPROXY ||
              (balancer.sockets[0] != NULL && balancer.backend != NULL && balancer.server != NULL));
  }
  return 0;
}
