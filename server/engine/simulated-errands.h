#pragma once

/* For the engine's tests only: who performs the errands of a simulated fleet. What nothing was told of is done at once, with
 * an empty answer. */

#include "proto/json-doc.h"
#include "server/engine/simulated-fleet.h"

/* What comes of an errand: the latest that was told counts, so many times. Texts must live as long as the fleet. */
G_GNUC_UNUSED static void
fleet_tell_errand (Fleet *fleet, ErrandKind kind, const char *target, const ErrandResult *result,
                   int times)
{
  const ErrandRule rule = { kind, target, *result, times };
  g_array_prepend_val (fleet->errand_rules, rule);
}

static ErrandResult
fleet_errand_result (Fleet *fleet, const ErrandRecord *errand, const char *target)
{
  for (guint i = 0; i < fleet->errand_rules->len; i++) {
    ErrandRule *rule = &g_array_index (fleet->errand_rules, ErrandRule, i);
    if (rule->times == 0 || rule->kind != errand->kind ||
        (rule->target != NULL && g_strcmp0 (rule->target, target) != 0))
      continue;
    if (rule->times > 0)
      rule->times--;
    return rule->result;
  }
  if (fleet->perform != NULL)
    return fleet->perform (fleet->perform_ctx, errand);
  return (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = "{\"instances\":[]}" };
}

typedef struct {
  Fleet *fleet;
  ErrandRecordList claimed;
  const ErrandRecord *errand;
  const ErrandResult *result;
} FleetErrands;

#define FLEET_ERRAND_LEASE_MS (60 * 1000)

static void
fleet_claim_body (StoreTx *tx, gpointer data)
{
  FleetErrands *errands = data;
  Fleet *fleet = errands->fleet;
  gint64 next_ms;
  g_autoptr (GError) error = NULL;
  const ErrandClaim claim = { ERRAND_ALL_KINDS, 100, fleet->fake.now_ms, FLEET_ERRAND_LEASE_MS };
  FLEET_CHECK (engine_errands_claim (fleet->engine, tx, &claim, fleet->arena, &errands->claimed,
                                     &next_ms, &error),
               error);
}

static void
fleet_settle_body (StoreTx *tx, gpointer data)
{
  FleetErrands *errands = data;
  g_autoptr (GError) error = NULL;
  FLEET_CHECK (engine_errand_settle (errands->fleet->engine, tx, errands->errand, errands->result,
                                     errands->fleet->fake.now_ms, &error),
               error);
}

/* Performs what is due; FALSE: nothing was. */
static gboolean
fleet_perform_errands (Fleet *fleet)
{
  FleetErrands errands = { .fleet = fleet };
  fleet_in_tx (fleet, STORE_WRITE, fleet_claim_body, &errands);
  for (gsize i = 0; i < errands.claimed.n; i++) {
    const ErrandRecord *errand = errands.claimed.items[i];
    g_autoptr (GError) error = NULL;
    g_autoptr (json_t) request =
        json_doc_parse (errand->request_json, strlen (errand->request_json), NULL, &error);
    g_assert_no_error (error);
    const char *target = json_doc_text (request, "targetId");
    const ErrandResult result = fleet_errand_result (fleet, errand, target);
    errands.errand = errand;
    errands.result = &result;
    fleet_in_tx (fleet, STORE_WRITE, fleet_settle_body, &errands);
    if (result.outcome == ERRAND_DONE)
      g_ptr_array_add (fleet->journal,
                       g_strdup_printf ("%s %s %s", target != NULL ? target : "-",
                                        errand_kind_name (errand->kind), errand->owner_id));
  }
  return errands.claimed.n > 0;
}
