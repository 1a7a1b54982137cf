#include "server/simulation/cloud-private.h"

#include <string.h>

#define TEND_MS          (10 * 1000)
#define TYPICAL_BOOT_MS  (25 * 1000)
#define TYPICAL_AWAY_MS  (60 * 1000)
#define MOST_INSTANCES   6
#define FORGOTTEN_AGE_MS (45 * 60 * 1000)

static void
action_free (gpointer data)
{
  g_free (((CloudAction *)data)->hook);
  g_free (data);
}

static void
hook_free (gpointer data)
{
  g_free (((CloudHook *)data)->name);
  g_free (data);
}

static void
group_free (gpointer data)
{
  CloudGroup *group = data;
  g_free (group->name);
  g_ptr_array_unref (group->hooks);
  g_free (group);
}

static void
instance_free (gpointer data)
{
  CloudInstance *instance = data;
  g_free (instance->id);
  g_free (instance->arn);
  g_ptr_array_unref (instance->actions);
  g_free (instance);
}

Cloud *
cloud_new (World *world, Hosts *hosts)
{
  Cloud *cloud = g_new0 (Cloud, 1);
  cloud->world = world;
  cloud->hosts = hosts;
  cloud->chance = chance_new (world->seed, CHANCE_CLOUD);
  cloud->groups = g_ptr_array_new_with_free_func (group_free);
  cloud->instances = g_ptr_array_new_with_free_func (instance_free);
  if (world->profile->fleets_max > 0)
    cloud->n_fleets = (gsize)chance_between (&cloud->chance, 1, world->profile->fleets_max);
  for (gsize i = 1; i <= cloud->n_fleets; i++) {
    g_autofree char *name = g_strdup_printf ("asg-%" G_GSIZE_FORMAT, i);
    cloud_add_group (cloud, name, chance_between (&cloud->chance, 2, MOST_INSTANCES));
  }
  return cloud;
}

void
cloud_free (Cloud *cloud)
{
  if (cloud == NULL)
    return;
  g_ptr_array_unref (cloud->instances);
  g_ptr_array_unref (cloud->groups);
  g_free (cloud->earlier);
  g_free (cloud);
}

void
cloud_sabotage (Cloud *cloud, CloudSabotage sabotage)
{
  cloud->sabotage = sabotage;
}

gsize
cloud_n_fleets (const Cloud *cloud)
{
  return cloud->n_fleets;
}

/* ---- groups and hooks ---- */

static CloudGroup *
group_at (const Cloud *cloud, guint i)
{
  return g_ptr_array_index (cloud->groups, i);
}

static CloudInstance *
instance_at (const Cloud *cloud, guint i)
{
  return g_ptr_array_index (cloud->instances, i);
}

CloudGroup *
cloud_group (const Cloud *cloud, const char *name)
{
  for (guint i = 0; i < cloud->groups->len; i++)
    if (group_at (cloud, i)->is_there && g_strcmp0 (group_at (cloud, i)->name, name) == 0)
      return group_at (cloud, i);
  return NULL;
}

CloudGroup *
cloud_add_group (Cloud *cloud, const char *name, gint64 desired)
{
  CloudGroup *group = g_new0 (CloudGroup, 1);
  group->name = g_strdup (name);
  group->is_there = TRUE;
  group->desired = desired;
  group->create_ms = cloud->world->now_ms;
  group->hooks = g_ptr_array_new_with_free_func (hook_free);
  g_ptr_array_add (cloud->groups, group);
  return group;
}

void
cloud_delete_group (Cloud *cloud, CloudGroup *group)
{
  group->is_there = FALSE;
  for (guint i = cloud->instances->len; i > 0; i--)
    if (instance_at (cloud, i - 1)->group == group)
      cloud_terminate (cloud, instance_at (cloud, i - 1));
}

static gboolean
has_hook (const CloudGroup *group, const char *name)
{
  for (guint i = 0; i < group->hooks->len; i++)
    if (strcmp (((CloudHook *)g_ptr_array_index (group->hooks, i))->name, name) == 0)
      return TRUE;
  return FALSE;
}

void
cloud_put_hook (CloudGroup *group, const char *name, gboolean of_termination)
{
  if (has_hook (group, name))
    return;
  CloudHook *hook = g_new0 (CloudHook, 1);
  hook->name = g_strdup (name);
  hook->of_termination = of_termination;
  g_ptr_array_add (group->hooks, hook);
}

void
cloud_delete_hook (Cloud *cloud, CloudGroup *group, const char *name)
{
  g_autofree char *kept = g_strdup (name);
  for (guint i = group->hooks->len; i > 0; i--)
    if (strcmp (((CloudHook *)g_ptr_array_index (group->hooks, i - 1))->name, kept) == 0)
      g_ptr_array_remove_index (group->hooks, i - 1);
  for (guint i = cloud->instances->len; i > 0; i--) {
    CloudInstance *instance = instance_at (cloud, i - 1);
    if (instance->group == group && cloud_action (instance, kept) != NULL)
      cloud_complete (cloud, instance, kept,
                      instance->life == LIFE_PENDING_WAIT ? CLOUD_ABANDON : CLOUD_CONTINUE);
  }
}

gsize
cloud_count (const Cloud *cloud, const CloudGroup *group, CloudLife life)
{
  gsize n = 0;
  for (guint i = 0; i < cloud->instances->len; i++)
    n += instance_at (cloud, i)->group == group && instance_at (cloud, i)->life == life;
  return n;
}

/* ---- instances ---- */

CloudInstance *
cloud_instance (const Cloud *cloud, const char *id)
{
  for (guint i = 0; i < cloud->instances->len; i++)
    if (g_strcmp0 (instance_at (cloud, i)->id, id) == 0)
      return instance_at (cloud, i);
  return NULL;
}

static void
launch (Cloud *cloud, CloudGroup *group)
{
  static const char *const zones[] = { "eu-west-3a", "eu-west-3b", "eu-west-3c" };
  World *world = cloud->world;
  CloudInstance *instance = g_new0 (CloudInstance, 1);
  instance->id = g_strdup_printf ("i-%017" G_GSIZE_FORMAT, ++cloud->n_launched);
  instance->arn = g_strdup_printf ("arn:aws:ec2:eu-west-3:123456789012:instance/%s", instance->id);
  instance->zone = zones[chance_below (&cloud->chance, G_N_ELEMENTS (zones))];
  instance->group = group;
  instance->actions = g_ptr_array_new_with_free_func (action_free);
  instance->running_ms = world->now_ms + chance_delay (&cloud->chance, TYPICAL_BOOT_MS);
  g_ptr_array_add (cloud->instances, instance);
  world->tally.launched++;
  WORLD_TRACE (world, "%s launches %s", group->name, instance->id);
}

void
cloud_terminate (Cloud *cloud, CloudInstance *instance)
{
  WORLD_TRACE (cloud->world, "%s of %s ends", instance->id, instance->group->name);
  if (instance->life != LIFE_PENDING)
    hosts_terminate (cloud->hosts, instance->host);
  cloud->world->tally.ended++;
  g_ptr_array_remove (cloud->instances, instance);
}

/* It waits for all hooks of the transition; FALSE: there is none. */
static gboolean
begin_waits (Cloud *cloud, CloudInstance *instance, gboolean of_termination)
{
  const GPtrArray *hooks = instance->group->hooks;
  for (guint i = 0; i < hooks->len; i++) {
    const CloudHook *hook = g_ptr_array_index (hooks, i);
    if (hook->of_termination != of_termination)
      continue;
    CloudAction *action = g_new0 (CloudAction, 1);
    action->hook = g_strdup (hook->name);
    action->deadline_ms = cloud->world->now_ms + CLOUD_HEARTBEAT_MS;
    g_ptr_array_add (instance->actions, action);
  }
  return instance->actions->len > 0;
}

static void
come_to_run (Cloud *cloud, CloudInstance *instance)
{
  instance->host = hosts_launch (cloud->hosts, instance->id, instance->arn);
  instance->life = begin_waits (cloud, instance, FALSE) ? LIFE_PENDING_WAIT : LIFE_IN_SERVICE;
}

/* Its group needs it no more. */
static void
let_go (Cloud *cloud, CloudInstance *instance)
{
  if (begin_waits (cloud, instance, TRUE))
    instance->life = LIFE_TERMINATING_WAIT;
  else
    cloud_terminate (cloud, instance);
}

CloudAction *
cloud_action (const CloudInstance *instance, const char *hook)
{
  for (guint i = 0; i < instance->actions->len; i++) {
    CloudAction *action = g_ptr_array_index (instance->actions, i);
    if (g_strcmp0 (action->hook, hook) == 0)
      return action;
  }
  return NULL;
}

void
cloud_complete (Cloud *cloud, CloudInstance *instance, const char *hook, CloudVerdict verdict)
{
  gboolean comes = instance->life == LIFE_PENDING_WAIT;
  if (comes && verdict == CLOUD_ABANDON) {
    cloud_terminate (cloud, instance);
    return;
  }
  g_ptr_array_remove (instance->actions, cloud_action (instance, hook));
  if (instance->actions->len > 0)
    return;
  if (comes)
    instance->life = LIFE_IN_SERVICE;
  else
    cloud_terminate (cloud, instance);
}

FleetMember
cloud_member (const CloudInstance *instance, Arena *arena)
{
  static const char *const lives[] = { "Pending", "Pending:Wait", "InService", "Terminating:Wait",
                                       "Terminated" };
  gsize n = strlen (instance->group->name);
  Tag *tags = arena_new0_n (arena, Tag, 1);
  tags[0] = (Tag){ "role", instance->group->name[n - 1] % 2 == 0 ? "db" : "web" };
  return (FleetMember){ .id = arena_strdup (arena, instance->id),
                        .arn = arena_strdup (arena, instance->arn),
                        .zone = instance->zone,
                        .state = instance->life == LIFE_PENDING ? "pending" : "running",
                        .n_tags = 1,
                        .tags = tags,
                        .auto_scaling_group = arena_strdup (arena, instance->group->name),
                        .lifecycle_state = lives[instance->life] };
}

/* ---- what it does by itself ---- */

/* Nobody has told for too long what shall become of it. */
#define CALM_SLACK_MS (30 * 60 * 1000)

static void
expire_waits (Cloud *cloud, CloudInstance *instance)
{
  World *world = cloud->world;
  for (guint i = 0; i < instance->actions->len; i++) {
    const CloudAction *action = g_ptr_array_index (instance->actions, i);
    if (action->deadline_ms > world->now_ms)
      continue;
    WORLD_TRACE (world, "%s has waited for too long", instance->id);
    world->tally.waited_in_vain++;
    if (world->calm && world->now_ms > world->calm_ms + CALM_SLACK_MS)
      ledger_break (world->ledger, RULE_SCALED, "%s waits for %s, and nobody says a word",
                    instance->id, action->hook);
    g_autofree char *hook = g_strdup (action->hook);
    cloud_complete (cloud, instance, hook, CLOUD_ABANDON);
    return;
  }
}

static void
tend_instance (Cloud *cloud, CloudInstance *instance)
{
  World *world = cloud->world;
  if (WORLD_GOES_WRONG (world, &cloud->chance, instance_lost)) {
    WORLD_TRACE (world, "%s is lost", instance->id);
    cloud_terminate (cloud, instance);
  } else if (instance->life == LIFE_PENDING && instance->running_ms <= world->now_ms) {
    come_to_run (cloud, instance);
  } else {
    expire_waits (cloud, instance);
  }
}

static void
tend_group (Cloud *cloud, CloudGroup *group)
{
  World *world = cloud->world;
  if (!group->is_there)
    return;
  if (WORLD_GOES_WRONG (world, &cloud->chance, fleet_scales)) {
    group->desired = chance_between (&cloud->chance, 0, MOST_INSTANCES);
    WORLD_TRACE (world, "%s shall have %" G_GINT64_FORMAT, group->name, group->desired);
  }
  gint64 n = 0;
  CloudInstance *last = NULL;
  for (guint i = 0; i < cloud->instances->len; i++) {
    CloudInstance *instance = instance_at (cloud, i);
    if (instance->group != group || instance->life == LIFE_TERMINATING_WAIT)
      continue;
    n++;
    if (instance->life == LIFE_IN_SERVICE)
      last = instance;
  }
  if (n < group->desired)
    launch (cloud, group);
  else if (n > group->desired && last != NULL)
    let_go (cloud, last);
}

typedef struct {
  const char *name;
  gboolean found;
} Mention;

static gboolean
find_mention (StoreTx *tx, gpointer data, GError **error)
{
  static const char sql[] = "SELECT 1 FROM deployment_group WHERE deleted_ms IS NULL"
                            " AND instr (settings_json, $1) > 0 UNION ALL SELECT 1 FROM deployment"
                            " WHERE complete_ms IS NULL AND fleet_name = $1 LIMIT 1";
  Mention *mention = data;
  g_autoptr (StoreRows) rows =
      store_query (tx, sql, STORE_ARGS (store_text (mention->name)), error);
  if (rows == NULL)
    return FALSE;
  g_autoptr (GError) failure = NULL;
  mention->found = store_rows_next (rows, &failure);
  return TRUE;
}

/* People delete copies that nobody needs any more, and make the first ones again. */
static void
sweep (Cloud *cloud)
{
  World *world = cloud->world;
  for (gsize i = 1; i <= cloud->n_fleets; i++) {
    g_autofree char *name = g_strdup_printf ("asg-%" G_GSIZE_FORMAT, i);
    if (cloud_group (cloud, name) == NULL)
      cloud_add_group (cloud, name, chance_between (&cloud->chance, 2, MOST_INSTANCES))->anew =
          TRUE;
  }
  for (guint i = (guint)cloud->n_fleets; i < cloud->groups->len; i++) {
    CloudGroup *group = group_at (cloud, i);
    Mention mention = { .name = group->name };
    g_autoptr (GError) error = NULL;
    if (!group->is_there || group->made_for == NULL ||
        world->now_ms < group->create_ms + FORGOTTEN_AGE_MS || site_is_down (world->site))
      continue;
    if (!site_beside (world->site, STORE_READ, find_mention, &mention, &error))
      ledger_break (world->ledger, RULE_SERVER, "looking for fleets: %s", error->message);
    if (!mention.found && !ledger_needs_fleet (world->ledger, group->name)) {
      WORLD_TRACE (world, "people delete %s", group->name);
      cloud_delete_group (cloud, group);
    }
  }
}

/* Answers that come late in a service's own house: what all members were. */
static void
remember (Cloud *cloud)
{
  g_autoptr (Arena) arena = arena_new ();
  FleetMember *members = arena_new0_n (arena, FleetMember, MAX (cloud->instances->len, 1));
  for (guint i = 0; i < cloud->instances->len; i++)
    members[i] = cloud_member (instance_at (cloud, i), arena);
  const FleetMemberList list = { cloud->instances->len, members };
  g_free (cloud->earlier);
  cloud->earlier = g_strdup (fleet_members_to_text (&list, arena));
}

static void
tend (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  Cloud *cloud = data;
  if (WORLD_GOES_WRONG (world, &cloud->chance, cloud_away))
    cloud->away_until_ms = world->now_ms + chance_delay (&cloud->chance, TYPICAL_AWAY_MS);
  if (world->calm)
    cloud->away_until_ms = 0;
  if (number % 6 == 0)
    remember (cloud);
  for (guint i = cloud->instances->len; i > 0; i--)
    tend_instance (cloud, instance_at (cloud, i - 1));
  for (guint i = 0; i < cloud->groups->len; i++)
    tend_group (cloud, group_at (cloud, i));
  if (number % 30 == 0)
    sweep (cloud);
  world_after (world, TEND_MS, tend, cloud, number + 1, NULL);
}

void
cloud_start (Cloud *cloud)
{
  if (cloud->n_fleets > 0)
    world_after (cloud->world, TEND_MS, tend, cloud, 1, NULL);
}
