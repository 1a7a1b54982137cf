#include "core/course.h"

ENUM_NAMES_DEFINE (Course, course, COURSE_LIST)

#define MOST_PHASES 5

typedef struct {
  gsize n;
  CoursePhase phases[MOST_PHASES];
} CourseTable;

#define SERVICE(phase_)                                                                            \
  {                                                                                                \
    .phase = (phase_), .rule = PHASE_OF_SERVICE                                                    \
  }

static const CourseTable courses[] = {
  [COURSE_IN_PLACE] = { 1,
                        { { DEPLOYMENT_PHASE_INSTALL, PHASE_BY_CONFIGURATION, TARGET_UNLABELLED,
                            TARGET_PENDING } } },
  [COURSE_BLUE_GREEN] = { 5,
                          { { DEPLOYMENT_PHASE_INSTALL, PHASE_BY_CONFIGURATION, TARGET_GREEN,
                              TARGET_PENDING },
                            { DEPLOYMENT_PHASE_REROUTE, PHASE_BY_CONFIGURATION, TARGET_GREEN,
                              TARGET_READY },
                            { DEPLOYMENT_PHASE_DEREGISTER, PHASE_OF_ALL, TARGET_BLUE,
                              TARGET_PENDING },
                            SERVICE (DEPLOYMENT_PHASE_SWAP),
                            SERVICE (DEPLOYMENT_PHASE_RETIRE) } },
  /* The original hosts first, so that there is capacity at every moment. */
  [COURSE_BLUE_GREEN_BACK] = { 4,
                               { { DEPLOYMENT_PHASE_REROUTE, PHASE_BY_CONFIGURATION, TARGET_BLUE,
                                   TARGET_PENDING },
                                 { DEPLOYMENT_PHASE_DEREGISTER, PHASE_OF_ALL, TARGET_GREEN,
                                   TARGET_PENDING },
                                 SERVICE (DEPLOYMENT_PHASE_SWAP),
                                 SERVICE (DEPLOYMENT_PHASE_RETIRE) } },
};
G_STATIC_ASSERT (G_N_ELEMENTS (courses) == COURSE_N);

const CoursePhase *
course_first_phase (Course course)
{
  g_assert (course < COURSE_N);
  return &courses[course].phases[0];
}

static gsize
find (Course course, DeploymentPhase phase)
{
  g_assert (course < COURSE_N);
  for (gsize i = 0; i < courses[course].n; i++)
    if (courses[course].phases[i].phase == phase)
      return i;
  g_assert_not_reached ();
}

const CoursePhase *
course_phase (Course course, DeploymentPhase phase)
{
  return &courses[course].phases[find (course, phase)];
}

const CoursePhase *
course_next_phase (Course course, DeploymentPhase phase)
{
  gsize next = find (course, phase) + 1;
  return next < courses[course].n ? &courses[course].phases[next] : NULL;
}
