#include "server/engine/errands.h"

#include "server/engine/effects.h"
#include "server/engine/follow-ups.h"
#include "server/engine/private.h"
#include "server/engine/replacement.h"

/* What becomes of an errand's result, kind by kind: the one place that knows. A handler runs after the errand's row is gone. */
typedef gboolean (*Settle) (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                            const ErrandResult *result, gint64 now_ms, Arena *arena,
                            GError **error);

static const Settle settlers[ERRAND_N_KINDS] = {
  [ERRAND_BLOCK_TRAFFIC] = traffic_settle,           [ERRAND_ALLOW_TRAFFIC] = traffic_settle,
  [ERRAND_LIST_FLEET] = fleet_settle_list,           [ERRAND_COPY_FLEET] = replacement_settle,
  [ERRAND_SWAP_FLEET] = replacement_settle,          [ERRAND_RETIRE_FLEET] = replacement_settle,
  [ERRAND_KEEP_HOOK] = scaling_settle_hook,          [ERRAND_WATCH_SCALING] = scaling_settle_watch,
  [ERRAND_LIFECYCLE_ACTION] = scaling_settle_action, [ERRAND_READ_ALARMS] = alarms_settle,
};

static gint
compare_due (gconstpointer a, gconstpointer b)
{
  gint64 one = (*(const ErrandRecord *const *)a)->due_ms;
  gint64 other = (*(const ErrandRecord *const *)b)->due_ms;
  return (one > other) - (one < other);
}

/* The earliest of some kinds: as many as are wanted, and at least one more if there are. */
static gboolean
read_earliest (StoreTx *tx, const ErrandClaim *claim, Arena *arena, GPtrArray *out, GError **error)
{
  for (guint kind = 0; kind < ERRAND_N_KINDS; kind++) {
    ErrandRecordList some;
    if ((claim->kinds & ERRAND_KIND_BIT (kind)) == 0)
      continue;
    if (!errand_record_earliest (tx, (ErrandKind)kind, claim->limit + 1, arena, &some, error))
      return FALSE;
    for (gsize i = 0; i < some.n; i++)
      g_ptr_array_add (out, some.items[i]);
  }
  g_ptr_array_sort (out, compare_due);
  return TRUE;
}

gboolean
engine_errands_claim (Engine *engine, StoreTx *tx, const ErrandClaim *claim, Arena *arena,
                      ErrandRecordList *out, gint64 *out_next_ms, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  if (!read_earliest (tx, claim, arena, all, error))
    return FALSE;
  *out = (ErrandRecordList){ 0, arena_alloc_n (arena, claim->limit + 1, sizeof (ErrandRecord *)) };
  *out_next_ms = -1;
  for (guint i = 0; i < all->len; i++) {
    ErrandRecord *errand = g_ptr_array_index (all, i);
    gboolean claimed;
    if (out->n == claim->limit || errand->due_ms > claim->now_ms) {
      *out_next_ms = errand->due_ms;
      break;
    }
    if (!errand_record_claim (tx, errand, claim->now_ms, claim->now_ms + claim->lease_ms, &claimed,
                              error))
      return FALSE;
    if (claimed)
      out->items[out->n++] = errand;
  }
  return TRUE;
}

static gboolean
put_off (Engine *engine, StoreTx *tx, ErrandRecord *now, const ErrandResult *result, gint64 now_ms,
         GError **error)
{
  now->due_ms = now_ms + MAX (result->again_ms, 1);
  now->waits_for = result->message;
  if (result->state_json != NULL)
    now->state_json = result->state_json;
  effect_wake_errands (engine, tx, now->due_ms);
  return errand_record_put_off (tx, now, error);
}

gboolean
engine_errand_settle (Engine *engine, StoreTx *tx, const ErrandRecord *errand,
                      const ErrandResult *result, gint64 now_ms, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  ErrandRecord *now;
  if (!errand_record_get (tx, errand->owner_id, errand->ordinal, errand->kind, arena, &now, error))
    return FALSE;
  if (now == NULL || now->tries != errand->tries)
    return TRUE;
  if (result->outcome == ERRAND_NOT_YET)
    return put_off (engine, tx, now, result, now_ms, error);
  g_assert (settlers[errand->kind] != NULL);
  return errand_record_delete (tx, errand->owner_id, errand->ordinal, errand->kind, error) &&
         settlers[errand->kind](engine, tx, now, result, now_ms, arena, error);
}

gboolean
engine_put_errand (Engine *engine, StoreTx *tx, const ErrandRecord *errand, GError **error)
{
  effect_wake_errands (engine, tx, errand->due_ms);
  return errand_record_put (tx, errand, error);
}
