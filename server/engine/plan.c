#include "server/engine/plan.h"

#include "core/time-iso8601.h"
#include "server/actions/catalog.h"
#include "server/engine/private.h"

ENUM_NAMES_DEFINE (PlanHealth, plan_health, PLAN_HEALTH_LIST)

/* An agent polls all the time, and a poll is parked for most of a minute; one that is quiet for longer than this is not there. */
#define QUIET_MS (150 * 1000)
/* So many hosts are named in a message. */
#define NAMES_SHOWN 5

void
deployment_plan_find (DeploymentPlan *plan, PlanSeverity severity, const char *code,
                      const char *message)
{
  const PlanFinding finding = { severity, code, message };
  g_array_append_val (plan->findings, finding);
}

/* ---- hosts ---- */

static PlanHealth
plan_health_of (CandidateHealth health)
{
  switch (health) {
  case CANDIDATE_UNHEALTHY:
    return PLAN_UNHEALTHY;
  case CANDIDATE_REVISION_UNKNOWN:
    return PLAN_UNKNOWN;
  case CANDIDATE_REVISION_OLD:
    return PLAN_OLD;
  case CANDIDATE_REVISION_CURRENT:
    break;
  }
  return PLAN_CURRENT;
}

static PlanHostList
show_hosts (Engine *engine, const CandidateList *candidates, Arena *arena)
{
  PlanHostList list = { candidates->n, arena_new0_n (arena, PlanHost, MAX (candidates->n, 1)) };
  for (gsize i = 0; i < candidates->n; i++) {
    const Candidate *candidate = &candidates->items[i];
    list.items[i] = (PlanHost){
      .target_id = candidate->name,
      .zone = candidate->zone,
      .health = plan_health_of (candidate->health),
      .last_seen_ms = command_hub_last_seen (engine->config.hub, candidate->host_arn),
    };
  }
  return list;
}

/* ---- findings ---- */

typedef struct {
  GString *names; /* of the first few */
  gsize n;
} Quiet;

static void
add_quiet (Quiet *quiet, const PlanHostList *hosts, gint64 now_ms)
{
  for (gsize i = 0; i < hosts->n; i++) {
    if (now_ms - hosts->items[i].last_seen_ms <= QUIET_MS)
      continue;
    if (quiet->n < NAMES_SHOWN)
      g_string_append_printf (quiet->names, "%s%s", quiet->n > 0 ? ", " : "",
                              hosts->items[i].target_id);
    quiet->n++;
  }
}

static void
find_quiet_hosts (DeploymentPlan *plan, gint64 now_ms, Arena *arena)
{
  char since[TIME_ISO8601_SIZE];
  g_autoptr (GString) names = g_string_new (NULL);
  Quiet quiet = { names, 0 };
  add_quiet (&quiet, &plan->hosts, now_ms);
  add_quiet (&quiet, &plan->originals, now_ms);
  if (quiet.n == 0)
    return;
  time_format_iso8601 (plan->seen_since_ms, since);
  const char *how_long =
      now_ms - plan->seen_since_ms > QUIET_MS
          ? arena_printf (arena, "for %d s", QUIET_MS / 1000)
          : arena_printf (arena, "since this server was started at %.19sZ", since);
  deployment_plan_find (
      plan, PLAN_WARNS, "HOST_NOT_SEEN",
      arena_printf (arena,
                    "%" G_GSIZE_FORMAT " of %" G_GSIZE_FORMAT
                    " hosts have not been heard of %s: %s%s. A deployment waits for each of them "
                    "until its first event's time is over; check that their agents run",
                    quiet.n, plan->hosts.n + plan->originals.n, how_long, names->str,
                    quiet.n > NAMES_SHOWN ? ", ..." : ""));
}

/* It is passed over, with the wait and the approval after it: a canary whose tag is spelled wrong protects nobody. */
static void
find_empty_waves (DeploymentPlan *plan, Arena *arena)
{
  for (gsize i = 0; i < plan->stages.n; i++) {
    const Stage *stage = &plan->stages.items[i];
    if (stage->n == 0 && i + 1 < plan->stages.n)
      deployment_plan_find (plan, PLAN_WARNS, "EMPTY_WAVE",
                            arena_printf (arena,
                                          "No host is in wave %s: it is passed over%s; check "
                                          "which hosts it names",
                                          stage->name,
                                          stage->approval     ? ", and nobody is asked to approve"
                                          : stage->wait_s > 0 ? ", without its wait"
                                                              : ""));
  }
}

static gboolean
rolls_back (const ApiDeploymentInfo *info)
{
  const ApiAutoRollbackConfiguration *configuration = info->auto_rollback_configuration;
  return configuration != NULL && configuration->enabled != NULL && *configuration->enabled;
}

static void
find_way_back (DeploymentPlan *plan, const ApiDeploymentInfo *info,
               const DeploymentGroupRecord *group, Arena *arena)
{
  if (rolls_back (info) && group->last_successful_deployment_id == NULL)
    deployment_plan_find (
        plan, PLAN_WARNS, "NO_LAST_GOOD_REVISION",
        arena_printf (arena,
                      "Rolling back is configured, and cannot be done: no deployment of group %s "
                      "has succeeded yet",
                      group->name));
}

static void
find_unknown_zones (const Engine *engine, DeploymentPlan *plan, const DeploymentRecord *as_if,
                    const ApiDeploymentInfo *info, Arena *arena)
{
  if (plan->copied != NULL && stages_need (engine, as_if, info) == STAGES_BY_ZONE)
    deployment_plan_find (plan, PLAN_WARNS, "ZONES_NOT_KNOWN",
                          arena_printf (arena,
                                        "In which zones Auto Scaling puts the instances of the "
                                        "copy is known when it is there; deployment configuration "
                                        "%s divides them then",
                                        as_if->config_name));
}

/* Of hosts that could not all be listed it is not known how many there are. */
static gboolean
rests_on_all_hosts (DeploymentError code)
{
  return code == DEPLOYMENT_ERROR_NO_INSTANCES ||
         code == DEPLOYMENT_ERROR_HEALTH_CONSTRAINTS_INVALID;
}

static void
find_refusals (DeploymentPlan *plan, const StartPreview *preview)
{
  for (gsize i = 0; i < preview->n_refusals; i++) {
    const Refusal *refusal = &preview->refusals[i];
    if (!plan->has_gaps || !rests_on_all_hosts (refusal->code))
      deployment_plan_find (plan, PLAN_BLOCKS, deployment_error_name (refusal->code),
                            refusal->message);
  }
}

gboolean
engine_plan_deployment (Engine *engine, StoreTx *tx, const DeploymentRecord *as_if,
                        const DeploymentGroupRecord *group, const ErrandReadingList *readings,
                        gint64 now_ms, Arena *arena, DeploymentPlan *out, GError **error)
{
  StartPreview preview;
  FleetTold told;
  *out = (DeploymentPlan){ .findings = g_array_new (FALSE, FALSE, sizeof (PlanFinding)),
                           .seen_since_ms = command_hub_since (engine->config.hub) };
  const ApiDeploymentInfo *info = engine_deployment_info (as_if, arena, error);
  const ApiDeploymentGroupInfo *settings =
      info != NULL ? catalog_group_settings (group, arena, error) : NULL;
  if (settings == NULL ||
      !plan_take_fleets (engine, info, group, readings, arena, out, &told, error) ||
      !deployment_preview (engine, tx, as_if, info, group, &told, arena, &preview, error))
    return FALSE;
  out->hosts = show_hosts (engine, &preview.candidates, arena);
  out->originals = show_hosts (engine, &preview.originals, arena);
  out->copied = preview.copied;
  out->n_copied = preview.n_copied;
  out->stages = preview.stages;
  out->scheduler = preview.plan;
  if (!out->has_gaps)
    out->token = plan_token (as_if, info, group, &preview, arena);
  find_refusals (out, &preview);
  find_unknown_zones (engine, out, as_if, info, arena);
  if (!out->has_gaps)
    find_empty_waves (out, arena);
  find_quiet_hosts (out, now_ms, arena);
  find_way_back (out, info, group, arena);
  plan_find_alarms (info, settings, readings, arena, out);
  return TRUE;
}

/* ---- what follows from it ---- */

gint64
deployment_plan_batch (const DeploymentPlan *plan, const Stage *stage)
{
  const SchedulerCounts none = { .pending = plan->scheduler.n_targets };
  gint64 batch = scheduler_may_start (&plan->scheduler, &none);
  if (stage == NULL)
    return batch;
  const SchedulerCounts of_stage = { .pending = stage->n };
  return MIN (batch, stage_may_start (stage, &of_stage));
}
