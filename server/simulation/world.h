#pragma once

#include "server/simulation/agenda.h"
#include "server/simulation/chance.h"
#include "server/simulation/ledger.h"
#include "server/simulation/profile.h"
#include "server/simulation/site.h"
#include "server/simulation/tally.h"
#include "server/simulation/trace.h"

/* A simulated world, as its actors see it: one clock, one agenda, one server, and accidents that its seed decides.
 *
 * Threads: one. */

typedef struct {
  guint64 seed;
  const Profile *profile;
  gint64 start_ms;       /* of the epoch */
  gint64 now_ms;         /* since its beginning; the server's clock may be ahead */
  gint64 server_lead_ms; /* by so much */
  gint64 calm_ms;        /* since when it is calm */
  gboolean calm;         /* nothing goes wrong any more, and people do nothing */
  Agenda *agenda;
  Trace *trace;
  Ledger *ledger;
  Site *site;
  Chance chance, of_network; /* of the world, and of messages */
  Tally tally;
} World;

#define WORLD_TRACE(world, ...) trace_line ((world)->trace, (world)->now_ms, __VA_ARGS__)

/* act happens after a while; data is freed with destroy, which may be NULL, when it will not. */
void world_after (World *world, gint64 delay_ms, AgendaAct act, gpointer data, guint64 number,
                  GDestroyNotify destroy);
/* In so many of 10,000 cases, while the world is not calm. */
gboolean world_goes_wrong (World *world, Chance *chance, gint64 of_10000);
/* As often as the profile says, and counted. */
#define WORLD_GOES_WRONG(world, chance, member)                                                    \
  (world_goes_wrong ((world), (chance), (world)->profile->member) && ++(world)->tally.member > 0)
/* How often a message arrives (0, 1 or 2 times), and when; what is late comes behind others. */
typedef struct {
  int n;
  gint64 delay_ms[2];
} Delivery;
/* last_ms: when the latest message of that host, or to it, arrives so far. */
Delivery world_send (World *world, gint64 *last_ms);
/* What the server said to a client is no error of its own. where: for people. */
void world_judge_error (World *world, const char *where, const GError *error);
