#include "server/simulation/world.h"

#include "proto/api-error.h"

void
world_after (World *world, gint64 delay_ms, AgendaAct act, gpointer data, guint64 number,
             GDestroyNotify destroy)
{
  agenda_put (world->agenda, &(AgendaItem){ .at_ms = world->now_ms + delay_ms,
                                            .act = act,
                                            .data = data,
                                            .number = number,
                                            .destroy = destroy });
}

gboolean
world_goes_wrong (World *world, Chance *chance, gint64 of_10000)
{
  return !world->calm && of_10000 > 0 && chance_hits (chance, of_10000);
}

#define TYPICAL_MESSAGE_MS 8
#define LATE_MESSAGE_MS    (30 * 1000)

static gint64
message_delay (World *world)
{
  gboolean late = WORLD_GOES_WRONG (world, &world->of_network, message_late);
  return chance_delay (&world->of_network, late ? LATE_MESSAGE_MS : TYPICAL_MESSAGE_MS);
}

Delivery
world_send (World *world, gint64 *last_ms)
{
  Delivery delivery = { .n = 1 };
  if (WORLD_GOES_WRONG (world, &world->of_network, message_lost))
    delivery.n = 0;
  else if (WORLD_GOES_WRONG (world, &world->of_network, message_doubled))
    delivery.n = 2;
  for (int i = 0; i < delivery.n; i++) {
    delivery.delay_ms[i] = message_delay (world);
    gint64 at_ms = world->now_ms + delivery.delay_ms[i];
    world->tally.overtaken += at_ms < *last_ms;
    *last_ms = MAX (*last_ms, at_ms);
  }
  return delivery;
}

void
world_judge_error (World *world, const char *where, const GError *error)
{
  /* Of the simulated store, or the server's refusal of what was asked. */
  gboolean passes =
      store_error_may_pass (error) ||
      (error->domain == API_ERROR && api_error_code (error) != API_ERR_INTERNAL_FAILURE);
  if (!passes)
    ledger_break (world->ledger, RULE_SERVER, "%s: %s", where, error->message);
}
