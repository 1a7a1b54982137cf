#pragma once

#include <glib.h>

/* What kind of world a simulation is of: how many hosts there are, and how often what goes wrong.
 *
 * Rates are of 10,000: of messages, commands, works or commits. Constant tables; any thread. */

#define PROFILE_SIZE_LIST(X)                                                                       \
  X (hosts_min, "hosts")                                                                           \
  X (hosts_max, "hosts")                                                                           \
  X (hours_max, "how long it goes on, at most")                                                    \
  X (fleets_max, "Auto Scaling groups, at most")                                                   \
  X (client_pause_s, "between what people do, about")

#define PROFILE_RATE_LIST(X)                                                                       \
  X (message_lost, "messages that never arrive")                                                   \
  X (message_doubled, "messages that arrive twice")                                                \
  X (message_late, "messages that come much later, behind others")                                 \
  X (event_fails, "events that fail")                                                              \
  X (event_hangs, "events that a host begins and never ends")                                      \
  X (command_ignored, "commands that a host forgets")                                              \
  X (host_dies, "commands at which the host dies")                                                 \
  X (host_lies, "hosts that say what is not so")                                                   \
  X (host_old_copy, "restarts as a copy of an earlier day")                                        \
  X (host_answers_twice, "completions that are followed by the opposite")                          \
  X (service_refuses, "calls to balancers and monitoring that are refused")                        \
  X (alarm_fires, "looks at an alarm that find it active")                                         \
  X (performer_dies, "errands whose performer ends before it tells")                               \
  X (performer_late, "errands that are told after their lease")                                    \
  X (receiver_refuses, "notifications that a receiver answers with an error")                      \
  X (receiver_silent, "notifications that are taken, and the answer is lost")                      \
  X (receiver_late, "notifications whose answer comes after their lease")                          \
  X (receiver_away, "looks at receivers that find them away for a while")                          \
  X (cloud_refuses, "errands that EC2 or Auto Scaling refuses")                                    \
  X (cloud_throttles, "errands that it throttles")                                                 \
  X (cloud_stale, "lists that are of a minute ago")                                                \
  X (cloud_away, "looks at it, each ten seconds, that find it away for a while")                   \
  X (fleet_scales, "looks at a group, likewise, at which it changes its size")                     \
  X (instance_lost, "looks at an instance, likewise, at which it ends by itself")                  \
  X (clock_jumps, "of an hour's minutes in which some clock jumps")                                \
  X (store_busy, "works that are not run")                                                         \
  X (store_full, "works that cannot be kept")                                                      \
  X (store_again, "works that are run twice")                                                      \
  X (store_unknown, "commits whose answer is lost")                                                \
  X (kill_before, "commits right before which the server is killed")                               \
  X (kill_after, "commits right after which the server is killed")

#define PROFILE_MEMBER_LIST(X) PROFILE_SIZE_LIST (X) PROFILE_RATE_LIST (X)

#define PROFILE_MEMBER(name, what) gint64 name;
typedef struct {
  const char *name;
  const char *about;
  gboolean on_disk; /* the store is a file, which a killed server opens again */
  PROFILE_MEMBER_LIST (PROFILE_MEMBER)
} Profile;

/* NULL after the last one. */
const Profile *profile_row (gsize index);
/* NULL: there is none of this name. */
const Profile *profile_find (const char *name);
/* The one that a seed has when none is named. */
const Profile *profile_of_seed (guint64 seed);
