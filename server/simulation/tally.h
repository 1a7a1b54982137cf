#pragma once

#include "server/simulation/profile.h"

/* How often what a profile has rates for did happen in a simulated world, by the same names, and what else was done to it: what is
 * never done is never survived.
 *
 * A plain value; one at a time. */

#define TALLY_MORE_LIST(X)                                                                         \
  X (overtaken, "messages that came before an earlier one of their host")                          \
  X (server_jumps, "jumps of the server's clock, forward")                                         \
  X (server_jumps_back, "jumps of the server's clock, back")                                       \
  X (launched, "instances that came")                                                              \
  X (ended, "instances that ended")                                                                \
  X (continued, "instances that waited and went on")                                               \
  X (abandoned, "instances that waited and were given up")                                         \
  X (waited_in_vain, "instances that waited for too long")                                         \
  X (changed_under_way, "changes of groups, configurations, tags and hosts while deployments ran")

#define TALLY_MEMBER(name, what) gint64 name;
typedef struct {
  PROFILE_RATE_LIST (TALLY_MEMBER)
  TALLY_MORE_LIST (TALLY_MEMBER)
} Tally;
