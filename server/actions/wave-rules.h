#pragma once

#include "core/arena.h"
#include "core/stages.h"
#include "proto/api-types.h"

/* Waves as a request gives them, or as a group or deployment keeps them (ours; docs/deploying.md), as core understands them, with
 * every default: pure functions.
 *
 * A wave takes its hosts by tagFilters, percentage or count, one of the three, from what the ones before left; the last takes the
 * rest and says nothing of it. All but the last must succeed as a whole unless they say otherwise; of the last the deployment
 * configuration decides. A wave without a name is "wave-1", "wave-2", by its place. */

/* As many as a deployment group may have: each is held against each host, in the transaction that starts a deployment. */
#define WAVE_MAX_FILTERS 10

typedef struct {
  gsize n; /* 0: no waves */
  Wave *items;
} Waves;

/* given NULL, and an empty list: none. InvalidInput. Texts are borrowed from given; the rest lives in arena. */
gboolean wave_rules_read (const ApiWaveList *given, Arena *arena, Waves *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
