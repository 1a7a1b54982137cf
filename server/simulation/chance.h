#pragma once

#include <glib.h>

/* Where a simulated world's accidents come from: streams of numbers, each fixed by the world's seed and the stream's own
 * number, so that one that is asked more often does not change what the others say.
 *
 * Threads: one at a time for each stream. */

typedef enum {
  CHANCE_WORLD,     /* what the world is like */
  CHANCE_CLIENTS,   /* what people do */
  CHANCE_HOSTS,     /* what hosts do */
  CHANCE_NETWORK,   /* what becomes of messages */
  CHANCE_STORE,     /* what becomes of works */
  CHANCE_SERVER,    /* what the server itself draws: identifiers */
  CHANCE_SERVICES,  /* what balancers and alarms do */
  CHANCE_RECEIVERS, /* what becomes of notifications */
  CHANCE_CLOUD      /* what Auto Scaling does */
} ChanceStream;

typedef struct {
  guint64 state;
} Chance;

Chance chance_new (guint64 seed, ChanceStream stream);
guint64 chance_word (Chance *chance);
/* 0 .. n-1; n > 0. */
gint64 chance_below (Chance *chance, gint64 n);
/* low .. high, both included. */
gint64 chance_between (Chance *chance, gint64 low, gint64 high);
/* TRUE so many times in ten thousand. */
gboolean chance_hits (Chance *chance, gint64 of_10000);
/* A delay that is mostly about typical and now and then many times that. */
gint64 chance_delay (Chance *chance, gint64 typical);
