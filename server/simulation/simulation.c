#include "server/simulation/simulation.h"

#include "server/simulation/clients.h"
#include "server/simulation/hosts.h"
#include "server/simulation/outside.h"
#include "server/simulation/receivers.h"
#include "server/simulation/sabotage.h"
#include "server/simulation/world.h"

#define START_MS G_GINT64_CONSTANT (1800000000000)

typedef struct {
  World world;
  const SimulationConfig *config;
  EngineTimes times;
  Hosts *hosts;
  Clients *clients;
  Cloud *cloud;
  Outside *outside;
  Receivers *receivers;
  gint64 active_until_ms;
  gint64 longest_total_ms; /* that a configuration allows */
} Simulation;

void
simulation_result_clear (SimulationResult *result)
{
  g_clear_pointer (&result->how, g_free);
  g_clear_pointer (&result->last_lines, g_free);
}

/* ---- the server ---- */

static void
open_site (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  g_autoptr (GError) error = NULL;
  WORLD_TRACE (world, "the server starts");
  if (!site_open (world->site, &error))
    ledger_break (world->ledger, RULE_SERVER, "the server does not start: %s", error->message);
}

static void
bury (Simulation *simulation)
{
  World *world = &simulation->world;
  WORLD_TRACE (world, "the server was killed");
  site_shut (world->site);
  world_after (world, chance_between (&world->chance, 50, 4000), open_site, NULL, 0, NULL);
}

/* ---- accidents that are nobody's ---- */

static void
jump_clocks (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  Simulation *simulation = data;
  if (WORLD_GOES_WRONG (world, &world->chance, clock_jumps)) {
    gint64 host = chance_below (&world->chance, (gint64)hosts_count (simulation->hosts));
    gint64 for_ms = chance_delay (&world->chance, 10 * 60 * 1000);
    WORLD_TRACE (world, "the clock of %s is wrong", hosts_name (simulation->hosts, (gsize)host));
    hosts_skew_clock (simulation->hosts, (gsize)host, for_ms);
  }
  if (world_goes_wrong (world, &world->chance, world->profile->clock_jumps / 2)) {
    gboolean back = chance_below (&world->chance, 3) == 0;
    gint64 by_ms = chance_delay (&world->chance, back ? 4 * 1000 : 20 * 1000);
    world->tally.server_jumps += !back;
    world->tally.server_jumps_back += back;
    WORLD_TRACE (world, "the server's clock jumps %" G_GINT64_FORMAT " ms %s", by_ms,
                 back ? "back" : "forward");
    world->server_lead_ms += back ? -by_ms : by_ms;
  }
  if (!world->calm)
    world_after (world, 60 * 1000, jump_clocks, simulation, 0, NULL);
}

/* ---- time ---- */

static void
set_clock (World *world, gint64 now_ms)
{
  world->now_ms = MAX (now_ms, world->now_ms);
  if (!site_is_down (world->site))
    site_set_now_ms (world->site, world->start_ms + world->now_ms + world->server_lead_ms);
}

/* When the server wants to be run, in the world's time. */
static gint64
site_due_ms (const World *world)
{
  gint64 due_ms = MIN (site_next_ms (world->site), site_next_errand_ms (world->site));
  due_ms = MIN (due_ms, site_next_letter_ms (world->site));
  return due_ms == G_MAXINT64 ? G_MAXINT64
                              : MAX (due_ms - world->start_ms - world->server_lead_ms, 0);
}

/* One thing happens. */
static void
step (Simulation *simulation)
{
  World *world = &simulation->world;
  gint64 site_ms = site_due_ms (world);
  if (agenda_next_ms (world->agenda) <= site_ms) {
    AgendaItem item;
    if (!agenda_take (world->agenda, &item))
      g_assert_not_reached ();
    set_clock (world, item.at_ms);
    item.act (world, item.data, item.number);
    if (item.destroy != NULL)
      item.destroy (item.data);
  } else {
    set_clock (world, site_ms);
    site_run (world->site);
    if (!site_is_dying (world->site) &&
        site_next_errand_ms (world->site) <= site_now_ms (world->site))
      outside_perform (simulation->outside);
    if (!site_is_dying (world->site) &&
        site_next_letter_ms (world->site) <= site_now_ms (world->site))
      receivers_perform (simulation->receivers);
  }
  if (!site_is_down (world->site) && site_is_dying (world->site))
    bury (simulation);
}

static gint64
next_ms (const World *world)
{
  return MIN (agenda_next_ms (world->agenda), site_due_ms (world));
}

static gboolean
holds (const World *world)
{
  return ledger_broken (world->ledger, NULL) == RULE_NONE;
}

static void
run_until (Simulation *simulation, gint64 end_ms)
{
  while (holds (&simulation->world) && next_ms (&simulation->world) <= end_ms) {
    sabotage_step (simulation->config->sabotage, &simulation->world);
    step (simulation);
  }
}

#define SETTLED_WITHIN_MS (3 * 3600 * 1000)
#define LOOK_EVERY_MS     (60 * 1000)

/* Hooks get where they belong, and instances what they shall have. */
static void
settle (Simulation *simulation)
{
  World *world = &simulation->world;
  Rule rule = RULE_NONE;
  g_autofree char *why = NULL;
  gint64 end_ms = world->now_ms + SETTLED_WITHIN_MS;
  while (holds (world) && !cloud_is_settled (simulation->cloud, &rule, &why)) {
    if (world->now_ms >= end_ms) {
      ledger_break (world->ledger, rule, "%s", why);
      return;
    }
    g_clear_pointer (&why, g_free);
    run_until (simulation, world->now_ms + LOOK_EVERY_MS);
  }
}

/* Nothing goes wrong any more: what runs ends within its clocks, and its rollback within those of its own. */
static void
run_out (Simulation *simulation)
{
  World *world = &simulation->world;
  world->calm = TRUE;
  world->calm_ms = world->now_ms;
  site_calm (world->site);
  ledger_calm (world->ledger, world->start_ms + world->now_ms + world->server_lead_ms);
  gint64 end_ms =
      world->now_ms + 3 * (simulation->longest_total_ms + 2 * simulation->times.event_ms);
  while (holds (world) && ledger_counts (world->ledger).active > 0 && next_ms (world) <= end_ms) {
    sabotage_step (simulation->config->sabotage, world);
    step (simulation);
  }
  ledger_expect_end (world->ledger);
  settle (simulation);
  end_ms = world->now_ms + 2 * SITE_PATIENCE_MS;
  while (holds (world) && ledger_has_letters (world->ledger) && next_ms (world) <= end_ms) {
    sabotage_step (simulation->config->sabotage, world);
    step (simulation);
  }
  ledger_expect_no_letters (world->ledger);
}

/* ---- a world ---- */

static void
draw_times (Simulation *simulation)
{
  Chance *chance = &simulation->world.chance;
  EngineTimes *times = &simulation->times;
  engine_times_init (times);
  if (chance_below (chance, 4) > 0) { /* shorter ones show more in the same time */
    times->first_pickup_ms = chance_between (chance, 60, 1200) * 1000;
    times->pickup_ms = chance_between (chance, 45, 300) * 1000;
    times->event_ms = chance_between (chance, 120, 1200) * 1000;
    times->total_ms = chance_between (chance, 10, 120) * 60 * 1000;
    times->blue_green_total_ms = chance_between (chance, 60, 300) * 60 * 1000;
    times->block_traffic_ms = chance_between (chance, 30, 300) * 1000;
    times->allow_traffic_ms = chance_between (chance, 30, 300) * 1000;
    times->fleet_ms = chance_between (chance, 60, 900) * 1000;
    times->replace_ms = chance_between (chance, 5, 60) * 60 * 1000;
  }
  simulation->longest_total_ms =
      MAX (MAX (times->total_ms, times->blue_green_total_ms), 90 * 60 * 1000);
  simulation->active_until_ms =
      chance_between (chance, 1, 2 * simulation->world.profile->hours_max) * 30 * 60 * 1000;
}

static gboolean
begin (Simulation *simulation, GError **error)
{
  const SimulationConfig *config = simulation->config;
  World *world = &simulation->world;
  *world = (World){ .seed = config->seed,
                    .profile =
                        config->profile != NULL ? config->profile : profile_of_seed (config->seed),
                    .start_ms = START_MS,
                    .calm = TRUE,
                    .chance = chance_new (config->seed, CHANCE_WORLD),
                    .of_network = chance_new (config->seed, CHANCE_NETWORK) };
  draw_times (simulation);
  world->agenda = agenda_new ();
  world->trace = trace_new (config->mode == SIMULATION_TRACE ? TRACE_PRINT : TRACE_KEEP);
  world->ledger = ledger_new (&simulation->times);
  const char *const *sinks = receivers_sinks ();
  ledger_expect_letters (world->ledger, sinks[0]);
  const SiteConfig site = { .profile = world->profile,
                            .seed = config->seed,
                            .times = simulation->times,
                            .ledger = world->ledger,
                            .tally = &world->tally,
                            .start_ms = START_MS,
                            .sinks = sinks,
                            .kill_at = config->kill.work,
                            .kill_with = config->kill.with,
                            .sabotage_fault = sabotage_fault (config->sabotage) };
  world->site = site_new (&site, error);
  if (world->site == NULL)
    return FALSE;
  simulation->hosts =
      hosts_new (world, (gsize)chance_between (&world->chance, world->profile->hosts_min,
                                               world->profile->hosts_max));
  simulation->cloud = cloud_new (world, simulation->hosts);
  simulation->outside = outside_new (world, simulation->hosts, simulation->cloud);
  simulation->receivers = receivers_new (world);
  sabotage_hosts (config->sabotage, simulation->hosts);
  sabotage_outside (config->sabotage, simulation->outside);
  sabotage_cloud (config->sabotage, simulation->cloud);
  simulation->clients = clients_new (world, simulation->hosts, cloud_n_fleets (simulation->cloud));
  return clients_set_up (simulation->clients, error);
}

static void
end (Simulation *simulation)
{
  World *world = &simulation->world;
  clients_free (simulation->clients);
  outside_free (simulation->outside);
  receivers_free (simulation->receivers);
  cloud_free (simulation->cloud);
  site_free (world->site); /* answers the polls of hosts */
  agenda_free (world->agenda);
  hosts_free (simulation->hosts);
  ledger_free (world->ledger);
  trace_free (world->trace);
}

static void
tell (Simulation *simulation, SimulationResult *out)
{
  World *world = &simulation->world;
  const char *how;
  *out = (SimulationResult){ .profile = world->profile,
                             .kill = simulation->config->kill,
                             .broken = ledger_broken (world->ledger, &how),
                             .hash = trace_hash (world->trace),
                             .n_lines = trace_n_lines (world->trace),
                             .n_works = site_n_works (world->site),
                             .host_ms = hosts_lived_ms (simulation->hosts),
                             .counts = ledger_counts (world->ledger),
                             .tally = world->tally };
  if (out->broken == RULE_NONE)
    return;
  g_autoptr (GString) lines = g_string_new (NULL);
  trace_append_last (world->trace, lines);
  out->how = g_strdup (how);
  out->last_lines = g_strdup (lines->str);
}

Profile
simulation_short_profile (const Profile *profile)
{
  Profile small = *profile;
  small.hours_max = 1;
  small.hosts_min = MIN (small.hosts_min, 3);
  small.hosts_max = MIN (small.hosts_max, 3);
  return small;
}

gboolean
simulation_run (const SimulationConfig *config, SimulationResult *out, GError **error)
{
  g_autofree Simulation *simulation = g_new0 (Simulation, 1);
  simulation->config = config;
  gboolean begun = begin (simulation, error);
  if (begun) {
    simulation->world.calm = FALSE;
    site_storm (simulation->world.site);
    hosts_start (simulation->hosts);
    outside_start (simulation->outside);
    cloud_start (simulation->cloud);
    receivers_start (simulation->receivers);
    clients_start (simulation->clients);
    jump_clocks (&simulation->world, simulation, 0);
    run_until (simulation, simulation->active_until_ms);
    run_out (simulation);
    tell (simulation, out);
  }
  end (simulation);
  return begun;
}
