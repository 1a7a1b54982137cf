#pragma once

#include "server/simulation/hosts.h"

/* EC2 and Auto Scaling around a simulated server: groups that grow and shrink, instances that come, wait for lifecycle hooks, serve, are
 * lost and go; and a service that throttles, refuses, is away, and tells what was so a while ago. Each instance is a host with an agent.
 * It performs the engine's errands about them as server/integrations/fleet-errands.h does.
 *
 * Threads: as in world.h. */

typedef struct Cloud Cloud;

/* As many Auto Scaling groups as the profile allows, drawn: asg-1 and so on. */
Cloud *cloud_new (World *world, Hosts *hosts) G_GNUC_WARN_UNUSED_RESULT;
void cloud_free (Cloud *cloud); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Cloud, cloud_free)

/* For a test of what watches it. */
typedef enum {
  CLOUD_AS_IT_IS,
  CLOUD_COPIES_AGAIN, /* a fleet is made at each try */
  CLOUD_HASTY,        /* originals end while their traffic is moved */
  CLOUD_DEAF          /* nobody hears that an instance may go on */
} CloudSabotage;
void cloud_sabotage (Cloud *cloud, CloudSabotage sabotage);

void cloud_start (Cloud *cloud);
/* How many groups there were at first. */
gsize cloud_n_fleets (const Cloud *cloud);

gboolean cloud_performs (ErrandKind kind);
/* Texts in arena. */
ErrandResult cloud_perform (Cloud *cloud, const ErrandRecord *errand, Arena *arena);

/* Of a world in which nothing goes wrong any more: whether hooks are where they belong, and instances have what they shall have.
 * If not, *out_rule and *out_why (newly allocated) say what is not so yet. */
gboolean cloud_is_settled (Cloud *cloud, Rule *out_rule, char **out_why);
