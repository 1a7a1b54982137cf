#pragma once

#include "core/arn.h"
#include "server/errand-runner.h"
#include "server/integrations/aws-client.h"

/* Performs the errands about EC2 instances and Auto Scaling groups:
 *
 *   list-fleet        {"tagGroups","autoScalingGroups"}            answer: server/engine/fleet-text.h
 *   watch-scaling     {"autoScalingGroups":["name"]}               the same; also those that are not in service
 *   keep-hook         {"autoScalingGroup","hook","transition":"launch"|"termination","metadata","present":bool}
 *   lifecycle-action  {"autoScalingGroup","hook","instance","result":"CONTINUE"|"ABANDON"|null}
 *                     null: a heartbeat, and again before the hook's time is over
 *   copy-fleet, swap-fleet, retire-fleet                           server/integrations/fleet-copy.h
 *
 * Thread rule: constant, any thread. */

typedef struct {
  AwsCaller caller;      /* without an end: each errand has its own */
  const char *partition; /* of ARNs */
  const char *region;    /* where the instances are */
} FleetErrands;

/* Sets the performers of all these kinds; errands is borrowed as long as they are in use. */
void fleet_errands_install (const FleetErrands *errands,
                            ErrandPerformer performers[ERRAND_N_KINDS]);

/* The same for one errand, whose calls end by end_us. */
FleetErrands fleet_errands_until (const FleetErrands *errands, gint64 end_us);

/* What a failed call means for an errand: to be tried again, or refused. code: the service's word, or NULL; refused: what a
 * deployment ends with when the service will not. */
void fleet_errand_fail (const FleetErrands *errands, const char *service,
                        const ErrandRecord *errand, const GError *problem, const char *code,
                        DeploymentError refused, Arena *arena, ErrandResult *out);
