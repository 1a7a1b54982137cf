#pragma once

#include "cli/verb.h"
#include "core/arena.h"
#include "proto/api-types.h"

/*
 * The replacement hosts of a blue/green deployment (targetInstances) as people write them: tags, of which a host has any, and
 * names of Auto Scaling groups.
 *
 *   fleet=green    this key with this value
 *   green          this key with any value
 *
 * What is written is split only: whether such hosts are wanted, and how many tags may be, is the server's to check. Errors are usage
 * errors.
 *
 * Thread rule: any thread.
 */

/* tags and groups may be NULL; when both are, *out is NULL. Texts are copied into arena. */
gboolean replacement_text_read (const Verb *verb, char **tags, char **groups, Arena *arena,
                                const ApiTargetInstances **out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
