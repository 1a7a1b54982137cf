#pragma once

#include "cli/verb.h"
#include "proto/api-types.h"

/*
 * The arguments that are left when a verb's options are taken out, and the options that it cannot do without. Errors
 * are usage errors that show the verb's own line.
 *
 * Thread rule: any thread.
 */
gboolean positional_exactly (const Verb *verb, char **rest, guint n, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean positional_at_most (const Verb *verb, char **rest, guint n, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* `option` as written, with its dashes. */
gboolean positional_needs (const Verb *verb, const char *option, const char *value, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* KEY=VALUE texts as API tags, in `arena`. NULL texts give NULL, without an error. */
gboolean positional_tags (const Verb *verb, char **texts, Arena *arena, const ApiTagList **out_tags,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same as filters on hosts, each of key and value. */
const ApiTagFilterList *positional_filters (const ApiTagList *tags, Arena *arena);
