#pragma once

#include "core/lifecycle.h"
#include "core/states.h"

/* The course of a deployment: which phases it has, in which order, and which of its targets walk in each (deployments.md 1.3,
 * 1.4, 2.7, 5.2). Most deployments have one phase. Those that replace a fleet have several, and the deployment's counters
 * are those of the phase that it is at.
 *
 *   in place          install
 *   blue/green        install (new hosts) - reroute (new) - deregister (original) - swap - retire
 *   its rollback      reroute (original) - deregister (new) - swap - retire
 *
 * Thread rule: constant tables; any thread. */

/* Names are kept in the store. */
#define COURSE_LIST(X)                                                                             \
  X (COURSE_IN_PLACE, "in-place")                                                                  \
  X (COURSE_BLUE_GREEN, "blue-green")                                                              \
  X (COURSE_BLUE_GREEN_BACK, "blue-green-back") /* its rollback: traffic goes back, no install */

ENUM_NAMES_TYPE (Course, COURSE_LIST);
ENUM_NAMES_DECLARE (Course, course)
#define COURSE_N (COURSE_BLUE_GREEN_BACK + 1)

typedef enum {
  PHASE_BY_CONFIGURATION, /* how many may run, and fail, is the deployment configuration's to say */
  PHASE_OF_ALL,           /* all at once, and one failure fails the deployment */
  PHASE_OF_SERVICE        /* no target walks; the service does something */
} PhaseRule;

typedef struct {
  DeploymentPhase phase;
  PhaseRule rule;
  TargetLabel label;   /* whose targets walk in it */
  TargetStatus before; /* what they are before their turn comes: Pending, or Ready */
} CoursePhase;

const CoursePhase *course_first_phase (Course course);
/* The course has it. */
const CoursePhase *course_phase (Course course, DeploymentPhase phase);
/* NULL: it is the last. */
const CoursePhase *course_next_phase (Course course, DeploymentPhase phase);
