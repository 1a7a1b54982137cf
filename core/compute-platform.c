#include "core/compute-platform.h"

ENUM_NAMES_DEFINE (ComputePlatform, compute_platform, COMPUTE_PLATFORM_LIST)
