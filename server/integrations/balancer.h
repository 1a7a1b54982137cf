#pragma once

#include "core/arena.h"
#include "core/states.h"
#include "server/engine/errands.h"
#include "server/integrations/integrations.h"

/* What a balancer's driver does: it makes it so that a host gets no traffic any more, or that it gets some. Both are told how it shall
 * be and not what to do: a driver looks how it is, does what is missing, and says how far it is. It is asked again, by this server
 * or after a kill by the next, until it is done; so it reads the balancer's state anew each time (deployments.md 6.3).
 *
 * Thread rule: any thread, several at the same time. Drivers block, until the ask's end at most: what they did not come to by then is not
 * done yet. */

typedef struct {
  const BalancerSettings *balancer;
  const char *instance; /* a registered host's name, or an EC2 instance's id */
  gboolean is_ec2;      /* which of both */
  gint64 asked_ms;      /* since when it is wanted */
  gint64 now_ms;
  gint64 end_us;   /* when the answer has to be there, of the monotonic clock */
  gint64 since_ms; /* what the driver put into BalancerSaid the time before; 0: nothing */
} BalancerAsk;

/* All 0 is "done, and nothing to tell". */
typedef struct {
  ErrandOutcome outcome;
  gint64 again_ms;      /* of NOT_YET */
  DeploymentError code; /* of REFUSED */
  const char *message;  /* names the balancer and the host; of DONE mostly NULL */
  gint64 since_ms;      /* kept from one time to the next: when draining began */
} BalancerSaid;

typedef struct {
  /* DONE: it gets no new connections, and those it had are over (or their time is). */
  void (*block) (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out);
  /* DONE: it gets traffic, and the balancer finds it healthy. */
  void (*allow) (gpointer ctx, const BalancerAsk *ask, Arena *arena, BalancerSaid *out);
} BalancerOps;

/* When to look again: often at first, since much is over soon; then less and less, from least_ms to five seconds. */
gint64 balancer_again_ms (const BalancerAsk *ask, gint64 least_ms);

void balancer_not_yet (BalancerSaid *out, gint64 again_ms, Arena *arena, const char *format, ...)
    G_GNUC_PRINTF (4, 5);
void balancer_refuse (BalancerSaid *out, DeploymentError code, Arena *arena, const char *format,
                      ...) G_GNUC_PRINTF (4, 5);

/* Adds what one more has said: all is refused when one is, and done when all are; every message that is of that outcome is told. */
void balancer_join (BalancerSaid *all, const BalancerSaid *one, Arena *arena);
