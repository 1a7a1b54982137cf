#pragma once

#include "server/simulation/world.h"

/* The hosts of a simulated world: each with an agent that polls, keeps a record of its commands on its disk, acknowledges,
 * runs, and reports until it is heard; and with the ways of hosts to go wrong that the world's profile tells of.
 *
 * Threads: as in world.h. */

typedef struct Hosts Hosts;

/* n agents, host-0001 and so on, which call themselves by arn (see hosts_arn). */
Hosts *hosts_new (World *world, gsize n) G_GNUC_WARN_UNUSED_RESULT;
void hosts_free (Hosts *hosts); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Hosts, hosts_free)

/* Those that there were at first. */
gsize hosts_count (const Hosts *hosts);
/* One more comes, and begins to poll; its index. It was nobody's before, and is known to the server by its ARN. */
gsize hosts_launch (Hosts *hosts, const char *name, const char *arn);
/* It ends, and never comes back. */
void hosts_terminate (Hosts *hosts, gsize index);
/* All that was lived so far, by all of them. */
gint64 hosts_lived_ms (const Hosts *hosts);
const char *hosts_name (const Hosts *hosts, gsize index);
const char *hosts_arn (const Hosts *hosts, gsize index);
/* All begin to poll. */
void hosts_start (Hosts *hosts);
/* A host's clock is wrong for a while: what it signs is refused. */
void hosts_skew_clock (Hosts *hosts, gsize index, gint64 for_ms);
/* The server knows it (at first), or refuses what it asks. */
typedef enum {
  HOSTS_REGISTERED,
  HOSTS_DEREGISTERED
} HostsRegistration;
void hosts_register (Hosts *hosts, gsize index, HostsRegistration registration);
/* For a test of what watches them: a host is given, out of turn, a command that it has run. */
typedef enum {
  HOSTS_AS_THEY_ARE,
  HOSTS_GIVEN_TWICE, /* a hub that hands commands out again although they have begun */
  HOSTS_FORGETFUL,   /* agents without a record of what they ran */
  HOSTS_EAGER,       /* all hosts of a deployment begin with the first of them */
  HOSTS_AHEAD        /* a host begins what it was not given yet */
} HostsSabotage;
void hosts_sabotage (Hosts *hosts, HostsSabotage sabotage);
