#include "server/host-commands/command-hub.h"
#include "server/host-commands/command-id.h"
#include "server/simulation/hosts-private.h"

/* What hosts tell the server, and what they hear. */

#define ANSWER_TIMEOUT_MS (20 * 1000)
#define ACK_TRIES         3
#define COMPLETE_TRIES    40
/* Of what is said once, whatever comes back. */
#define NO_MORE_TRIES 100

typedef struct {
  Host *host;
  guint64 life;
  char *command_id;
  EngineReport report;
  int tries;
  gboolean answered;
  EngineAnswer answer;
} Message;

static Message *
message_new (Host *host, const char *command_id, EngineReport report, int tries)
{
  Message *message = g_new0 (Message, 1);
  message->host = host;
  message->life = host->life;
  message->command_id = g_strdup (command_id);
  message->report = report;
  message->tries = tries;
  return message;
}

static void
message_free (gpointer data)
{
  g_free (((Message *)data)->command_id);
  g_free (data);
}

static gboolean
is_completion (EngineReport report)
{
  return report == ENGINE_REPORT_SUCCEEDED || report == ENGINE_REPORT_FAILED;
}

static void
hear (gpointer ctx, gpointer data, guint64 number)
{
  const Message *message = data;
  Host *host = message->host;
  if (!host->alive || host->life != message->life || message->tries >= NO_MORE_TRIES)
    return;
  Kept *kept = g_hash_table_lookup (host->kept, message->command_id);
  if (kept == NULL)
    return;
  if (is_completion (message->report)) {
    if (kept->state == KEPT_DONE)
      kept->state = KEPT_OVER;
  } else if (message->answer == ENGINE_ANSWER_IN_PROGRESS) {
    host_begin (host, message->command_id);
  } else if (kept->state == KEPT_TAKEN) {
    kept->state = KEPT_OVER;
  }
}

static const char *const report_names[] = { "acknowledges", "has nothing to do for",
                                            "reports success of", "reports failure of" };
static const char *const answer_names[] = { "go on", "succeeded", "failed", "unknown", "foreign" };

/* The short conversation: what the report has led to comes with its answer. */
static void
take_next (Host *host, guint64 life)
{
  World *world = host->hosts->world;
  g_autoptr (Arena) arena = arena_new ();
  const HubCommand *next = command_hub_take (site_hub (world->site), host->arn, arena);
  if (next == NULL)
    return;
  ledger_handed_out (world->ledger, next->command_id, host->arn);
  host_answer (host, life, next->command_id, next->name);
}

static void
arrive (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  const Message *message = data;
  Host *host = message->host;
  g_autoptr (GError) error = NULL;
  EngineAnswer answer;
  if (site_is_down (world->site) || host->unknown || host->skewed_until_ms > world->now_ms)
    return;
  if (!site_report (world->site, host->arn, message->command_id, message->report, &answer,
                    &error)) {
    WORLD_TRACE (world, "%s %s %s: %s", host->name, report_names[message->report],
                 message->command_id, error->message);
    world_judge_error (world, "a host's report", error);
    return;
  }
  WORLD_TRACE (world, "%s %s %s: %s", host->name, report_names[message->report],
               message->command_id, answer_names[answer]);
  ledger_answered (world->ledger, message->command_id, message->report, answer);
  if (host->is_short && message->tries < NO_MORE_TRIES)
    take_next (host, message->life);
  Delivery delivery = world_send (world, &host->last_message_ms);
  for (int i = 0; i < delivery.n; i++) {
    Message *heard = message_new (host, message->command_id, message->report, message->tries);
    heard->life = message->life;
    heard->answer = answer;
    world_after (world, delivery.delay_ms[i], hear, heard, 0, message_free);
  }
}

/* No answer has come: once more, as long as there is something to be said. */
static void
time_out (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  const Message *message = data;
  Host *host = message->host;
  const Kept *kept = g_hash_table_lookup (host->kept, message->command_id);
  gboolean completion = is_completion (message->report);
  if (!host->alive || host->life != message->life || kept == NULL ||
      kept->state != (completion ? KEPT_DONE : KEPT_TAKEN))
    return;
  if (message->tries < (completion ? COMPLETE_TRIES : ACK_TRIES))
    host_report (host, message->command_id, message->report, message->tries + 1);
  else
    WORLD_TRACE (world, "%s gives %s up", host->name, message->command_id);
}

void
host_report (Host *host, const char *command_id, EngineReport report, int tries)
{
  World *world = host->hosts->world;
  Delivery delivery = world_send (world, &host->last_message_ms);
  for (int i = 0; i < delivery.n; i++)
    world_after (world, delivery.delay_ms[i], arrive, message_new (host, command_id, report, tries),
                 0, message_free);
  if (tries < NO_MORE_TRIES)
    world_after (world, ANSWER_TIMEOUT_MS + chance_between (&host->hosts->chance, 0, 4000),
                 time_out, message_new (host, command_id, report, tries), 0, message_free);
}

/* ---- lies ---- */

static char *
invent_id (Host *host)
{
  World *world = host->hosts->world;
  Chance *chance = &host->hosts->chance;
  g_autoptr (Arena) arena = arena_new ();
  const char *deployment = ledger_pick (world->ledger, chance_word (chance));
  if (deployment == NULL || chance_below (chance, 20) == 0)
    return g_strdup ("d-ABCDEFGHI:0:0");
  return g_strdup (
      command_id_format (deployment, chance_below (chance, (gint64)host->hosts->all->len + 1),
                         chance_below (chance, 9), chance_below (chance, 4) == 0 ? 2 : 1, arena));
}

void
host_lie (Host *host)
{
  Chance *chance = &host->hosts->chance;
  EngineReport report = (EngineReport)chance_below (chance, ENGINE_REPORT_FAILED + 1);
  host->hosts->world->tally.host_lies++;
  g_autofree char *id = host->last_id != NULL && chance_below (chance, 3) == 0
                            ? g_strdup (host->last_id)
                            : invent_id (host);
  host_report (host, id, report, NO_MORE_TRIES);
}
