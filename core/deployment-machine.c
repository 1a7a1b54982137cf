#include "core/deployment-machine.h"

ENUM_NAMES_DEFINE (DeploymentEvent, deployment_event, DEPLOYMENT_EVENT_LIST)
ENUM_NAMES_DEFINE (DeploymentAction, deployment_action, DEPLOYMENT_ACTION_LIST)

#define START_FROM_HERE STATE_CELL (DEPLOYMENT_IN_PROGRESS, DEPLOYMENT_ACT_START_TARGETS)
#define SUCCEED         STATE_CELL (DEPLOYMENT_SUCCEEDED, DEPLOYMENT_ACT_CLOSE)
#define FAIL            STATE_CELL (DEPLOYMENT_FAILED, DEPLOYMENT_ACT_CLOSE)
#define STOP            STATE_CELL (DEPLOYMENT_STOPPED, DEPLOYMENT_ACT_CLOSE)

static const StateCell cells[][DEPLOYMENT_N_EVENTS] = {
  [DEPLOYMENT_CREATED] = { [DEPLOYMENT_EV_QUEUE] =
                               STATE_CELL (DEPLOYMENT_QUEUED, DEPLOYMENT_ACT_NOTHING),
                           [DEPLOYMENT_EV_START] = START_FROM_HERE,
                           [DEPLOYMENT_EV_FAIL] = FAIL,
                           [DEPLOYMENT_EV_STOP] = STOP },
  [DEPLOYMENT_QUEUED] = { [DEPLOYMENT_EV_START] = START_FROM_HERE,
                          [DEPLOYMENT_EV_FAIL] = FAIL,
                          [DEPLOYMENT_EV_STOP] = STOP },
  [DEPLOYMENT_IN_PROGRESS] = { [DEPLOYMENT_EV_AWAIT_READY] =
                                   STATE_CELL (DEPLOYMENT_READY, DEPLOYMENT_ACT_NOTHING),
                               [DEPLOYMENT_EV_BAKE] =
                                   STATE_CELL (DEPLOYMENT_BAKING, DEPLOYMENT_ACT_NOTHING),
                               [DEPLOYMENT_EV_SUCCEED] = SUCCEED,
                               [DEPLOYMENT_EV_FAIL] = FAIL,
                               [DEPLOYMENT_EV_STOP] = STOP },
  [DEPLOYMENT_BAKING] = { [DEPLOYMENT_EV_CONTINUE] = START_FROM_HERE,
                          [DEPLOYMENT_EV_SUCCEED] = SUCCEED,
                          [DEPLOYMENT_EV_FAIL] = FAIL,
                          [DEPLOYMENT_EV_STOP] = STOP },
  [DEPLOYMENT_READY] = { [DEPLOYMENT_EV_CONTINUE] = START_FROM_HERE,
                         [DEPLOYMENT_EV_FAIL] = FAIL,
                         [DEPLOYMENT_EV_STOP] = STOP },
  [DEPLOYMENT_SUCCEEDED] = { [DEPLOYMENT_EV_QUEUE] = { 0 } },
  [DEPLOYMENT_FAILED] = { [DEPLOYMENT_EV_QUEUE] = { 0 } },
  [DEPLOYMENT_STOPPED] = { [DEPLOYMENT_EV_QUEUE] = { 0 } },
};
G_STATIC_ASSERT (G_N_ELEMENTS (cells) == DEPLOYMENT_N_STATUSES);

static const char *
state_name (guint state)
{
  return deployment_status_name ((DeploymentStatus)state);
}

static const char *
event_name (guint event)
{
  return deployment_event_name ((DeploymentEvent)event);
}

static const char *
action_name (guint action)
{
  return deployment_action_name ((DeploymentAction)action);
}

const StateMachine deployment_machine = {
  .name = "deployment",
  .n_states = DEPLOYMENT_N_STATUSES,
  .n_events = DEPLOYMENT_N_EVENTS,
  .cells = &cells[0][0],
  .state_name = state_name,
  .event_name = event_name,
  .action_name = action_name,
};

gboolean
deployment_machine_step (DeploymentStatus *status, DeploymentEvent event,
                         DeploymentAction *out_action)
{
  const StateCell *cell = state_machine_cell (&deployment_machine, *status, event);
  if (cell == NULL)
    return FALSE;
  *status = cell->next;
  *out_action = cell->action;
  return TRUE;
}

gboolean
deployment_status_is_final (DeploymentStatus status)
{
  return state_machine_is_final (&deployment_machine, status);
}
