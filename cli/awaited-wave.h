#pragma once

#include "proto/api-types.h"

/*
 * The wave that a deployment waits with until somebody approves of it. An approval always names the wave that was seen:
 * asked for twice, it is never one of the wave after it as well.
 *
 * Thread rule: any thread.
 */

/* Borrowed from info. Refused (CLI_EXIT_REFUSED) when it is over, or waits for no approval. */
const char *awaited_wave (const ApiDeploymentInfo *info, GError **error) G_GNUC_WARN_UNUSED_RESULT;
