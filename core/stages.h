#pragma once

#include "core/arena.h"
#include "core/scheduler.h"
#include "core/tag-filter.h"

/* A deployment's targets, divided in stages that run one after the other: a stage is a contiguous range of ordinals, and is over
 * when all of its targets have ended. What the deployment as a whole may run and lose (scheduler.h) holds at the same time.
 *
 * Zones (deployments.md 2.8) are stages: hosts by Availability Zone, each with a minimum of healthy hosts of its own, watched for a
 * while before the next. Waves (ours) are stages, too: an ordered list of host sets, each taken from what the ones before
 * left, with a share that must succeed, a share that may fail, a wait and an approval before the next.
 *
 * Pure; any thread. Texts are borrowed from what they were read from. */

#define STAGE_KIND_LIST(X)                                                                         \
  X (STAGE_ZONE, "zone")                                                                           \
  X (STAGE_WAVE, "wave")

ENUM_NAMES_TYPE (StageKind, STAGE_KIND_LIST);
ENUM_NAMES_DECLARE (StageKind, stage_kind)

typedef struct {
  StageKind kind;
  const char *name;       /* the zone's, or the wave's */
  gint64 first, n;        /* ordinals first .. first + n - 1 */
  gint64 minimum_healthy; /* of its own n; 0: as far as the stage is concerned all may go at once */
  gint64 needed;          /* so many must succeed */
  gint64 tolerated;       /* so many may fail; one more ends the deployment at once */
  gint64 wait_s;          /* watched for so long before the next begins */
  gboolean approval;      /* then somebody must approve of the next */
} Stage;

typedef struct {
  gsize n;
  Stage *items;
  gsize *
      order; /* order[i]: which of the hosts that were given has ordinal i; all of them, once each */
} StageList;

/* A host that is to be placed, in the order in which it would be tried (deployments.md 3.2). */
typedef struct {
  const char *zone; /* NULL: it has none */
  gboolean unhealthy;
  const Tag *tags;
  gsize n_tags;
} StageHost;

/* ---- zones ---- */

/* What the hosts without a zone are called together. */
#define STAGE_NO_ZONE "no zone"
/* firstZoneMonitorDurationInSeconds was not given. */
#define STAGE_MONITOR_AS_OTHERS (-1)

typedef struct {
  MinimumHealthy minimum;
  gint64 first_monitor_s; /* after the first zone; STAGE_MONITOR_AS_OTHERS */
  gint64 monitor_s;       /* after each other; 0: no wait */
} ZoneRules;

/* Zones with an unhealthy host first, else by name; the hosts without a zone last. In arena. */
void stages_by_zone (const StageHost *hosts, gsize n_hosts, const ZoneRules *rules, Arena *arena,
                     StageList *out);

/* ---- waves ---- */

typedef enum {
  WAVE_REST,    /* all that are left; of the last wave, and of no other */
  WAVE_TAGS,    /* those with a tag that any filter matches */
  WAVE_PERCENT, /* so much of what is left, rounded up */
  WAVE_COUNT
} WaveHosts;

typedef struct {
  const char *name;
  WaveHosts hosts;
  TagFilterList tags;     /* of WAVE_TAGS */
  gint64 amount;          /* 1-100 of WAVE_PERCENT, 1 or more of WAVE_COUNT */
  gint64 success_percent; /* 0-100, of the wave's hosts, rounded up */
  gint64 error_percent;   /* 0-100, rounded down */
  gint64 wait_s;
  gboolean approval;
} Wave;

/* A wave may come out empty. In arena. */
void stages_by_wave (const StageHost *hosts, gsize n_hosts, const Wave *waves, gsize n_waves,
                     Arena *arena, StageList *out);

/* ---- what may be done ---- */

/* The first stage that has hosts, none of which may be taken down: HEALTH_CONSTRAINTS_INVALID. NULL: there is none. */
const Stage *stages_find_impossible (const StageList *list);

/* Where a stage's targets are. whole: the deployment's; before: its successes and failures when the stage began. Only the present
 * stage has targets that run, and those of later ones are all pending. */
SchedulerCounts stage_counts (const Stage *stage, gint64 n_targets, const SchedulerCounts *whole,
                              const SchedulerCounts *before);

/* How many of its pending targets may be started now, as far as the stage is concerned. */
gint64 stage_may_start (const Stage *stage, const SchedulerCounts *counts);

typedef enum {
  STAGE_GOES_ON,
  STAGE_IS_DONE,
  /* The others end the deployment: HEALTH_CONSTRAINTS. */
  STAGE_BUDGET_IS_SPENT,   /* nothing runs, and nothing that is pending may be started */
  STAGE_TOO_MANY_FAILED,   /* more than may fail; others may be running */
  STAGE_CANNOT_BE_REACHED, /* so many failed that too few can succeed; likewise */
} StageVerdict;

StageVerdict stage_verdict (const Stage *stage, const SchedulerCounts *counts);
