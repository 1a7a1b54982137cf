#pragma once

#include <glib.h>

/*
 * When a process that ended is started again (agent.md 6.1): after first_ms, and then twice as long each time, up to a minute (5,
 * 10, 20, 40, 60 s by default: the setting respawn_first); one that has lived for a minute begins anew. Nothing is given up, but after a few failures in a row the agent says that it is not well.
 *
 * Thread rule: plain values; no clock is read.
 */
typedef struct {
  gint64 first_ms;
  guint failures; /* in a row */
} Respawn;

#define RESPAWN_LEAST_MS     10
#define RESPAWN_LONGEST_MS   60000
#define RESPAWN_HEALTHY_MS   60000
#define RESPAWN_UNHEALTHY_AT 3 /* failures */

/* It ended after it had lived so long. How long to wait. */
gint64 respawn_after_end_ms (Respawn *respawn, gint64 lived_ms);
gboolean respawn_is_unhealthy (const Respawn *respawn);
