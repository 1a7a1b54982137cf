#include "proto/json-doc.h"
#include "server/actions/catalog.h"
#include "server/engine/private.h"

#include <string.h>

/* What services outside are asked for a plan, and what their answers mean for it. The requests are those of the errands that a
 * deployment would write; alarms are asked for one by one, so that one that cannot be read hides no other. */

/* ---- questions ---- */

/* NULL: none is watched. */
static const ApiAlarmConfiguration *
watched_alarms (const ApiDeploymentInfo *info, const ApiDeploymentGroupInfo *settings)
{
  const ApiAlarmConfiguration *alarms = info->override_alarm_configuration != NULL
                                            ? info->override_alarm_configuration
                                            : settings->alarm_configuration;
  gboolean watched = alarms != NULL && alarms->enabled != NULL && *alarms->enabled;
  return watched && alarms->alarms != NULL ? alarms : NULL;
}

static const char *
alarm_question (const char *name, Arena *arena)
{
  g_autoptr (json_t) request = json_pack ("{s:[s]}", "alarms", name);
  char *text = json_dumps (request, JSON_COMPACT);
  g_assert (text != NULL); /* names come from the API, as UTF-8 */
  const char *kept = arena_strdup (arena, text);
  free (text);
  return kept;
}

static FleetSelector
selector_of (FleetSide side, const ApiDeploymentInfo *info, const ApiDeploymentGroupInfo *settings,
             Arena *arena)
{
  if (side == FLEET_ORIGINAL)
    return fleet_selector_of_group (settings, arena);
  return info->target_instances != NULL
             ? fleet_selector_of_target_instances (info->target_instances, arena)
             : (FleetSelector){ .n_names = 0 };
}

static void
add (ErrandReadingList *list, ErrandKind kind, const char *request_json)
{
  list->items[list->n++] = (ErrandReading){ .kind = kind, .request_json = request_json };
}

gboolean
engine_plan_questions (Engine *engine, const DeploymentRecord *as_if,
                       const DeploymentGroupRecord *group, Arena *arena, ErrandReadingList *out,
                       GError **error)
{
  const ApiDeploymentInfo *info = engine_deployment_info (as_if, arena, error);
  const ApiDeploymentGroupInfo *settings =
      info != NULL ? catalog_group_settings (group, arena, error) : NULL;
  if (settings == NULL)
    return FALSE;
  const ApiAlarmConfiguration *alarms = watched_alarms (info, settings);
  gsize n_alarms = alarms != NULL ? alarms->alarms->n : 0;
  *out = (ErrandReadingList){ 0, arena_new0_n (arena, ErrandReading, n_alarms + 2) };
  for (gsize i = 0; i < n_alarms; i++)
    add (out, ERRAND_READ_ALARMS, alarm_question (alarms->alarms->items[i]->name, arena));
  for (FleetSide side = FLEET_ORIGINAL; side <= FLEET_REPLACEMENT; side++) {
    const FleetSelector selector = selector_of (side, info, settings, arena);
    if (engine->config.lists_instances && !fleet_selector_is_empty (&selector))
      add (out, ERRAND_LIST_FLEET, fleet_selector_to_text (&selector, arena));
  }
  return TRUE;
}

/* ---- answers ---- */

static const ErrandResult *
find_result (const ErrandReadingList *readings, ErrandKind kind, const char *request_json)
{
  static const ErrandResult none = { .outcome = ERRAND_NOT_YET, .message = "nobody was asked" };
  for (gsize i = 0; readings != NULL && i < readings->n; i++)
    if (readings->items[i].kind == kind &&
        strcmp (readings->items[i].request_json, request_json) == 0)
      return &readings->items[i].result;
  return &none;
}

static const char *
reason (const ErrandResult *result)
{
  return result->message != NULL ? result->message : "no reason";
}

/* ---- instances ---- */

/* In service in the Auto Scaling group that a copy is made of. */
static gsize
count_in_service (const char *answer_json, const ApiDeploymentGroupInfo *settings, Arena *arena)
{
  FleetMemberList members;
  gsize n = 0;
  if (settings->auto_scaling_groups == NULL || settings->auto_scaling_groups->n == 0 ||
      !fleet_members_parse (answer_json, arena, &members, NULL))
    return 0;
  const char *source = settings->auto_scaling_groups->items[0]->name;
  for (gsize i = 0; i < members.n; i++)
    n += g_strcmp0 (members.items[i].auto_scaling_group, source) == 0 &&
         g_strcmp0 (members.items[i].lifecycle_state, "InService") == 0;
  return n;
}

static void
take_list (const ErrandResult *result, const FleetSelector *selector, Arena *arena,
           DeploymentPlan *plan, FleetInstanceList *out)
{
  Refusal refusal = { DEPLOYMENT_ERROR_NONE, NULL };
  if (result->outcome == ERRAND_NOT_YET)
    deployment_plan_find (
        plan, PLAN_WARNS, "INSTANCES_NOT_LISTED",
        arena_printf (arena,
                      "The %s could not be listed right now: %s. They are not in this plan, so it "
                      "cannot be carried out; look at a new one",
                      fleet_selector_describe (selector, arena), reason (result)));
  else if (result->outcome == ERRAND_REFUSED)
    refusal = fleet_refusal (result, selector, arena);
  else
    fleet_read (result->answer_json, selector, arena, out, &refusal);
  if (refusal.code != DEPLOYMENT_ERROR_NONE)
    deployment_plan_find (plan, PLAN_BLOCKS, deployment_error_name (refusal.code), refusal.message);
  if (result->outcome != ERRAND_DONE || refusal.code != DEPLOYMENT_ERROR_NONE)
    plan->has_gaps = TRUE;
}

gboolean
plan_take_fleets (Engine *engine, const ApiDeploymentInfo *info, const DeploymentGroupRecord *group,
                  const ErrandReadingList *readings, Arena *arena, DeploymentPlan *plan,
                  FleetTold *out, GError **error)
{
  const ApiDeploymentGroupInfo *settings = catalog_group_settings (group, arena, error);
  *out = (FleetTold){ .n_in_service = 0 };
  if (settings == NULL)
    return FALSE;
  for (FleetSide side = FLEET_ORIGINAL; side <= FLEET_REPLACEMENT; side++) {
    const FleetSelector selector = selector_of (side, info, settings, arena);
    if (fleet_selector_is_empty (&selector))
      continue;
    if (!engine->config.lists_instances) {
      if (side == FLEET_REPLACEMENT && selector.n_names == 0)
        continue; /* registered hosts may have those tags, too */
      deployment_plan_find (
          plan, PLAN_WARNS, "INSTANCES_NOT_LISTED",
          arena_printf (arena,
                        "This server does not look for %s: that takes a section aws, and "
                        "inventory: {ec2: true}, in its integrations.yml",
                        fleet_selector_describe (&selector, arena)));
      continue;
    }
    const ErrandResult *result =
        find_result (readings, ERRAND_LIST_FLEET, fleet_selector_to_text (&selector, arena));
    take_list (result, &selector, arena, plan, &out->sides[side]);
    if (side == FLEET_ORIGINAL && result->outcome == ERRAND_DONE)
      out->n_in_service = count_in_service (result->answer_json, settings, arena);
  }
  return TRUE;
}

/* ---- alarms ---- */

/* The first of a list of texts; NULL: it has none. */
static const char *
first_text (const json_t *answer, const char *key)
{
  return json_string_value (json_array_get (json_object_get (answer, key), 0));
}

static void
find_answered (const char *name, gboolean ignores_failures, const char *answer_json, Arena *arena,
               DeploymentPlan *plan)
{
  g_autoptr (GError) malformed = NULL;
  g_autoptr (json_t) answer = json_doc_parse (answer_json, strlen (answer_json), NULL, &malformed);
  const char *unknown = malformed != NULL ? arena_printf (arena, "%s: %s", name, malformed->message)
                                          : first_text (answer, "unknown");
  if (first_text (answer, "active") != NULL)
    deployment_plan_find (
        plan, PLAN_BLOCKS, deployment_error_name (DEPLOYMENT_ERROR_ALARM_ACTIVE),
        arena_printf (
            arena, "Alarm %s is active: the deployment would be stopped before a host is touched",
            name));
  else if (unknown != NULL)
    deployment_plan_find (
        plan, ignores_failures ? PLAN_WARNS : PLAN_BLOCKS, "ALARM_NOT_READ",
        arena_printf (arena, "Alarm %s. %s", unknown,
                      ignores_failures
                          ? "The deployment goes on all the same (ignorePollAlarmFailure)"
                          : "The deployment would be stopped before a host is touched"));
  else if (first_text (answer, "insufficient") != NULL)
    deployment_plan_find (
        plan, PLAN_WARNS, "ALARM_WITHOUT_DATA",
        arena_printf (arena, "Alarm %s has no data and so protects from nothing", name));
}

void
plan_find_alarms (const ApiDeploymentInfo *info, const ApiDeploymentGroupInfo *settings,
                  const ErrandReadingList *readings, Arena *arena, DeploymentPlan *plan)
{
  const ApiAlarmConfiguration *alarms = watched_alarms (info, settings);
  if (alarms == NULL)
    return;
  gboolean ignores_failures =
      alarms->ignore_poll_alarm_failure != NULL && *alarms->ignore_poll_alarm_failure;
  for (gsize i = 0; i < alarms->alarms->n; i++) {
    const char *name = alarms->alarms->items[i]->name;
    const ErrandResult *result =
        find_result (readings, ERRAND_READ_ALARMS, alarm_question (name, arena));
    if (result->outcome == ERRAND_DONE)
      find_answered (name, ignores_failures, result->answer_json, arena, plan);
    else
      deployment_plan_find (
          plan, PLAN_WARNS, "ALARM_NOT_READ",
          arena_printf (
              arena, "Alarm %s could not be read right now: %s. %s", name, reason (result),
              ignores_failures ? "The deployment goes on all the same (ignorePollAlarmFailure)"
                               : "A deployment that cannot read it either is stopped"));
  }
}
