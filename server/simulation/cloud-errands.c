#include "proto/json-doc.h"
#include "server/simulation/cloud-private.h"

#include <string.h>

/* The engine's errands, as the service answers them. */

#define HEARTBEAT_EVERY_MS (240 * 1000)
#define LOOK_AGAIN_MS      (5 * 1000)
#define THROTTLED_MS       (3 * 1000)
#define LAUNCH_HOOK        "CodeDeploy-managed-automatic-launch-deployment-hook-"

gboolean
cloud_performs (ErrandKind kind)
{
  return kind != ERRAND_BLOCK_TRAFFIC && kind != ERRAND_ALLOW_TRAFFIC && kind != ERRAND_READ_ALARMS;
}

static ErrandResult
done (const char *answer_json)
{
  return (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = answer_json };
}

static ErrandResult
refused (DeploymentError code, const char *message)
{
  return (ErrandResult){ .outcome = ERRAND_REFUSED, .code = code, .message = message };
}

static ErrandResult
not_yet (gint64 again_ms, const char *message)
{
  return (ErrandResult){ .outcome = ERRAND_NOT_YET, .again_ms = again_ms, .message = message };
}

/* ---- lists ---- */

typedef gboolean (*Takes) (const FleetSelector *selector, const FleetMember *member);

static gboolean
is_of_groups (const FleetSelector *selector, const FleetMember *member)
{
  for (gsize i = 0; i < selector->n_names; i++)
    if (g_strcmp0 (selector->names[i], member->auto_scaling_group) == 0)
      return TRUE;
  return FALSE;
}

static FleetMemberList
all_members (Cloud *cloud, Arena *arena)
{
  FleetMember *members = arena_new0_n (arena, FleetMember, MAX (cloud->instances->len, 1));
  for (guint i = 0; i < cloud->instances->len; i++)
    members[i] = cloud_member (g_ptr_array_index (cloud->instances, i), arena);
  return (FleetMemberList){ cloud->instances->len, members };
}

/* What is so, or what was so a minute ago. */
static ErrandResult
list (Cloud *cloud, const ErrandRecord *errand, Takes takes, Arena *arena)
{
  World *world = cloud->world;
  FleetSelector selector;
  FleetMemberList all;
  g_autoptr (GError) error = NULL;
  gboolean stale = WORLD_GOES_WRONG (world, &cloud->chance, cloud_stale) && cloud->earlier != NULL;
  if (!fleet_selector_parse (errand->request_json, arena, &selector, &error) ||
      (stale && !fleet_members_parse (cloud->earlier, arena, &all, &error))) {
    ledger_break (world->ledger, RULE_SERVER, "a list: %s", error->message);
    return refused (DEPLOYMENT_ERROR_INTERNAL_ERROR, "malformed request");
  }
  for (gsize i = 0; i < selector.n_names; i++)
    if (cloud_group (cloud, selector.names[i]) == NULL)
      return refused (DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION, "there is no such group");
  if (!stale)
    all = all_members (cloud, arena);
  FleetMember *taken = arena_new0_n (arena, FleetMember, MAX (all.n, 1));
  FleetMemberList found = { 0, taken };
  for (gsize i = 0; i < all.n; i++)
    if (takes (&selector, &all.items[i]))
      taken[found.n++] = all.items[i];
  return done (fleet_members_to_text (&found, arena));
}

/* ---- hooks ---- */

static ErrandResult
keep_hook (Cloud *cloud, const json_t *request)
{
  CloudGroup *group = cloud_group (cloud, json_doc_text (request, "autoScalingGroup"));
  const char *hook = json_doc_text (request, "hook");
  if (json_is_true (json_object_get (request, "present"))) {
    if (group == NULL)
      return refused (DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION, "there is no such group");
    cloud_put_hook (group, hook,
                    g_strcmp0 (json_doc_text (request, "transition"), "termination") == 0);
  } else if (group != NULL) {
    cloud_delete_hook (cloud, group, hook);
  }
  return done (NULL);
}

static ErrandResult
lifecycle_action (Cloud *cloud, const json_t *request)
{
  World *world = cloud->world;
  CloudInstance *instance = cloud_instance (cloud, json_doc_text (request, "instance"));
  const char *hook = json_doc_text (request, "hook"), *result = json_doc_text (request, "result");
  CloudAction *action = instance != NULL ? cloud_action (instance, hook) : NULL;
  ledger_action (world->ledger, hook, json_doc_text (request, "instance"), result);
  if (action == NULL || cloud->sabotage == CLOUD_DEAF) /* it waits no longer */
    return done (NULL);
  WORLD_TRACE (world, "%s: %s", instance->id, result != NULL ? result : "heartbeat");
  if (result == NULL) {
    action->deadline_ms = world->now_ms + CLOUD_HEARTBEAT_MS;
    return not_yet (HEARTBEAT_EVERY_MS, "the instance waits for its deployment");
  }
  gboolean goes_on = strcmp (result, "CONTINUE") == 0;
  world->tally.continued += goes_on;
  world->tally.abandoned += !goes_on;
  cloud_complete (cloud, instance, hook, goes_on ? CLOUD_CONTINUE : CLOUD_ABANDON);
  return done (NULL);
}

/* ---- copies ---- */

static gsize
wanted_size (Cloud *cloud, const CloudGroup *source, const ErrandRecord *errand)
{
  const char *state = errand->state_json;
  g_autoptr (json_t) kept =
      state != NULL ? json_doc_parse (state, strlen (state), NULL, NULL) : NULL;
  const json_t *n = json_object_get (kept, "wanted");
  return json_is_integer (n) ? (gsize)json_integer_value (n)
                             : cloud_count (cloud, source, LIFE_IN_SERVICE);
}

static ErrandResult
tell_copy (Cloud *cloud, const CloudGroup *copy, Arena *arena)
{
  const char *const names[] = { copy->name };
  const FleetSelector selector = { .n_names = 1, .names = names };
  FleetMemberList all = all_members (cloud, arena);
  FleetMember *taken = arena_new0_n (arena, FleetMember, MAX (all.n, 1));
  FleetMemberList found = { 0, taken };
  for (gsize i = 0; i < all.n; i++)
    if (fleet_selector_takes (&selector, &all.items[i]))
      taken[found.n++] = all.items[i];
  return done (fleet_members_to_text (&found, arena));
}

static ErrandResult
copy_fleet (Cloud *cloud, const ErrandRecord *errand, const json_t *request, Arena *arena)
{
  World *world = cloud->world;
  const char *name = json_doc_text (request, "name");
  const CloudGroup *source = cloud_group (cloud, json_doc_text (request, "autoScalingGroup"));
  CloudGroup *copy = cloud_group (cloud, name);
  if (source == NULL)
    return refused (DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION, "there is no group to copy");
  gsize wanted = wanted_size (cloud, source, errand);
  if (wanted == 0)
    return refused (DEPLOYMENT_ERROR_NO_INSTANCES, "no instance is in service");
  if (copy == NULL || cloud->sabotage == CLOUD_COPIES_AGAIN) {
    copy = cloud_add_group (cloud, name, (gint64)wanted);
    copy->copy_of = g_intern_string (source->name);
    copy->made_for = g_intern_string (errand->owner_id);
    WORLD_TRACE (world, "%s is copied as %s", source->name, name);
    ledger_fleet_copied (world->ledger, errand->owner_id, source->name, name);
  }
  if (cloud_count (cloud, copy, LIFE_IN_SERVICE) >= wanted)
    return tell_copy (cloud, copy, arena);
  ErrandResult result = not_yet (LOOK_AGAIN_MS, "instances are not in service yet");
  result.state_json = arena_printf (arena, "{\"wanted\":%" G_GSIZE_FORMAT "}", wanted);
  return result;
}

static ErrandResult
swap_fleet (Cloud *cloud, const json_t *request)
{
  CloudGroup *from = cloud_group (cloud, json_doc_text (request, "from"));
  g_autofree char *prefix =
      g_strdup_printf (LAUNCH_HOOK "%s-", json_doc_text (request, "groupName"));
  if (cloud_group (cloud, json_doc_text (request, "to")) == NULL)
    return refused (DEPLOYMENT_ERROR_AUTO_SCALING_CONFIGURATION, "the group was deleted");
  for (guint i = from != NULL ? from->hooks->len : 0; i > 0; i--) {
    const CloudHook *hook = g_ptr_array_index (from->hooks, i - 1);
    if (g_str_has_prefix (hook->name, prefix))
      cloud_delete_hook (cloud, from, hook->name);
  }
  return done (NULL);
}

static ErrandResult
retire_fleet (Cloud *cloud, const ErrandRecord *errand, const json_t *request, Arena *arena)
{
  const char *name = json_doc_text (request, "autoScalingGroup");
  const json_t *ids = json_object_get (request, "instances");
  gsize n = json_array_size (ids);
  const char **instances = arena_new0_n (arena, const char *, n + 1);
  for (gsize i = 0; i < n; i++)
    instances[i] = json_string_value (json_array_get (ids, i));
  ledger_fleet_retired (cloud->world->ledger, errand->owner_id, name, instances,
                        site_now_ms (cloud->world->site));
  CloudGroup *group = cloud_group (cloud, name);
  if (group != NULL)
    cloud_delete_group (cloud, group);
  for (gsize i = 0; name == NULL && i < n; i++) {
    CloudInstance *instance = cloud_instance (cloud, instances[i]);
    if (instance != NULL)
      cloud_terminate (cloud, instance);
  }
  return done (NULL);
}

/* ---- one errand ---- */

/* What a sabotaged service does before it is asked to. */
static void
be_hasty (Cloud *cloud, const ErrandRecord *errand, Arena *arena)
{
  const char *none[] = { NULL };
  if (cloud->sabotage == CLOUD_HASTY && errand->kind == ERRAND_SWAP_FLEET)
    ledger_fleet_retired (cloud->world->ledger, errand->owner_id, "asg-1", none,
                          site_now_ms (cloud->world->site));
}

static ErrandResult
perform_well (Cloud *cloud, const ErrandRecord *errand, const json_t *request, Arena *arena)
{
  switch (errand->kind) {
  case ERRAND_LIST_FLEET:
    return list (cloud, errand, fleet_selector_takes, arena);
  case ERRAND_WATCH_SCALING:
    return list (cloud, errand, is_of_groups, arena);
  case ERRAND_KEEP_HOOK:
    return keep_hook (cloud, request);
  case ERRAND_LIFECYCLE_ACTION:
    return lifecycle_action (cloud, request);
  case ERRAND_COPY_FLEET:
    return copy_fleet (cloud, errand, request, arena);
  case ERRAND_SWAP_FLEET:
    return swap_fleet (cloud, request);
  case ERRAND_RETIRE_FLEET:
    return retire_fleet (cloud, errand, request, arena);
  default:
    g_assert_not_reached ();
  }
}

ErrandResult
cloud_perform (Cloud *cloud, const ErrandRecord *errand, Arena *arena)
{
  World *world = cloud->world;
  Chance *chance = &cloud->chance;
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) request =
      json_doc_parse (errand->request_json, strlen (errand->request_json), NULL, &error);
  if (request == NULL) {
    ledger_break (world->ledger, RULE_SERVER, "%s: %s", errand_kind_name (errand->kind),
                  error->message);
    return refused (DEPLOYMENT_ERROR_INTERNAL_ERROR, "malformed request");
  }
  if (world->now_ms < cloud->away_until_ms)
    return not_yet (LOOK_AGAIN_MS, "nobody answers");
  if (WORLD_GOES_WRONG (world, chance, cloud_throttles))
    return not_yet (THROTTLED_MS, "Throttling: Rate exceeded");
  if (WORLD_GOES_WRONG (world, chance, cloud_refuses))
    return refused (DEPLOYMENT_ERROR_AUTO_SCALING_IAM_ROLE_PERMISSIONS, "AccessDenied");
  be_hasty (cloud, errand, arena);
  return perform_well (cloud, errand, request, arena);
}
