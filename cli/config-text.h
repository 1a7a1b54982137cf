#pragma once

#include "core/arena.h"
#include "proto/api-types.h"

/*
 * Deployment configurations as people write and read them. What is written is split only: ranges, and what goes with
 * which platform, are the server's to check. Errors are usage errors that say what is expected.
 *
 * Thread rule: any thread.
 */

/* "3": that many hosts; "75%": that part of them. */
gboolean config_text_minimum (const char *text, Arena *arena, const ApiMinimumHealthyHosts **out,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* "all-at-once", "canary:10:5" or "linear:10:1"; the numbers are percent and minutes. */
gboolean config_text_traffic (const char *text, Arena *arena, const ApiTrafficRoutingConfig **out,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A line for the name and one for each thing that is set. The caller frees it. */
char *config_text_describe (const ApiDeploymentConfigInfo *info);
