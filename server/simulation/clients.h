#pragma once

#include "server/simulation/hosts.h"

/* The people of a simulated world, and their CI: they call the service API and never wait for anything. They deploy, stop, change
 * groups, configurations, tags and registrations while deployments run, and read what there is to read.
 *
 * Threads: as in world.h. */

typedef struct Clients Clients;

/* n_fleets: there are so many Auto Scaling groups. */
Clients *clients_new (World *world, Hosts *hosts, gsize n_fleets) G_GNUC_WARN_UNUSED_RESULT;
void clients_free (Clients *clients); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Clients, clients_free)

/* Makes applications, groups and configurations, and registers all hosts; nothing goes wrong with that. */
gboolean clients_set_up (Clients *clients, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* From now on they do what they do. */
void clients_start (Clients *clients);
