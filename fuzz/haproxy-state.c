/* What HAProxy answers about a backend. */
#include "server/integrations/haproxy-state.h"
#include "fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = g_strndup ((const char *)data, size);
  HaproxyServer server = { 0 };
  gboolean ok = haproxy_state_read (answer, "web", "web-01", arena, &server, &error);

  FUZZ_CHECK (ok, error);
  if (ok)
    g_assert (server.sessions >= 0 && g_utf8_validate (server.status, -1, NULL) &&
              g_utf8_validate (server.check, -1, NULL));
  return 0;
}
