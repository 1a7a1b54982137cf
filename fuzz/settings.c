/* A server's settings file. */
#include "server/settings.h"
#include "fuzz/fuzz-target.h"

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  Settings settings;

  settings_init (&settings);
  FUZZ_CHECK (settings_parse (&settings, (const char *)data, size, "slipwayd.yml", arena, &error),
              error);
  return 0;
}
