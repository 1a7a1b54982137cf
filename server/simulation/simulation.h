#pragma once

#include "server/simulation/ledger.h"
#include "server/simulation/tally.h"
#include "store/faulty-store.h"

/* One simulated world from its seed to its end: first everything goes wrong that its profile knows, then nothing does, and what
 * runs must end. The same seed, profile and program give the same world, line by line.
 *
 * Threads: several simulations may run at once, each on a thread of its own. */

/* What is broken on purpose, to show that it is noticed, and by which rule. */
typedef struct {
  const char *name;
  const char *about;
  Rule rule;
  const char *profile; /* of a world in which it shows; NULL: in any */
} Sabotage;
/* NULL after the last one. */
const Sabotage *sabotage_row (gsize index);
const Sabotage *sabotage_find (const char *name); /* NULL: there is none of this name */

typedef enum {
  SIMULATION_QUIET,
  SIMULATION_TRACE /* every line goes to the standard output */
} SimulationMode;

/* A kill at one commit, beside what the profile draws: a sweep over all of them leaves out none. */
typedef struct {
  gint64 work; /* the number of a work that writes, from 1 on; 0: none */
  StoreFault
      with; /* STORE_FAULT_FULL: right before its commit; STORE_FAULT_UNKNOWN_KEPT: right after */
} SimulationKill;

typedef struct {
  guint64 seed;
  const Profile *profile;   /* NULL: the seed's own */
  const Sabotage *sabotage; /* NULL: none */
  SimulationKill kill;
  SimulationMode mode;
} SimulationConfig;

typedef struct {
  const Profile *profile;
  SimulationKill kill;
  Rule broken; /* RULE_NONE: all rules held */
  char *how;
  char *last_lines; /* of the trace, when a rule was broken */
  guint64 hash;
  guint64 n_lines;
  gint64 n_works; /* that could have been killed at */
  gint64 host_ms; /* of all hosts together */
  LedgerCounts counts;
  Tally tally;
} SimulationResult;

void simulation_result_clear (SimulationResult *result);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (SimulationResult, simulation_result_clear)

/* A profile's worlds made short and small, for sweeps. */
Profile simulation_short_profile (const Profile *profile);
/* FALSE with *error: it could not be run. */
gboolean simulation_run (const SimulationConfig *config, SimulationResult *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
