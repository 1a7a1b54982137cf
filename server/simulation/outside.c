#include "server/simulation/outside.h"

#include "proto/json-doc.h"

#include <string.h>

#define LEASE_MS        (120 * 1000) /* as the server's runner has it */
#define TYPICAL_CALL_MS 60
#define SETTLE_AGAIN_MS 2000
#define N_ALARMS        3

typedef struct {
  gint64 drained_ms; /* when its connections are closed; 0: nobody has asked for that */
  gint64 healthy_ms; /* when it is found healthy; 0: as above */
} Member;

struct Outside {
  World *world;
  Cloud *cloud;
  Chance chance;
  GHashTable *members; /* a host's name -> Member */
  gboolean alarms[N_ALARMS];
  gint64 unreadable_until_ms;
  OutsideSabotage sabotage;
};

Outside *
outside_new (World *world, Hosts *hosts, Cloud *cloud)
{
  Outside *outside = g_new0 (Outside, 1);
  outside->world = world;
  outside->cloud = cloud;
  outside->chance = chance_new (world->seed, CHANCE_SERVICES);
  outside->members = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  for (gsize i = 0; i < hosts_count (hosts); i++)
    g_hash_table_insert (outside->members, g_strdup (hosts_name (hosts, i)), g_new0 (Member, 1));
  return outside;
}

void
outside_free (Outside *outside)
{
  if (outside == NULL)
    return;
  g_hash_table_unref (outside->members);
  g_free (outside);
}

/* ---- balancers ---- */

static ErrandResult
not_yet (Outside *outside, const char *message)
{
  return (ErrandResult){ .outcome = ERRAND_NOT_YET,
                         .again_ms = chance_between (&outside->chance, 500, 5000),
                         .message = message };
}

static ErrandResult
refused (Outside *outside)
{
  gboolean all = chance_below (&outside->chance, 2) == 0;
  return (ErrandResult){ .outcome = ERRAND_REFUSED,
                         .message = all ? "there is no such balancer"
                                        : "the instance is of another network",
                         .code = all ? DEPLOYMENT_ERROR_ELASTIC_LOAD_BALANCING_INVALID
                                     : DEPLOYMENT_ERROR_ELB_INVALID_INSTANCE };
}

/* How things shall be, not what is to be done: the same request may come again at any time. */
static ErrandResult
block (Outside *outside, const ErrandRecord *errand, Member *member)
{
  World *world = outside->world;
  if (member->drained_ms == 0) {
    member->drained_ms = world->now_ms + chance_delay (&outside->chance, 4000);
    member->healthy_ms = 0;
  }
  ledger_traffic (world->ledger, errand->owner_id, errand->ordinal, LEDGER_TRAFFIC_DRAINED);
  if (world->now_ms < member->drained_ms)
    return not_yet (outside, "some connections are still open");
  ledger_traffic (world->ledger, errand->owner_id, errand->ordinal, LEDGER_TRAFFIC_BLOCKED);
  return (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = "{}" };
}

static ErrandResult
allow (Outside *outside, const ErrandRecord *errand, Member *member)
{
  World *world = outside->world;
  member->drained_ms = 0;
  if (member->healthy_ms == 0)
    member->healthy_ms = world->now_ms + chance_delay (&outside->chance, 6000);
  /* It was healthy, and is not. */
  if (world_goes_wrong (world, &outside->chance, 500))
    member->healthy_ms = world->now_ms + chance_delay (&outside->chance, 30 * 1000);
  if (world->now_ms < member->healthy_ms)
    return not_yet (outside, "the health check has not passed");
  ledger_traffic (world->ledger, errand->owner_id, errand->ordinal, LEDGER_TRAFFIC_ALLOWED);
  return (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = "{}" };
}

/* What a sabotaged balancer drains beside the host that it was asked for. */
static void
be_greedy (Outside *outside, const ErrandRecord *errand)
{
  Ledger *ledger = outside->world->ledger;
  gint64 first = outside->sabotage == OUTSIDE_HASTY ? TARGET_FIRST_BLUE : 0;
  if (outside->sabotage == OUTSIDE_FICKLE && errand->kind == ERRAND_BLOCK_TRAFFIC &&
      ledger_is_way_back (ledger, errand->owner_id) &&
      ledger_has_target (ledger, errand->owner_id, TARGET_FIRST_BLUE))
    ledger_traffic (ledger, errand->owner_id, TARGET_FIRST_BLUE, LEDGER_TRAFFIC_DRAINED);
  if (outside->sabotage != OUTSIDE_GREEDY && outside->sabotage != OUTSIDE_HASTY)
    return;
  for (gint64 ordinal = first; ledger_has_target (ledger, errand->owner_id, ordinal); ordinal++)
    ledger_traffic (ledger, errand->owner_id, ordinal, LEDGER_TRAFFIC_DRAINED);
}

/* Instances come to be known when they are first asked for. */
static Member *
find_member (Outside *outside, const char *name)
{
  Member *member = g_hash_table_lookup (outside->members, name);
  if (member == NULL && g_str_has_prefix (name, "i-")) {
    member = g_new0 (Member, 1);
    g_hash_table_insert (outside->members, g_strdup (name), member);
  }
  return member;
}

static ErrandResult
move_traffic (Outside *outside, const ErrandRecord *errand)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) request =
      json_doc_parse (errand->request_json, strlen (errand->request_json), NULL, &error);
  const char *name = request != NULL ? json_doc_text (request, "targetId") : NULL;
  Member *member = name != NULL ? find_member (outside, name) : NULL;
  if (member == NULL) {
    ledger_break (outside->world->ledger, RULE_SERVER, "%s is asked for %s",
                  errand_kind_name (errand->kind), errand->request_json);
    return not_yet (outside, "nobody knows who is meant");
  }
  if (WORLD_GOES_WRONG (outside->world, &outside->chance, service_refuses))
    return refused (outside);
  be_greedy (outside, errand);
  return errand->kind == ERRAND_BLOCK_TRAFFIC ? block (outside, errand, member)
                                              : allow (outside, errand, member);
}

/* ---- alarms ---- */

/* In arena. */
static ErrandResult
read_alarms (Outside *outside, const char *deployment_id, Arena *arena)
{
  World *world = outside->world;
  gboolean refuses = WORLD_GOES_WRONG (world, &outside->chance, service_refuses);
  if (refuses || world->now_ms < outside->unreadable_until_ms)
    ledger_alarmed (world->ledger, deployment_id);
  if (refuses)
    return (ErrandResult){ .outcome = ERRAND_REFUSED, .message = "may not be read" };
  if (world->now_ms < outside->unreadable_until_ms)
    return not_yet (outside, "the monitoring system is away");
  g_autoptr (GString) active = g_string_new (NULL);
  for (int i = 0; i < N_ALARMS; i++)
    if (outside->alarms[i])
      g_string_append_printf (active, "%s\"alarm-%d\"", active->len > 0 ? "," : "", i + 1);
  if (active->len > 0)
    ledger_alarmed (world->ledger, deployment_id);
  return (ErrandResult){ .outcome = ERRAND_DONE,
                         .answer_json = arena_printf (arena, "{\"active\":[%s],\"unknown\":[]}",
                                                      active->str) };
}

static void
change_alarms (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  Outside *outside = data;
  Chance *chance = &outside->chance;
  gint64 alarm = chance_below (chance, N_ALARMS);
  outside->alarms[alarm] = !outside->alarms[alarm] && WORLD_GOES_WRONG (world, chance, alarm_fires);
  if (outside->alarms[alarm])
    WORLD_TRACE (world, "alarm-%d is active", (int)alarm + 1);
  if (world_goes_wrong (world, chance, world->profile->service_refuses * 2)) {
    outside->unreadable_until_ms = world->now_ms + chance_delay (chance, 20 * 1000);
    WORLD_TRACE (world, "the monitoring system is away");
  }
  world_after (world, chance_delay (chance, 20 * 1000), change_alarms, outside, 0, NULL);
}

void
outside_sabotage (Outside *outside, OutsideSabotage sabotage)
{
  outside->sabotage = sabotage;
}

void
outside_start (Outside *outside)
{
  world_after (outside->world, 1000, change_alarms, outside, 0, NULL);
}

/* ---- performing ---- */

typedef struct {
  Arena *arena; /* of all below */
  ErrandRecord errand;
  ErrandResult result;
  guint64 life;  /* of the server that has claimed it */
  gboolean kept; /* it is to be told once more */
} Performed;

static void
performed_free (gpointer data)
{
  Performed *performed = data;
  if (!performed->kept)
    arena_free (performed->arena);
  else
    performed->kept = FALSE;
}

static void
settle (gpointer ctx, gpointer data, guint64 number)
{
  static const char *const outcomes[] = { "done", "not yet", "refused" };
  World *world = ctx;
  Performed *performed = data;
  const ErrandRecord *errand = &performed->errand;
  g_autoptr (GError) error = NULL;
  if (site_is_down (world->site) || site_life (world->site) != performed->life)
    return;
  WORLD_TRACE (world, "%s of %s:%" G_GINT64_FORMAT ": %s", errand_kind_name (errand->kind),
               errand->owner_id, errand->ordinal, outcomes[performed->result.outcome]);
  if (site_settle (world->site, errand, &performed->result, &error))
    return;
  world_judge_error (world, "an errand", error);
  performed->kept = TRUE;
  world_after (world, SETTLE_AGAIN_MS, settle, performed, 0, performed_free);
}

static ErrandResult
perform (Outside *outside, const ErrandRecord *errand, Arena *arena)
{
  if (cloud_performs (errand->kind))
    return cloud_perform (outside->cloud, errand, arena);
  if (outside->sabotage == OUTSIDE_IDLE)
    return (ErrandResult){ .outcome = ERRAND_DONE, .answer_json = "{}" };
  return errand->kind == ERRAND_READ_ALARMS ? read_alarms (outside, errand->owner_id, arena)
                                            : move_traffic (outside, errand);
}

static void
perform_one (Outside *outside, const ErrandRecord *errand)
{
  World *world = outside->world;
  Chance *chance = &outside->chance;
  Arena *arena = arena_new ();
  Performed *performed = arena_new0 (arena, Performed);
  *performed = (Performed){ .arena = arena, .life = site_life (world->site), .errand = *errand };
  performed->errand.owner_id = arena_strdup (arena, errand->owner_id);
  performed->errand.request_json = arena_strdup (arena, errand->request_json);
  performed->errand.state_json = arena_strdup (arena, errand->state_json);
  performed->errand.waits_for = NULL;
  performed->result = perform (outside, &performed->errand, arena);
  gint64 call_ms = chance_delay (chance, TYPICAL_CALL_MS);
  gboolean late = WORLD_GOES_WRONG (world, chance, performer_late);
  gboolean dies = WORLD_GOES_WRONG (world, chance, performer_dies);
  if (late || dies)
    ledger_alarmed (world->ledger, errand->owner_id);
  if (dies) {
    performed_free (performed);
    return;
  }
  if (late)
    call_ms += LEASE_MS; /* another has claimed it meanwhile */
  world_after (world, call_ms, settle, performed, 0, performed_free);
}

void
outside_perform (Outside *outside)
{
  World *world = outside->world;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  ErrandRecordList claimed;
  if (!site_claim (world->site, LEASE_MS, arena, &claimed, &error)) {
    WORLD_TRACE (world, "errands are not claimed: %s", error->message);
    world_judge_error (world, "claiming errands", error);
    if (g_error_matches (error, STORE_ERROR, STORE_ERROR_IO))
      ledger_silenced (world->ledger);
    return;
  }
  for (gsize i = 0; i < claimed.n; i++)
    perform_one (outside, claimed.items[i]);
}
