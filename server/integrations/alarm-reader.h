#pragma once

#include "core/ambient.h"
#include "server/engine/errands.h"
#include "server/integrations/alarm.h"

/* Performs the errand read-alarms: which of a deployment's alarms are active (deployments.md 7.1).
 *
 * request  {"alarms":["high-errors","cpu"]}
 * answer   {"active":["cpu"],"unknown":["disk: there is no rule DiskFull"],"insufficient":["nightly"]}
 *
 * One that is active is told at once, whatever is to be said of the others. Otherwise those that may be readable a little later are waited
 * for: then the errand is not done yet and says why. Where the time was over before all were read, the next try goes on with the others:
 *
 * state    {"sinceMs":1790000000000,"quiet":["cpu"],"insufficient":["nightly"]}     for half a minute
 *
 * Thread rule: any thread, several at the same time. */
typedef struct AlarmReader AlarmReader;

typedef struct {
  const AlarmOps *ops; /* NULL: no alarm can be of this driver */
  gpointer ctx;
} AlarmSlot;

typedef struct {
  const Integrations *integrations;
  const Ambient *ambient;
  AlarmSlot drivers[ALARM_DRIVER_CLOUDWATCH + 1]; /* by AlarmDriver */
} AlarmReaderConfig;

/* The configuration is copied, what it points to is borrowed. */
AlarmReader *alarm_reader_new (const AlarmReaderConfig *config) G_GNUC_WARN_UNUSED_RESULT;
/* NULL is allowed. */
void alarm_reader_free (AlarmReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AlarmReader, alarm_reader_free)

/* ErrandPerform (server/errand-runner.h); data: an AlarmReader. */
void alarm_reader_perform (gpointer data, const ErrandRecord *errand, gint64 end_us, Arena *arena,
                           ErrandResult *out);
