#pragma once

#include "server/simulation/hosts.h"
#include "server/simulation/outside.h"
#include "server/simulation/simulation.h"
#include "server/simulation/world.h"

/* What is broken on purpose, behind the server's back: rows that are changed beside it, words that it did not mean, commits
 * that are forgotten. Each must be noticed, or the rule that is for it guards nothing. NULL breaks nothing.
 *
 * Threads: as in world.h. */

/* Before each step. */
void sabotage_step (const Sabotage *sabotage, World *world);
void sabotage_outside (const Sabotage *sabotage, Outside *outside);
void sabotage_cloud (const Sabotage *sabotage, Cloud *cloud);
void sabotage_hosts (const Sabotage *sabotage, Hosts *hosts);
StoreFault sabotage_fault (const Sabotage *sabotage);
