#include "core/version.h"

#include <glib.h>

int
main (int argc, char **argv)
{
  g_print ("%s\n", version_string ());
  return 0;
}
