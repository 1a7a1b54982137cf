#pragma once

#include "core/compute-platform.h"

/* The forms that ids of targets have (api.md 3.6), by platform: an EC2 instance id or an on-premises instance's name; a
 * function's name, with its alias; <cluster>:<service>.
 *
 * Thread rule: any thread. */
typedef enum {
  TARGET_ID_GOOD,
  TARGET_ID_NO_NAME, /* Server: neither an EC2 instance id nor a name that an on-premises instance may have */
  TARGET_ID_NO_FORM /* not of the platform's form */
} TargetIdVerdict;

TargetIdVerdict target_id_check (ComputePlatform platform, const char *id);
