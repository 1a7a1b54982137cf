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
  gboolean late = world_goes_wrong (world, &world->of_network, world->profile->message_late);
  return chance_delay (&world->of_network, late ? LATE_MESSAGE_MS : TYPICAL_MESSAGE_MS);
}

Delivery
world_send (World *world)
{
  const Profile *profile = world->profile;
  Delivery delivery = { .n = 1 };
  if (world_goes_wrong (world, &world->of_network, profile->message_lost))
    delivery.n = 0;
  else if (world_goes_wrong (world, &world->of_network, profile->message_doubled))
    delivery.n = 2;
  for (int i = 0; i < delivery.n; i++)
    delivery.delay_ms[i] = message_delay (world);
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
