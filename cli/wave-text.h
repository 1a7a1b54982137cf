#pragma once

#include "core/arena.h"
#include "proto/api-types.h"

/*
 * Waves as people write them, one text each: HOSTS or NAME:HOSTS, and what else it has behind commas.
 *
 *   canary:1,wait=300,approval     one host; 300 seconds later somebody must approve of the next
 *   25%,success=90,error=5         a quarter of what is left; so much must succeed, no more may fail
 *   eu:region=eu                   the hosts with this tag
 *   rest                           all that are left; the last one
 *
 * What is written is split only: ranges, and what goes together, are the server's to check. Errors are usage errors.
 *
 * Thread rule: any thread.
 */

/* texts NULL: *out is NULL. Texts are copied into arena. */
gboolean wave_text_read (char **texts, Arena *arena, const ApiWaveList **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
