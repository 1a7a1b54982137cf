#include "server/simulation/hosts.h"

#include "server/host-commands/command-hub.h"
#include "server/host-commands/command-id.h"
#include "server/simulation/hosts-private.h"

#include <string.h>

#define POLL_PAUSE_MS     1000
#define REFUSED_PAUSE_MS  (20 * 1000)
#define CLIENT_TIMEOUT_MS (80 * 1000)
#define TYPICAL_EVENT_MS  (3 * 1000)

static void
host_free (gpointer data)
{
  Host *host = data;
  g_free (host->name);
  g_free (host->arn);
  g_free (host->last_id);
  g_hash_table_unref (host->kept);
  g_clear_pointer (&host->copy, g_hash_table_unref);
  g_free (host);
}

static Host *
add_host (Hosts *hosts, const char *name, const char *arn)
{
  Host *host = g_new0 (Host, 1);
  host->hosts = hosts;
  host->name = g_strdup (name);
  host->arn = g_strdup (arn);
  host->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  host->is_short = chance_below (&hosts->chance, 3) == 0;
  host->lies = chance_hits (&hosts->chance, hosts->world->profile->host_lies);
  host->begin_ms = hosts->world->now_ms;
  g_ptr_array_add (hosts->all, host);
  return host;
}

Hosts *
hosts_new (World *world, gsize n)
{
  Hosts *hosts = g_new0 (Hosts, 1);
  hosts->world = world;
  hosts->chance = chance_new (world->seed, CHANCE_HOSTS);
  hosts->all = g_ptr_array_new_with_free_func (host_free);
  hosts->n_first = n;
  for (gsize i = 0; i < n; i++) {
    g_autofree char *name = g_strdup_printf ("host-%04" G_GSIZE_FORMAT, i + 1);
    g_autofree char *arn = g_strdup_printf ("arn:aws:iam::123456789012:user/%s", name);
    add_host (hosts, name, arn);
  }
  return hosts;
}

void
hosts_free (Hosts *hosts)
{
  if (hosts == NULL)
    return;
  g_ptr_array_unref (hosts->all);
  g_free (hosts);
}

gsize
hosts_count (const Hosts *hosts)
{
  return hosts->n_first;
}

static Host *
host_at (const Hosts *hosts, gsize index)
{
  return g_ptr_array_index (hosts->all, index);
}

const char *
hosts_name (const Hosts *hosts, gsize index)
{
  return host_at (hosts, index)->name;
}

const char *
hosts_arn (const Hosts *hosts, gsize index)
{
  return host_at (hosts, index)->arn;
}

void
hosts_skew_clock (Hosts *hosts, gsize index, gint64 for_ms)
{
  host_at (hosts, index)->skewed_until_ms = hosts->world->now_ms + for_ms;
}

void
hosts_register (Hosts *hosts, gsize index, HostsRegistration registration)
{
  host_at (hosts, index)->unknown = registration == HOSTS_DEREGISTERED;
}

void
hosts_sabotage (Hosts *hosts, HostsSabotage sabotage)
{
  hosts->sabotage = sabotage;
}

/* ---- its record of commands ---- */

static Kept *
kept_find (Host *host, const char *command_id)
{
  return g_hash_table_lookup (host->kept, command_id);
}

static Kept *
kept_set (Host *host, const char *command_id, KeptState state)
{
  Kept *kept = kept_find (host, command_id);
  if (kept == NULL) {
    kept = g_new0 (Kept, 1);
    g_hash_table_insert (host->kept, g_strdup (command_id), kept);
  }
  kept->state = state;
  return kept;
}

static GHashTable *
kept_copy (GHashTable *from)
{
  GHashTable *to = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  GHashTableIter iter;
  gpointer key, value;
  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &key, &value))
    g_hash_table_insert (to, g_strdup (key), g_memdup2 (value, sizeof (Kept)));
  return to;
}

void
host_forget (Host *host, const char *command_id)
{
  kept_set (host, command_id, KEPT_OVER);
}

/* ---- the end of an agent, and the next one ---- */

static void poll_now (gpointer ctx, gpointer data, guint64 life);

static int
compare_ids (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* What was cut off has failed, what was not begun is taken on, what was not heard is said again; in a fixed order. */
static void
recover (Host *host)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init (&iter, host->kept);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_ptr_array_add (ids, g_strdup (key));
  g_ptr_array_sort (ids, compare_ids);
  for (guint i = 0; i < ids->len; i++) {
    const char *id = g_ptr_array_index (ids, i);
    Kept *kept = kept_find (host, id);
    if (kept->state == KEPT_TAKEN)
      host_report (host, id, ENGINE_REPORT_ACKNOWLEDGED, 0);
    if (kept->state == KEPT_RUNNING) {
      kept->state = KEPT_DONE;
      kept->result = ENGINE_REPORT_FAILED;
    }
    if (kept->state == KEPT_DONE)
      host_report (host, id, kept->result, 0);
  }
}

static void
start_again (gpointer ctx, gpointer data, guint64 life)
{
  World *world = ctx;
  Host *host = data;
  Hosts *hosts = host->hosts;
  if (host->alive || host->gone || host->life != life)
    return;
  host->alive = TRUE;
  gboolean copied = host->copy != NULL && WORLD_GOES_WRONG (world, &hosts->chance, host_old_copy);
  if (copied) {
    g_hash_table_unref (host->kept);
    host->kept = g_steal_pointer (&host->copy);
    host->was_copied = TRUE;
  }
  WORLD_TRACE (world, "%s starts again%s", host->name, copied ? " as an old copy" : "");
  recover (host);
  world_after (world, POLL_PAUSE_MS, poll_now, host, host->life, NULL);
}

static void
die (Host *host)
{
  World *world = host->hosts->world;
  Chance *chance = &host->hosts->chance;
  host->life++;
  host->alive = host->polling = FALSE;
  WORLD_TRACE (world, "%s dies", host->name);
  /* Some are soon there again, some after a day. */
  gint64 away_ms = chance_below (chance, 4) > 0 ? chance_between (chance, 2000, 300 * 1000)
                                                : chance_between (chance, 600, 24 * 3600) * 1000;
  world_after (world, away_ms, start_again, host, host->life, NULL);
}

/* ---- running ---- */

typedef struct {
  Host *host;
  guint64 life;
  char *command_id;
} Running;

static void
running_free (gpointer data)
{
  g_free (((Running *)data)->command_id);
  g_free (data);
}

static void
end_event (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  Running *running = data;
  Host *host = running->host;
  Chance *chance = &host->hosts->chance;
  if (!host->alive || host->life != running->life)
    return;
  gboolean fails = WORLD_GOES_WRONG (world, chance, event_fails);
  Kept *kept = kept_set (host, running->command_id, KEPT_DONE);
  kept->result = fails ? ENGINE_REPORT_FAILED : ENGINE_REPORT_SUCCEEDED;
  WORLD_TRACE (world, "%s ends %s: %s", host->name, running->command_id, fails ? "failed" : "done");
  host_report (host, running->command_id, kept->result, 0);
  if (WORLD_GOES_WRONG (world, chance, host_answers_twice))
    host_report (host, running->command_id, fails ? ENGINE_REPORT_SUCCEEDED : ENGINE_REPORT_FAILED,
                 100);
}

/* What a sabotaged host begins beside what it may. */
static void
begin_more (Host *host, const char *command_id)
{
  Ledger *ledger = host->hosts->world->ledger;
  g_autoptr (Arena) arena = arena_new ();
  CommandId id;
  if (!command_id_parse (command_id, &id))
    return;
  if (host->hosts->sabotage == HOSTS_AHEAD)
    ledger_started (
        ledger, command_id_format (id.deployment_id, id.ordinal, id.step + 2, id.attempt, arena));
  for (gint64 i = 0; host->hosts->sabotage == HOSTS_EAGER && i < (gint64)host->hosts->all->len; i++)
    ledger_started (ledger, command_id_format (id.deployment_id, i, 0, 1, arena));
}

void
host_begin (Host *host, const char *command_id)
{
  World *world = host->hosts->world;
  Chance *chance = &host->hosts->chance;
  Kept *kept = kept_find (host, command_id);
  gboolean forgetful = host->hosts->sabotage == HOSTS_FORGETFUL;
  if (!forgetful && (kept == NULL || kept->state != KEPT_TAKEN))
    return;
  kept_set (host, command_id, KEPT_RUNNING);
  WORLD_TRACE (world, "%s begins %s", host->name, command_id);
  begin_more (host, command_id);
  if (!host->was_copied && !host->lies)
    ledger_started (world->ledger, command_id);
  if (WORLD_GOES_WRONG (world, chance, host_dies)) {
    die (host);
    return;
  }
  if (WORLD_GOES_WRONG (world, chance, event_hangs)) {
    WORLD_TRACE (world, "%s hangs", host->name);
    return;
  }
  Running *running = g_new0 (Running, 1);
  *running = (Running){ host, host->life, g_strdup (command_id) };
  world_after (world, chance_delay (chance, TYPICAL_EVENT_MS), end_event, running, 0, running_free);
}

/* ---- polling ---- */

typedef struct {
  Host *host;
  guint64 life;
  char *command_id; /* NULL: there is none for now */
  char *name;
} Answer;

static void
answer_free (gpointer data)
{
  Answer *answer = data;
  g_free (answer->command_id);
  g_free (answer->name);
  g_free (answer);
}

static void
take_command (Host *host, const char *command_id, const char *event)
{
  World *world = host->hosts->world;
  Chance *chance = &host->hosts->chance;
  Kept *kept = kept_find (host, command_id);
  if (kept != NULL && host->hosts->sabotage != HOSTS_FORGETFUL) {
    if (kept->state == KEPT_DONE)
      host_report (host, command_id, kept->result, 0);
    if (kept->state == KEPT_TAKEN)
      host_report (host, command_id, ENGINE_REPORT_ACKNOWLEDGED, 0);
    return;
  }
  WORLD_TRACE (world, "%s takes %s %s", host->name, command_id, event);
  if (WORLD_GOES_WRONG (world, chance, command_ignored))
    return;
  kept_set (host, command_id, KEPT_TAKEN);
  if (host->copy == NULL || chance_below (chance, 20) == 0) {
    g_clear_pointer (&host->copy, g_hash_table_unref);
    host->copy = kept_copy (host->kept);
  }
  host_report (host, command_id,
               chance_below (chance, 3) == 0 ? ENGINE_REPORT_NOOP : ENGINE_REPORT_ACKNOWLEDGED, 0);
}

static void
hear_answer (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  const Answer *answer = data;
  Host *host = answer->host;
  if (!host->alive || host->life != answer->life)
    return;
  if (host->polling) {
    host->polling = FALSE;
    world_after (world, POLL_PAUSE_MS, poll_now, host, host->life, NULL);
  }
  if (answer->command_id != NULL)
    take_command (host, answer->command_id, answer->name);
}

void
host_answer (Host *host, guint64 life, const char *command_id, const char *name)
{
  World *world = host->hosts->world;
  Delivery delivery = world_send (world, &host->last_message_ms);
  for (int i = 0; i < delivery.n; i++) {
    Answer *answer = g_new0 (Answer, 1);
    *answer = (Answer){ host, life, g_strdup (command_id), g_strdup (name) };
    world_after (world, delivery.delay_ms[i], hear_answer, answer, 0, answer_free);
  }
}

typedef struct {
  Host *host;
  guint64 life;
} Poll;

static void
answer_poll (gpointer data, const HubCommand *command)
{
  g_autofree Poll *poll = data;
  Host *host = poll->host;
  World *world = host->hosts->world;
  if (site_is_dying (world->site)) { /* the connection breaks */
    Answer *answer = g_new0 (Answer, 1);
    *answer = (Answer){ .host = host, .life = poll->life };
    world_after (world, chance_delay (&world->of_network, REFUSED_PAUSE_MS / 4), hear_answer,
                 answer, 0, answer_free);
    return;
  }
  if (command != NULL) {
    ledger_handed_out (world->ledger, command->command_id, host->arn);
    g_free (host->last_id);
    host->last_id = g_strdup (command->command_id);
    host_answer (host, poll->life, command->command_id, command->name);
    return;
  }
  if (host->hosts->sabotage == HOSTS_GIVEN_TWICE && host->last_id != NULL) {
    ledger_handed_out (world->ledger, host->last_id, host->arn);
    host_answer (host, poll->life, host->last_id, "again");
    return;
  }
  host_answer (host, poll->life, NULL, NULL);
}

/* The kernel closes the connections of an agent that ended. */
static gboolean
poller_is_gone (gpointer data)
{
  const Poll *poll = data;
  return poll->host->life != poll->life;
}

static void
poll_arrives (gpointer ctx, gpointer data, guint64 life)
{
  World *world = ctx;
  Host *host = data;
  if (!host->alive || host->life != life || site_is_down (world->site) || host->unknown ||
      host->skewed_until_ms > world->now_ms)
    return;
  Poll *poll = g_new (Poll, 1);
  *poll = (Poll){ host, life };
  command_hub_poll (site_hub (world->site), host->arn,
                    &(HubPoll){ answer_poll, poller_is_gone, poll });
}

/* Whatever became of the poll, the client gives it up after a time. */
static void
poll_times_out (gpointer ctx, gpointer data, guint64 poll_number)
{
  Host *host = data;
  if (!host->alive || !host->polling || host->poll_number != poll_number)
    return;
  host->polling = FALSE;
  poll_now (ctx, host, host->life);
}

static void
poll_now (gpointer ctx, gpointer data, guint64 life)
{
  World *world = ctx;
  Host *host = data;
  if (!host->alive || host->life != life || host->polling)
    return;
  if (site_is_down (world->site)) {
    world_after (world, chance_delay (&host->hosts->chance, REFUSED_PAUSE_MS / 4), poll_now, host,
                 life, NULL);
    return;
  }
  host->polling = TRUE;
  host->poll_number++;
  Delivery delivery = world_send (world, &host->last_message_ms);
  for (int i = 0; i < delivery.n; i++)
    world_after (world, delivery.delay_ms[i], poll_arrives, host, life, NULL);
  world_after (world, CLIENT_TIMEOUT_MS, poll_times_out, host, host->poll_number, NULL);
  if (host->lies && world_goes_wrong (world, &host->hosts->chance, 2000))
    host_lie (host);
}

static void
start (Host *host)
{
  Hosts *hosts = host->hosts;
  host->alive = TRUE;
  world_after (hosts->world, chance_between (&hosts->chance, 0, 2000), poll_now, host, host->life,
               NULL);
}

void
hosts_start (Hosts *hosts)
{
  for (guint i = 0; i < hosts->all->len; i++)
    start (host_at (hosts, i));
}

/* ---- those that come and go ---- */

gsize
hosts_launch (Hosts *hosts, const char *name, const char *arn)
{
  start (add_host (hosts, name, arn));
  return hosts->all->len - 1;
}

void
hosts_terminate (Hosts *hosts, gsize index)
{
  Host *host = host_at (hosts, index);
  host->life++;
  host->alive = host->polling = FALSE;
  host->gone = TRUE;
  hosts->lived_ms += hosts->world->now_ms - host->begin_ms;
}

gint64
hosts_lived_ms (const Hosts *hosts)
{
  gint64 lived_ms = hosts->lived_ms;
  for (guint i = 0; i < hosts->all->len; i++)
    if (!host_at (hosts, i)->gone)
      lived_ms += hosts->world->now_ms - host_at (hosts, i)->begin_ms;
  return lived_ms;
}
