#pragma once

#include "server/simulation/cloud.h"

/* The services around a simulated server: load balancers, which drain for a while, find hosts healthy and unhealthy in turn, and now
 * and then refuse; and a monitoring system, whose alarms come and go and which cannot always be read. They perform the engine's
 * errands, as threads of the server would: some of those die, and some are late with what they tell.
 *
 * Threads: as in world.h. */

typedef struct Outside Outside;

/* What is of the cloud, the cloud performs. */
Outside *outside_new (World *world, Hosts *hosts, Cloud *cloud) G_GNUC_WARN_UNUSED_RESULT;
void outside_free (Outside *outside); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Outside, outside_free)

/* For a test of what watches them: balancers do what they were not asked for. */
typedef enum {
  OUTSIDE_AS_IT_IS,
  OUTSIDE_IDLE,
  OUTSIDE_GREEDY, /* balancers drain all hosts of a deployment with the first */
  OUTSIDE_HASTY,  /* original hosts with the first new one */
  OUTSIDE_FICKLE  /* in a rollback, an original host that had its traffic back */
} OutsideSabotage;
void outside_sabotage (Outside *outside, OutsideSabotage sabotage);

void outside_start (Outside *outside);
/* Takes what is due; when the site's clock has come to site_next_errand_ms. */
void outside_perform (Outside *outside);
