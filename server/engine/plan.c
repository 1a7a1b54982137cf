#include "server/engine/plan.h"

#include "core/digest.h"
#include "core/time-iso8601.h"
#include "server/actions/catalog.h"
#include "server/engine/private.h"

#include <string.h>

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

static void
take_hosts (Engine *engine, const CandidateList *candidates, Arena *arena, DeploymentPlan *out)
{
  out->n_hosts = candidates->n;
  out->hosts = arena_new0_n (arena, PlanHost, MAX (candidates->n, 1));
  for (gsize i = 0; i < candidates->n; i++) {
    const Candidate *candidate = &candidates->items[i];
    out->hosts[i] = (PlanHost){
      .target_id = candidate->name,
      .target_arn = candidate->target_arn,
      .host_arn = candidate->host_arn,
      .zone = candidate->zone,
      .health = plan_health_of (candidate->health),
      .last_seen_ms = command_hub_last_seen (engine->config.hub, candidate->host_arn),
    };
  }
}

/* ---- findings ---- */

static void
find_quiet_hosts (DeploymentPlan *plan, gint64 now_ms, Arena *arena)
{
  char since[TIME_ISO8601_SIZE];
  g_autoptr (GString) names = g_string_new (NULL);
  gsize n = 0;
  for (gsize i = 0; i < plan->n_hosts; i++) {
    if (now_ms - plan->hosts[i].last_seen_ms <= QUIET_MS)
      continue;
    if (n < NAMES_SHOWN)
      g_string_append_printf (names, "%s%s", n > 0 ? ", " : "", plan->hosts[i].target_id);
    n++;
  }
  if (n == 0)
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
                    n, plan->n_hosts, how_long, names->str, n > NAMES_SHOWN ? ", ..." : ""));
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
find_alarms (DeploymentPlan *plan, const ApiDeploymentInfo *info,
             const ApiDeploymentGroupInfo *settings, Arena *arena)
{
  const ApiAlarmConfiguration *alarms = info->override_alarm_configuration != NULL
                                            ? info->override_alarm_configuration
                                            : settings->alarm_configuration;
  if (alarms == NULL || alarms->enabled == NULL || !*alarms->enabled || alarms->alarms == NULL)
    return;
  g_autoptr (GString) names = g_string_new (NULL);
  for (gsize i = 0; i < alarms->alarms->n; i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", alarms->alarms->items[i]->name);
  deployment_plan_find (plan, PLAN_WARNS, "ALARMS_NOT_READ",
                        arena_printf (arena,
                                      "Alarms are read when the deployment starts, and while it "
                                      "runs; one that is active stops it: %s",
                                      names->str));
}

static gboolean
selects_ec2 (const ApiDeploymentGroupInfo *settings)
{
  return (settings->ec2_tag_filters != NULL && settings->ec2_tag_filters->n > 0) ||
         settings->ec2_tag_set != NULL ||
         (settings->auto_scaling_groups != NULL && settings->auto_scaling_groups->n > 0);
}

static void
find_unlisted (DeploymentPlan *plan, const ApiDeploymentInfo *info,
               const ApiDeploymentGroupInfo *settings, const DeploymentGroupRecord *group,
               Arena *arena)
{
  const ApiDeploymentStyle *style = info->deployment_style;
  if (style != NULL && g_strcmp0 (style->deployment_type, "BLUE_GREEN") == 0)
    deployment_plan_find (plan, PLAN_WARNS, "INSTANCES_NOT_LISTED",
                          arena_printf (arena,
                                        "Deployment group %s replaces its hosts: the new ones are "
                                        "found, or made, when a deployment starts, and are not in "
                                        "this plan",
                                        group->name));
  else if (selects_ec2 (settings))
    deployment_plan_find (plan, PLAN_WARNS, "INSTANCES_NOT_LISTED",
                          arena_printf (arena,
                                        "Deployment group %s also selects EC2 instances, which are "
                                        "asked for when a deployment starts: they are not in this "
                                        "plan",
                                        group->name));
}

gboolean
engine_plan_deployment (Engine *engine, StoreTx *tx, const DeploymentRecord *as_if,
                        const DeploymentGroupRecord *group, gint64 now_ms, Arena *arena,
                        DeploymentPlan *out, GError **error)
{
  StartPreview preview;
  const ApiDeploymentInfo *info = engine_deployment_info (as_if, arena, error);
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  if (info == NULL || settings == NULL ||
      !deployment_preview (engine, tx, as_if, info, group, arena, &preview, error))
    return FALSE;
  *out = (DeploymentPlan){ .stages = preview.stages,
                           .scheduler = preview.plan,
                           .findings = g_array_new (FALSE, FALSE, sizeof (PlanFinding)),
                           .seen_since_ms = command_hub_since (engine->config.hub) };
  take_hosts (engine, &preview.candidates, arena, out);
  for (gsize i = 0; i < preview.n_refusals; i++) {
    /* Instances that are not listed yet may be all there are. */
    gboolean open =
        preview.refusals[i].code == DEPLOYMENT_ERROR_NO_INSTANCES && selects_ec2 (settings);
    deployment_plan_find (out, open ? PLAN_WARNS : PLAN_BLOCKS,
                          deployment_error_name (preview.refusals[i].code),
                          preview.refusals[i].message);
  }
  find_unlisted (out, info, settings, group, arena);
  find_empty_waves (out, arena);
  find_quiet_hosts (out, now_ms, arena);
  find_way_back (out, info, group, arena);
  find_alarms (out, info, settings, arena);
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

/* Each text with its length, so that no two lists of texts read the same. */
static void
add_text (GString *out, const char *text)
{
  if (text == NULL)
    g_string_append (out, "-;");
  else
    g_string_append_printf (out, "%" G_GSIZE_FORMAT ":%s;", strlen (text), text);
}

char *
deployment_plan_token (const DeploymentPlan *plan, const char *identity, Arena *arena)
{
  g_autoptr (GString) text = g_string_new ("plan 1;");
  char hex[DIGEST_SHA256_HEX_SIZE];
  add_text (text, identity);
  g_string_append_printf (text, "%" G_GINT64_FORMAT ";%" G_GINT64_FORMAT ";%" G_GINT64_FORMAT ";",
                          plan->scheduler.minimum_healthy, plan->scheduler.maximum_batch,
                          plan->scheduler.n_unhealthy);
  for (gsize i = 0; i < plan->n_hosts; i++) {
    add_text (text, plan->hosts[i].target_arn);
    add_text (text, plan->hosts[i].host_arn);
    add_text (text, plan->hosts[i].zone);
    add_text (text, plan_health_name (plan->hosts[i].health));
  }
  for (gsize i = 0; i < plan->stages.n; i++) {
    add_text (text, plan->stages.items[i].name);
    g_string_append_printf (text, "%" G_GINT64_FORMAT ";", plan->stages.items[i].n);
  }
  digest_sha256_hex (text->str, text->len, hex);
  return arena_strndup (arena, hex, 32);
}
