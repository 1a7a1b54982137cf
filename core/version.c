#include "core/version.h"

const char *
version_string (void)
{
  return SLIPWAY_VERSION;
}
