#include "server/simulation/clients.h"

#include "proto/api-error.h"
#include "server/simulation/client-words.h"

#include <string.h>

#define N_GROUPS 4

struct Clients {
  World *world;
  Hosts *hosts;
  Words words;
  gboolean *deregistered; /* by host */
};

Clients *
clients_new (World *world, Hosts *hosts, gsize n_fleets)
{
  Clients *clients = g_new0 (Clients, 1);
  clients->world = world;
  clients->hosts = hosts;
  clients->words.chance = chance_new (world->seed, CHANCE_CLIENTS);
  clients->deregistered = g_new0 (gboolean, hosts_count (hosts));
  clients->words.n_fleets = n_fleets;
  clients->words.n_hosts = hosts_count (hosts);
  clients->words.n_groups = (gsize)chance_between (&clients->words.chance, 1, N_GROUPS);
  return clients;
}

void
clients_free (Clients *clients)
{
  if (clients == NULL)
    return;
  g_free (clients->deregistered);
  g_free (clients);
}

/* ---- calls ---- */

static gboolean
call (Clients *clients, const char *operation, const char *json, Arena *arena)
{
  World *world = clients->world;
  g_autoptr (GError) error = NULL;
  const char *body;
  if (site_call (world->site, operation, json, arena, &body, &error)) {
    WORLD_TRACE (world, "%s: %.60s to %s", operation, body, json);
    return TRUE;
  }
  WORLD_TRACE (world, "%s: %s to %s", operation, error->message, json);
  world_judge_error (world, operation, error);
  return FALSE;
}

static void
deploy (Clients *clients, Arena *arena)
{
  call (
      clients, "CreateDeployment",
      arena_printf (arena, "{\"applicationName\":\"shop\",\"deploymentGroupName\":\"group-%d\",%s}",
                    (int)words_group (&clients->words), words_deployment (&clients->words, arena)),
      arena);
}

static void
stop (Clients *clients, Arena *arena)
{
  static const char *const rollback[] = { "", ",\"autoRollbackEnabled\":true",
                                          ",\"autoRollbackEnabled\":false" };
  const char *id =
      ledger_pick_active (clients->world->ledger, chance_word (&clients->words.chance));
  if (id != NULL)
    call (clients, "StopDeployment",
          arena_printf (arena, "{\"deploymentId\":\"%s\"%s}", id,
                        rollback[chance_below (&clients->words.chance, 3)]),
          arena);
}

static void
with_active (Clients *clients, const char *operation, Arena *arena)
{
  const char *id =
      ledger_pick_active (clients->world->ledger, chance_word (&clients->words.chance));
  if (id != NULL)
    call (clients, operation, arena_printf (arena, "{\"deploymentId\":\"%s\"}", id), arena);
}

/* They regret what has moved already. */
static void
take_back (Clients *clients, Arena *arena)
{
  const char *id =
      ledger_pick_moving (clients->world->ledger, chance_word (&clients->words.chance));
  if (id != NULL)
    call (clients, "StopDeployment",
          arena_printf (arena, "{\"deploymentId\":\"%s\",\"autoRollbackEnabled\":true}", id),
          arena);
}

static void
pause_one (Clients *clients, Arena *arena)
{
  with_active (clients, "PauseDeployment", arena);
}

static void
let_go (Clients *clients, Arena *arena)
{
  static const char *const words[] = { "ResumeDeployment", "ApproveDeployment",
                                       "ContinueDeployment", "SkipWaitTimeForInstanceTermination" };
  const char *word = words[chance_below (&clients->words.chance, G_N_ELEMENTS (words))];
  const char *id =
      ledger_pick_active (clients->world->ledger, chance_word (&clients->words.chance));
  if (id == NULL)
    return;
  if (strcmp (word, "SkipWaitTimeForInstanceTermination") == 0)
    ledger_wait_skipped (clients->world->ledger, id);
  call (clients, word, arena_printf (arena, "{\"deploymentId\":\"%s\"}", id), arena);
}

static void
go_on (Clients *clients, Arena *arena)
{
  with_active (clients, "ContinueDeployment", arena);
}

static void
look (Clients *clients, Arena *arena)
{
  const char *id = ledger_pick (clients->world->ledger, chance_word (&clients->words.chance));
  if (id == NULL)
    return;
  const char *json = arena_printf (arena, "{\"deploymentId\":\"%s\"}", id);
  call (clients, "GetDeployment", json, arena);
  call (clients, "ListDeploymentTargets", json, arena);
  gint64 host = chance_below (&clients->words.chance, (gint64)hosts_count (clients->hosts));
  call (clients, "GetDeploymentTarget",
        arena_printf (arena, "{\"deploymentId\":\"%s\",\"targetId\":\"%s\"}", id,
                      hosts_name (clients->hosts, (gsize)host)),
        arena);
}

/* They look after what could not be delivered. */
static void
tend_letters (Clients *clients, Arena *arena)
{
  Chance *chance = &clients->words.chance;
  const char *id = ledger_touch_dead (clients->world->ledger, chance_word (chance));
  if (id != NULL)
    call (clients, chance_below (chance, 3) > 0 ? "RetryNotification" : "DropNotification",
          arena_printf (arena, "{\"notificationId\":\"%s\"}", id), arena);
}

static void
change_group (Clients *clients, Arena *arena)
{
  gint64 group = words_group (&clients->words);
  call (clients, "UpdateDeploymentGroup",
        arena_printf (arena,
                      "{\"applicationName\":\"shop\",\"currentDeploymentGroupName\":\"group-%d\","
                      "\"deploymentConfigName\":\"%s\",%s}",
                      (int)group, words_config (&clients->words),
                      words_of_group (&clients->words, group, arena)),
        arena);
}

static void
make_group_anew (Clients *clients, Arena *arena)
{
  gint64 group = words_group (&clients->words);
  call (clients, "DeleteDeploymentGroup",
        arena_printf (arena, "{\"applicationName\":\"shop\",\"deploymentGroupName\":\"group-%d\"}",
                      (int)group),
        arena);
  call (clients, "CreateDeploymentGroup", words_new_group (&clients->words, group, arena), arena);
}

static void
make_config_anew (Clients *clients, Arena *arena)
{
  gint64 number = chance_between (&clients->words.chance, 1, WORDS_N_CONFIGS);
  call (clients, "DeleteDeploymentConfig",
        arena_printf (arena, "{\"deploymentConfigName\":\"custom-%d\"}", (int)number), arena);
  call (clients, "CreateDeploymentConfig", words_new_config (&clients->words, number, arena),
        arena);
}

static void
tag (Clients *clients, gsize host, const char *operation, Arena *arena)
{
  call (clients, operation,
        arena_printf (arena,
                      "{\"instanceNames\":[\"%s\"],\"tags\":[{\"Key\":\"g%d\",\"Value\":\"\"}]}",
                      hosts_name (clients->hosts, host), (int)words_group (&clients->words)),
        arena);
}

static gboolean
register_host (Clients *clients, gsize host, Arena *arena)
{
  if (!call (clients, "RegisterOnPremisesInstance",
             arena_printf (arena, "{\"instanceName\":\"%s\",\"iamUserArn\":\"%s\"}",
                           hosts_name (clients->hosts, host), hosts_arn (clients->hosts, host)),
             arena))
    return FALSE;
  call (clients, "AddTagsToOnPremisesInstances",
        arena_printf (
            arena, "{\"instanceNames\":[\"%s\"],\"tags\":[{\"Key\":\"fleet\",\"Value\":\"%s\"}]}",
            hosts_name (clients->hosts, host), host % 2 == 0 ? "a" : "b"),
        arena);
  clients->deregistered[host] = FALSE;
  hosts_register (clients->hosts, host, HOSTS_REGISTERED);
  return TRUE;
}

static void
change_host (Clients *clients, Arena *arena)
{
  gsize host = (gsize)chance_below (&clients->words.chance, (gint64)hosts_count (clients->hosts));
  if (clients->deregistered[host]) {
    if (register_host (clients, host, arena))
      tag (clients, host, "AddTagsToOnPremisesInstances", arena);
    return;
  }
  switch (chance_below (&clients->words.chance, 4)) {
  case 0:
    if (call (clients, "DeregisterOnPremisesInstance",
              arena_printf (arena, "{\"instanceName\":\"%s\"}", hosts_name (clients->hosts, host)),
              arena)) {
      clients->deregistered[host] = TRUE;
      hosts_register (clients->hosts, host, HOSTS_DEREGISTERED);
    }
    return;
  case 1:
    tag (clients, host, "RemoveTagsFromOnPremisesInstances", arena);
    return;
  default:
    tag (clients, host, "AddTagsToOnPremisesInstances", arena);
  }
}

/* ---- what they do, and how often ---- */

typedef enum {
  HABIT_PLAIN,
  HABIT_CHANGES /* what deployments rest on */
} HabitKind;

static const struct {
  gint64 share;
  void (*act) (Clients *clients, Arena *arena);
  HabitKind kind;
} habits[] = {
  { 50, deploy },
  { 10, stop },
  { 6, take_back },
  { 4, pause_one },
  { 12, let_go },
  { 3, go_on },
  { 10, look },
  { 4, tend_letters },
  { 8, change_group, HABIT_CHANGES },
  { 2, make_group_anew, HABIT_CHANGES },
  { 3, make_config_anew, HABIT_CHANGES },
  { 10, change_host, HABIT_CHANGES },
};

static void
act (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  Clients *clients = data;
  g_autoptr (Arena) arena = arena_new ();
  if (world->calm) { /* they only let go on what they have kept */
    if (!site_is_down (world->site))
      let_go (clients, arena);
    world_after (world, 20 * 1000, act, clients, 0, NULL);
    return;
  }
  gint64 all = 0, drawn;
  for (gsize i = 0; i < G_N_ELEMENTS (habits); i++)
    all += habits[i].share;
  drawn = chance_below (&clients->words.chance, all);
  for (gsize i = 0; i < G_N_ELEMENTS (habits) && !site_is_down (world->site); i++) {
    if (drawn < habits[i].share) {
      world->tally.changed_under_way +=
          habits[i].kind == HABIT_CHANGES && ledger_counts (world->ledger).active > 0;
      habits[i].act (clients, arena);
      break;
    }
    drawn -= habits[i].share;
  }
  world_after (world, chance_delay (&clients->words.chance, world->profile->client_pause_s * 500),
               act, clients, 0, NULL);
}

void
clients_start (Clients *clients)
{
  world_after (clients->world, 1000, act, clients, 0, NULL);
}

/* ---- the beginning ---- */

/* Many hosts are tagged by one call. */
static gboolean
tag_all (Clients *clients, gint64 group, Arena *arena)
{
  g_autoptr (GString) names = g_string_new (NULL);
  gsize n = hosts_count (clients->hosts);
  gint64 share = chance_between (&clients->words.chance, 5000, 10000);
  for (gsize i = 0, in_call = 0; i < n; i++) {
    if (i == 0 || chance_hits (&clients->words.chance, share)) {
      g_string_append_printf (names, "%s\"%s\"", in_call++ > 0 ? "," : "",
                              hosts_name (clients->hosts, i));
    }
    if (in_call < 100 && i + 1 < n)
      continue;
    if (in_call > 0 &&
        !call (clients, "AddTagsToOnPremisesInstances",
               arena_printf (arena,
                             "{\"instanceNames\":[%s],\"tags\":[{\"Key\":\"g%d\",\"Value\":\"\"}]}",
                             names->str, (int)group),
               arena))
      return FALSE;
    g_string_truncate (names, 0);
    in_call = 0;
  }
  return TRUE;
}

gboolean
clients_set_up (Clients *clients, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  gboolean done = call (clients, "CreateApplication", "{\"applicationName\":\"shop\"}", arena);
  for (gint64 i = 1; done && i <= WORDS_N_CONFIGS; i++)
    done = call (clients, "CreateDeploymentConfig", words_new_config (&clients->words, i, arena),
                 arena);
  for (gsize i = 0; done && i < hosts_count (clients->hosts); i++)
    done = register_host (clients, i, arena);
  for (gint64 i = 1; done && i <= (gint64)clients->words.n_groups; i++)
    done = call (clients, "CreateDeploymentGroup", words_new_group (&clients->words, i, arena),
                 arena) &&
           tag_all (clients, i, arena);
  if (!done)
    g_set_error (error, STORE_ERROR, STORE_ERROR_SQL, "the simulated world could not be set up");
  return done;
}
