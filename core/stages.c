#include "core/stages.h"

#include <string.h>

ENUM_NAMES_DEFINE (StageKind, stage_kind, STAGE_KIND_LIST)

static StageList
new_list (gsize n_stages, gsize n_hosts, Arena *arena)
{
  return (StageList){ .items = arena_new0_n (arena, Stage, MAX (n_stages, 1)),
                      .order = arena_new0_n (arena, gsize, MAX (n_hosts, 1)) };
}

/* ---- zones ---- */

typedef struct {
  const char *name; /* NULL: the hosts without one */
  gboolean unhealthy;
  gint64 n;
} Zone;

static int
compare_zones (gconstpointer a, gconstpointer b)
{
  const Zone *one = a, *other = b;
  if ((one->name == NULL) != (other->name == NULL))
    return one->name == NULL ? 1 : -1;
  if (one->unhealthy != other->unhealthy)
    return one->unhealthy ? -1 : 1;
  return g_strcmp0 (one->name, other->name);
}

/* A zone's place in the table, from 1; texts that are equal are one zone. */
static gsize
zone_of (GHashTable *places, GArray *zones, const char *name)
{
  static const char none[] = ""; /* no zone is called so */
  gpointer key = (gpointer)(name != NULL ? name : none);
  gsize place = GPOINTER_TO_SIZE (g_hash_table_lookup (places, key));
  if (place == 0) {
    const Zone zone = { .name = name };
    g_array_append_val (zones, zone);
    place = zones->len;
    g_hash_table_insert (places, key, GSIZE_TO_POINTER (place));
  }
  return place;
}

static gint64
monitor_s (const ZoneRules *rules, gsize index)
{
  return index == 0 && rules->first_monitor_s != STAGE_MONITOR_AS_OTHERS ? rules->first_monitor_s
                                                                         : rules->monitor_s;
}

void
stages_by_zone (const StageHost *hosts, gsize n_hosts, const ZoneRules *rules, Arena *arena,
                StageList *out)
{
  g_autoptr (GHashTable) places = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GArray) zones = g_array_new (FALSE, FALSE, sizeof (Zone));
  for (gsize i = 0; i < n_hosts; i++) {
    gsize place = zone_of (places, zones, hosts[i].zone);
    Zone *zone = &g_array_index (zones, Zone, place - 1);
    zone->n++;
    zone->unhealthy |= hosts[i].unhealthy;
  }
  g_array_sort (zones, compare_zones);
  *out = new_list (zones->len, n_hosts, arena);
  g_hash_table_remove_all (places);
  gint64 first = 0;
  for (gsize i = 0; i < zones->len; i++) {
    const Zone *zone = &g_array_index (zones, Zone, i);
    gpointer key = (gpointer)(zone->name != NULL ? zone->name : "");
    g_hash_table_insert (places, key, GSIZE_TO_POINTER (i + 1));
    out->items[i] = (Stage){ .kind = STAGE_ZONE,
                             .name = zone->name != NULL ? zone->name : STAGE_NO_ZONE,
                             .first = first,
                             .n = zone->n,
                             .minimum_healthy = minimum_healthy_hosts (&rules->minimum, zone->n),
                             .tolerated = zone->n,
                             .wait_s = i + 1 < zones->len ? monitor_s (rules, i) : 0 };
    first += zone->n;
  }
  out->n = zones->len;
  gint64 *next = arena_new0_n (arena, gint64, MAX (zones->len, 1));
  for (gsize i = 0; i < n_hosts; i++) {
    gsize place = zone_of (places, zones, hosts[i].zone) - 1;
    out->order[out->items[place].first + next[place]++] = i;
  }
}

/* ---- waves ---- */

static gint64
wave_size (const Wave *wave, gint64 n_left)
{
  switch (wave->hosts) {
  case WAVE_PERCENT:
    return (n_left * wave->amount + 99) / 100;
  case WAVE_COUNT:
    return MIN (wave->amount, n_left);
  case WAVE_REST:
  case WAVE_TAGS:
    break;
  }
  return n_left;
}

/* Takes the wave's hosts away from the n_left in left, which keep their order. How many it took. */
static gint64
take (const Wave *wave, const StageHost *hosts, gsize *left, gint64 n_left, gsize *out)
{
  gint64 limit = wave_size (wave, n_left), taken = 0, kept = 0;
  for (gint64 i = 0; i < n_left; i++) {
    const StageHost *host = &hosts[left[i]];
    gboolean wanted =
        wave->hosts != WAVE_TAGS || tag_filter_list_matches (&wave->tags, host->tags, host->n_tags);
    if (wanted && taken < limit)
      out[taken++] = left[i];
    else
      left[kept++] = left[i];
  }
  return taken;
}

void
stages_by_wave (const StageHost *hosts, gsize n_hosts, const Wave *waves, gsize n_waves,
                Arena *arena, StageList *out)
{
  gsize *left = arena_new0_n (arena, gsize, MAX (n_hosts, 1));
  for (gsize i = 0; i < n_hosts; i++)
    left[i] = i;
  *out = new_list (n_waves, n_hosts, arena);
  gint64 first = 0, n_left = (gint64)n_hosts;
  for (gsize i = 0; i < n_waves; i++) {
    const Wave *wave = &waves[i];
    gint64 n = take (wave, hosts, left, n_left, out->order + first);
    out->items[i] = (Stage){ .kind = STAGE_WAVE,
                             .name = wave->name,
                             .first = first,
                             .n = n,
                             .needed = (n * wave->success_percent + 99) / 100,
                             .tolerated = n * wave->error_percent / 100,
                             .wait_s = wave->wait_s,
                             .approval = wave->approval };
    first += n;
    n_left -= n;
  }
  out->n = n_waves;
  g_assert (n_left == 0 || n_waves == 0); /* the last takes the rest */
}

/* ---- what may be done ---- */

const Stage *
stages_find_impossible (const StageList *list)
{
  for (gsize i = 0; i < list->n; i++)
    if (list->items[i].n > 0 && list->items[i].n <= list->items[i].minimum_healthy)
      return &list->items[i];
  return NULL;
}

SchedulerCounts
stage_counts (const Stage *stage, gint64 n_targets, const SchedulerCounts *whole,
              const SchedulerCounts *before)
{
  gint64 later = n_targets - stage->first - stage->n;
  return (SchedulerCounts){ .pending = MAX (whole->pending - later, 0),
                            .running = whole->running,
                            .succeeded = whole->succeeded - before->succeeded,
                            .failed = whole->failed - before->failed };
}

gint64
stage_may_start (const Stage *stage, const SchedulerCounts *counts)
{
  gint64 places = stage->n - stage->minimum_healthy - counts->failed - counts->running;
  return CLAMP (places, 0, counts->pending);
}

StageVerdict
stage_verdict (const Stage *stage, const SchedulerCounts *counts)
{
  if (counts->failed > stage->tolerated)
    return STAGE_TOO_MANY_FAILED;
  if (counts->failed > stage->n - stage->needed)
    return STAGE_CANNOT_BE_REACHED;
  if (counts->running > 0 || stage_may_start (stage, counts) > 0)
    return STAGE_GOES_ON;
  if (counts->pending > 0)
    return STAGE_BUDGET_IS_SPENT;
  return counts->succeeded >= stage->needed ? STAGE_IS_DONE : STAGE_CANNOT_BE_REACHED;
}
