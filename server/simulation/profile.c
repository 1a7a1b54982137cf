#include "server/simulation/profile.h"

#include <string.h>

#define ALL_MESSAGES .message_lost = 100, .message_doubled = 200, .message_late = 200
#define ALL_HOSTS                                                                                  \
  .event_fails = 300, .event_hangs = 30, .command_ignored = 100, .host_dies = 60,                  \
  .host_lies = 1000, .host_old_copy = 2000, .host_answers_twice = 100
#define ALL_SERVICES                                                                               \
  .service_refuses = 40, .alarm_fires = 100, .performer_dies = 200, .performer_late = 200
#define ALL_RECEIVERS                                                                              \
  .receiver_refuses = 300, .receiver_silent = 300, .receiver_late = 100, .receiver_away = 500
#define ALL_CLOUD                                                                                  \
  .cloud_refuses = 100, .cloud_throttles = 300, .cloud_stale = 300, .cloud_away = 30,              \
  .fleet_scales = 40, .instance_lost = 4
#define ALL_STORE .store_busy = 100, .store_full = 100, .store_again = 300, .store_unknown = 100

static const Profile profiles[] = {
  { .name = "calm",
    .about = "hosts whose scripts fail now and then, and people",
    .hosts_min = 1,
    .hosts_max = 40,
    .hours_max = 12,
    .client_pause_s = 120,
    .event_fails = 200 },
  { .name = "network",
    .about = "messages are lost, doubled, late and out of order",
    .hosts_min = 1,
    .hosts_max = 30,
    .hours_max = 12,
    .client_pause_s = 120,
    .event_fails = 100,
    .message_lost = 800,
    .message_doubled = 1500,
    .message_late = 1000 },
  { .name = "hosts",
    .about = "hosts die, hang, lie, and come back as old copies",
    .hosts_min = 1,
    .hosts_max = 30,
    .hours_max = 24,
    .client_pause_s = 180,
    .clock_jumps = 500,
    ALL_HOSTS },
  { .name = "store",
    .about = "the store fails, or does not say whether it has",
    .hosts_min = 1,
    .hosts_max = 30,
    .hours_max = 12,
    .fleets_max = 1,
    .client_pause_s = 120,
    .fleet_scales = 30,
    .event_fails = 100,
    .store_busy = 500,
    .store_full = 500,
    .store_again = 1000,
    .store_unknown = 800 },
  { .name = "kills",
    .about = "the server is killed at one commit in thirty",
    .hosts_min = 1,
    .hosts_max = 20,
    .hours_max = 12,
    .fleets_max = 2,
    .client_pause_s = 180,
    .fleet_scales = 30,
    .event_fails = 100,
    .kill_before = 150,
    .kill_after = 200 },
  { .name = "services",
    .about = "balancers and monitoring refuse, hang, and tell late",
    .hosts_min = 1,
    .hosts_max = 20,
    .hours_max = 12,
    .fleets_max = 2,
    .client_pause_s = 180,
    .fleet_scales = 30,
    .event_fails = 100,
    .service_refuses = 200,
    .alarm_fires = 400,
    .performer_dies = 800,
    .performer_late = 800,
    .kill_after = 20 },
  { .name = "receivers",
    .about = "who is told refuses, is away, and is not heard",
    .hosts_min = 1,
    .hosts_max = 12,
    .hours_max = 8,
    .client_pause_s = 120,
    .event_fails = 200,
    .performer_dies = 300,
    .receiver_refuses = 1500,
    .receiver_silent = 1000,
    .receiver_late = 300,
    .receiver_away = 2000,
    .kill_after = 30 },
  { .name = "scaling",
    .about = "Auto Scaling groups grow and shrink, and their service fails",
    .hosts_min = 1,
    .hosts_max = 4,
    .hours_max = 12,
    .fleets_max = 3,
    .client_pause_s = 150,
    .event_fails = 60,
    .performer_dies = 100,
    .performer_late = 100,
    .cloud_refuses = 150,
    .cloud_throttles = 500,
    .cloud_stale = 500,
    .cloud_away = 40,
    .fleet_scales = 80,
    .instance_lost = 6,
    .kill_after = 10 },
  { .name = "copies",
    .about = "fleets are copied, take each other's place, and end",
    .hosts_min = 1,
    .hosts_max = 2,
    .hours_max = 12,
    .fleets_max = 2,
    .client_pause_s = 150,
    .event_fails = 30,
    .service_refuses = 50,
    .performer_dies = 200,
    .cloud_throttles = 300,
    .cloud_refuses = 30,
    .fleet_scales = 20,
    .kill_before = 10,
    .kill_after = 20 },
  { .name = "every-other-commit",
    .about = "the server is killed at every other commit",
    .hosts_min = 1,
    .hosts_max = 8,
    .hours_max = 12,
    .fleets_max = 1,
    .client_pause_s = 600,
    .fleet_scales = 30,
    .event_fails = 100,
    .kill_before = 1000,
    .kill_after = 4000 },
  { .name = "disk",
    .about = "kills, on a file that is opened again",
    .on_disk = TRUE,
    .hosts_min = 1,
    .hosts_max = 8,
    .hours_max = 4,
    .client_pause_s = 180,
    .event_fails = 200,
    .kill_before = 100,
    .kill_after = 100 },
  { .name = "storm",
    .about = "all of it",
    .hosts_min = 1,
    .hosts_max = 30,
    .hours_max = 24,
    .fleets_max = 2,
    .client_pause_s = 120,
    .clock_jumps = 500,
    .kill_before = 30,
    .kill_after = 40,
    ALL_MESSAGES,
    ALL_HOSTS,
    ALL_SERVICES,
    ALL_RECEIVERS,
    ALL_CLOUD,
    ALL_STORE },
  { .name = "fleet",
    .about = "a thousand hosts and more",
    .hosts_min = 800,
    .hosts_max = 1600,
    .hours_max = 2,
    .client_pause_s = 300,
    .event_fails = 50,
    .event_hangs = 3,
    .host_dies = 3,
    .message_lost = 20,
    .store_busy = 10,
    .kill_after = 1 },
};

const Profile *
profile_row (gsize index)
{
  return index < G_N_ELEMENTS (profiles) ? &profiles[index] : NULL;
}

const Profile *
profile_find (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (profiles); i++)
    if (strcmp (profiles[i].name, name) == 0)
      return &profiles[i];
  return NULL;
}

/* Fleets are rare: one costs as much as dozens of others. */
const Profile *
profile_of_seed (guint64 seed)
{
  gsize others = G_N_ELEMENTS (profiles) - 1;
  return seed % 64 == 63 ? &profiles[others] : &profiles[seed % others];
}
