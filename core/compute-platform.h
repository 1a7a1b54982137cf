#pragma once

#include "core/enum-names.h"

/* Where an application runs (api.md 3.1). Only Server is deployed to in this version; the names of all are known. */
#define COMPUTE_PLATFORM_LIST(X)                                                                   \
  X (COMPUTE_PLATFORM_SERVER, "Server")                                                            \
  X (COMPUTE_PLATFORM_LAMBDA, "Lambda")                                                            \
  X (COMPUTE_PLATFORM_ECS, "ECS")

ENUM_NAMES_TYPE (ComputePlatform, COMPUTE_PLATFORM_LIST);
ENUM_NAMES_DECLARE (ComputePlatform, compute_platform)
