#include "server/simulation/receivers.h"

#define TYPICAL_CALL_MS  40
#define TYPICAL_AWAY_MS  (4 * 60 * 1000)
#define SETTLE_AGAIN_MS  2000
#define LOOK_AT_STATE_MS (2 * 60 * 1000)

struct Receivers {
  World *world;
  Chance chance;
  gint64 away_until_ms;
};

const char *const *
receivers_sinks (void)
{
  static const char *const sinks[] = { "cloudevents:everything", NULL };
  return sinks;
}

Receivers *
receivers_new (World *world)
{
  Receivers *receivers = g_new0 (Receivers, 1);
  receivers->world = world;
  receivers->chance = chance_new (world->seed, CHANCE_RECEIVERS);
  return receivers;
}

void
receivers_free (Receivers *receivers)
{
  g_free (receivers);
}

/* ---- one letter ---- */

typedef struct {
  Receivers *receivers;
  Arena *arena; /* of all below */
  NotificationRecord *record;
  const char *failure; /* NULL: it was taken, and said so */
  guint64 life;        /* of the server that has claimed it */
  gboolean kept;       /* it goes on */
} Letter;

static void
letter_free (gpointer data)
{
  Letter *letter = data;
  if (!letter->kept)
    arena_free (letter->arena);
  else
    letter->kept = FALSE;
}

static void settle (gpointer ctx, gpointer data, guint64 number);

static void
go_on (Letter *letter, gint64 after_ms)
{
  letter->kept = TRUE;
  world_after (letter->receivers->world, after_ms, settle, letter, 0, letter_free);
}

/* What the receiver does with it. */
static const char *
receive (Receivers *receivers, const NotificationRecord *record)
{
  World *world = receivers->world;
  Chance *chance = &receivers->chance;
  if (world->now_ms < receivers->away_until_ms)
    return "nobody answers";
  if (WORLD_GOES_WRONG (world, chance, receiver_refuses))
    return "HTTP 503";
  ledger_heard (world->ledger, record->id);
  return WORLD_GOES_WRONG (world, chance, receiver_silent) ? "the answer did not come" : NULL;
}

static void
deliver (Letter *letter)
{
  Receivers *receivers = letter->receivers;
  World *world = receivers->world;
  Chance *chance = &receivers->chance;
  gint64 call_ms = chance_delay (chance, TYPICAL_CALL_MS);
  letter->failure = receive (receivers, letter->record);
  if (letter->failure != NULL)
    ledger_not_told (world->ledger, letter->record->id);
  WORLD_TRACE (world, "%s of %s to %s: %s", letter->record->event, letter->record->deployment_id,
               letter->record->sink, letter->failure != NULL ? letter->failure : "taken");
  if (WORLD_GOES_WRONG (world, chance, performer_dies))
    return;
  if (WORLD_GOES_WRONG (world, chance, receiver_late))
    call_ms += SITE_LETTER_LEASE_MS; /* another has claimed it meanwhile */
  go_on (letter, call_ms);
}

static void
settle (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  Letter *letter = data;
  DeliveryResult result;
  g_autoptr (GError) error = NULL;
  if (site_is_down (world->site) || site_life (world->site) != letter->life)
    return;
  if (!site_settle_letter (world->site, letter->record, letter->failure, letter->arena, &result,
                           &error)) {
    world_judge_error (world, "a notification", error);
    go_on (letter, SETTLE_AGAIN_MS);
    return;
  }
  if (result.next == NULL || site_is_dying (world->site))
    return;
  letter->record = result.next;
  deliver (letter);
}

void
receivers_perform (Receivers *receivers)
{
  World *world = receivers->world;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  NotificationRecordList claimed;
  if (!site_claim_letters (world->site, arena, &claimed, &error)) {
    world_judge_error (world, "claiming notifications", error);
    return;
  }
  for (gsize i = 0; i < claimed.n; i++) {
    Arena *own = arena_new ();
    Letter *letter = arena_new0 (own, Letter);
    *letter = (Letter){ .receivers = receivers,
                        .arena = own,
                        .record = notification_record_copy (claimed.items[i], own),
                        .life = site_life (world->site) };
    deliver (letter);
    letter_free (letter);
  }
}

/* ---- those who are away ---- */

static void
change (gpointer ctx, gpointer data, guint64 number)
{
  World *world = ctx;
  Receivers *receivers = data;
  if (WORLD_GOES_WRONG (world, &receivers->chance, receiver_away)) {
    receivers->away_until_ms = world->now_ms + chance_delay (&receivers->chance, TYPICAL_AWAY_MS);
    WORLD_TRACE (world, "receivers are away");
  }
  if (world->calm)
    receivers->away_until_ms = 0;
  else
    world_after (world, chance_delay (&receivers->chance, LOOK_AT_STATE_MS), change, receivers, 0,
                 NULL);
}

void
receivers_start (Receivers *receivers)
{
  world_after (receivers->world, 1000, change, receivers, 0, NULL);
}
