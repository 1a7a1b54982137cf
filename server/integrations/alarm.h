#pragma once

#include "core/arena.h"
#include "server/integrations/integrations.h"

/* An alarm, whoever watches over it: what a driver (prometheus.h, cloudwatch.h) says of one, and the one interface to all
 * of them. alarm-reader.h is who asks.
 *
 * Thread rule: drivers are called by several threads at the same time. */

typedef enum {
  ALARM_QUIET,
  ALARM_ACTIVE,
  ALARM_NO_DATA,   /* it was never judged, or has nothing to judge by: it protects from nothing */
  ALARM_UNKNOWN,   /* there is none, or we are refused: asking again does not help */
  ALARM_UNREADABLE /* it may be read a little later */
} AlarmState;

typedef struct {
  AlarmState state;
  const char *why; /* of the last two, and for people; no secrets. In the arena */
} AlarmReading;

typedef struct {
  /* Fills in out[i] for alarms[i], which are all of this driver. Blocks, until end_us of the monotonic clock at most: those
   * that it did not come to by then are unreadable, and say why. */
  void (*read) (gpointer ctx, const AlarmSettings *const *alarms, gsize n, gint64 end_us,
                Arena *arena, AlarmReading *out);
} AlarmOps;
