#include "core/target-machine.h"

ENUM_NAMES_DEFINE (TargetChange, target_change, TARGET_EVENT_LIST)
ENUM_NAMES_DEFINE (TargetAction, target_action, TARGET_ACTION_LIST)
ENUM_NAMES_DEFINE (EventChange, event_change, EVENT_CHANGE_LIST)
ENUM_NAMES_DEFINE (CommandEvent, command_event, COMMAND_EVENT_LIST)
ENUM_NAMES_DEFINE (CommandAction, command_action, COMMAND_ACTION_LIST)

/* Ready is a replacement on which the revision is installed, and which no traffic goes to yet. Nothing leads to Unknown. */
static const StateCell target_cells[][TARGET_N_CHANGES] = {
  [TARGET_PENDING] = { [TARGET_EV_START] = STATE_CELL (TARGET_IN_PROGRESS, TARGET_ACT_SEND),
                       [TARGET_EV_LEAVE_OUT] = STATE_CELL (TARGET_SKIPPED, TARGET_ACT_FINISH) },
  [TARGET_IN_PROGRESS] = { [TARGET_EV_PASS] = STATE_CELL (TARGET_IN_PROGRESS, TARGET_ACT_SEND),
                           [TARGET_EV_PASS_GATE] = STATE_CELL (TARGET_READY, TARGET_ACT_FINISH),
                           [TARGET_EV_PASS_LAST] = STATE_CELL (TARGET_SUCCEEDED, TARGET_ACT_FINISH),
                           [TARGET_EV_FAIL] = STATE_CELL (TARGET_FAILED, TARGET_ACT_FINISH),
                           [TARGET_EV_RETRY] =
                               STATE_CELL (TARGET_IN_PROGRESS, TARGET_ACT_START_OVER),
                           [TARGET_EV_CUT_SHORT] = STATE_CELL (TARGET_FAILED, TARGET_ACT_FINISH),
                           [TARGET_EV_LEAVE_OUT] = STATE_CELL (TARGET_SKIPPED, TARGET_ACT_FINISH) },
  [TARGET_SUCCEEDED] = { [TARGET_EV_START] = { 0 } },
  [TARGET_FAILED] = { [TARGET_EV_START] = { 0 } },
  [TARGET_SKIPPED] = { [TARGET_EV_START] = { 0 } },
  [TARGET_UNKNOWN] = { [TARGET_EV_START] = { 0 } },
  [TARGET_READY] = { [TARGET_EV_START] = STATE_CELL (TARGET_IN_PROGRESS, TARGET_ACT_SEND),
                     [TARGET_EV_LEAVE_OUT] = STATE_CELL (TARGET_SKIPPED, TARGET_ACT_FINISH) },
};
G_STATIC_ASSERT (G_N_ELEMENTS (target_cells) == TARGET_N_STATUSES);

static const StateCell event_cells[][EVENT_N_CHANGES] = {
  [EVENT_PENDING] = { [EVENT_EV_BEGIN] = STATE_CELL (EVENT_IN_PROGRESS, 0),
                      [EVENT_EV_SUCCEED] = STATE_CELL (EVENT_SUCCEEDED, 0),
                      [EVENT_EV_FAIL] = STATE_CELL (EVENT_FAILED, 0),
                      [EVENT_EV_SKIP] = STATE_CELL (EVENT_SKIPPED, 0) },
  [EVENT_IN_PROGRESS] = { [EVENT_EV_SUCCEED] = STATE_CELL (EVENT_SUCCEEDED, 0),
                          [EVENT_EV_FAIL] = STATE_CELL (EVENT_FAILED, 0) },
  [EVENT_SUCCEEDED] = { [EVENT_EV_BEGIN] = { 0 } },
  [EVENT_FAILED] = { [EVENT_EV_HEAL] = STATE_CELL (EVENT_SUCCEEDED, 0) },
  [EVENT_SKIPPED] = { [EVENT_EV_BEGIN] = { 0 } },
  [EVENT_UNKNOWN] = { [EVENT_EV_BEGIN] = { 0 } },
};
G_STATIC_ASSERT (G_N_ELEMENTS (event_cells) == EVENT_N_STATUSES);

#define COMMAND_DROPPED STATE_CELL (COMMAND_FAILED, COMMAND_ACT_DROP)
#define COMMAND_PASSED  STATE_CELL (COMMAND_SUCCEEDED, COMMAND_ACT_PASS)
#define COMMAND_ENDS    STATE_CELL (COMMAND_FAILED, COMMAND_ACT_FAIL)

/* A second acknowledgement is a host that did not hear the answer to its first. What runs on a host is never taken
 * back: COMMAND_IN_PROGRESS refuses to be withdrawn. A target may start over after a failure that its host reported, and
 * after a command that it never picked up: what is acknowledged late is refused, so neither runs any more. Of a command
 * that it began and never completed the host may still be running the hook, beside which no other may start. What the service
 * performs itself is in progress from its beginning. */
static const StateCell command_cells[][COMMAND_N_EVENTS] = {
  [COMMAND_WAITING] = { [COMMAND_EV_TURN] = STATE_CELL (COMMAND_PENDING, COMMAND_ACT_OFFER),
                        [COMMAND_EV_WITHDRAW] = COMMAND_DROPPED },
  [COMMAND_PENDING] = { [COMMAND_EV_PERFORM] = STATE_CELL (COMMAND_IN_PROGRESS, COMMAND_ACT_BEGIN),
                        [COMMAND_EV_HOLD] = STATE_CELL (COMMAND_HELD, COMMAND_ACT_HOLD),
                        [COMMAND_EV_ACK] = STATE_CELL (COMMAND_IN_PROGRESS, COMMAND_ACT_BEGIN),
                        [COMMAND_EV_ACK_NOOP] = COMMAND_PASSED,
                        [COMMAND_EV_SUCCEED] = COMMAND_PASSED,
                        [COMMAND_EV_FAIL] = COMMAND_ENDS,
                        [COMMAND_EV_EXPIRE] = COMMAND_ENDS,
                        [COMMAND_EV_WITHDRAW] = COMMAND_DROPPED },
  /* No clock runs. A host that had fetched it before may begin it all the same. */
  [COMMAND_HELD] = { [COMMAND_EV_RELEASE] = STATE_CELL (COMMAND_PENDING, COMMAND_ACT_OFFER),
                     [COMMAND_EV_ACK] = STATE_CELL (COMMAND_IN_PROGRESS, COMMAND_ACT_BEGIN),
                     [COMMAND_EV_ACK_NOOP] = COMMAND_PASSED,
                     [COMMAND_EV_SUCCEED] = COMMAND_PASSED,
                     [COMMAND_EV_FAIL] = COMMAND_ENDS,
                     [COMMAND_EV_WITHDRAW] = COMMAND_DROPPED },
  [COMMAND_IN_PROGRESS] = { [COMMAND_EV_ACK] =
                                STATE_CELL (COMMAND_IN_PROGRESS, COMMAND_ACT_NOTHING),
                            [COMMAND_EV_ACK_NOOP] =
                                STATE_CELL (COMMAND_IN_PROGRESS, COMMAND_ACT_NOTHING),
                            [COMMAND_EV_SUCCEED] = COMMAND_PASSED,
                            [COMMAND_EV_FAIL] = COMMAND_ENDS,
                            [COMMAND_EV_EXPIRE] =
                                STATE_CELL (COMMAND_FAILED, COMMAND_ACT_GIVE_UP) },
  [COMMAND_SUCCEEDED] = { [COMMAND_EV_TURN] = { 0 } },
  [COMMAND_FAILED] = { [COMMAND_EV_TURN] = { 0 } },
};
G_STATIC_ASSERT (G_N_ELEMENTS (command_cells) == COMMAND_N_STATUSES);

#define NAMER(name, Type, prefix)                                                                  \
  static const char *name (guint value)                                                            \
  {                                                                                                \
    return prefix##_name ((Type)value);                                                            \
  }
NAMER (target_state_text, TargetStatus, target_status)
NAMER (target_change_text, TargetChange, target_change)
NAMER (target_action_text, TargetAction, target_action)
NAMER (event_state_text, EventStatus, event_status)
NAMER (event_change_text, EventChange, event_change)
NAMER (command_state_text, CommandStatus, command_status)
NAMER (command_event_text, CommandEvent, command_event)
NAMER (command_action_text, CommandAction, command_action)

static const char *
event_action_text (guint action)
{
  return "record";
}

const StateMachine target_machine = {
  "target",          TARGET_N_STATUSES,  TARGET_N_CHANGES,   &target_cells[0][0],
  target_state_text, target_change_text, target_action_text,
};
const StateMachine event_machine = {
  "lifecycle event", EVENT_N_STATUSES,  EVENT_N_CHANGES,   &event_cells[0][0],
  event_state_text,  event_change_text, event_action_text,
};
const StateMachine command_machine = {
  "host command",     COMMAND_N_STATUSES, COMMAND_N_EVENTS,    &command_cells[0][0],
  command_state_text, command_event_text, command_action_text,
};

gboolean
command_machine_step (CommandStatus *status, CommandEvent event, CommandAction *out_action)
{
  const StateCell *cell = state_machine_cell (&command_machine, *status, event);
  if (cell == NULL)
    return FALSE;
  *status = cell->next;
  *out_action = cell->action;
  return TRUE;
}

static gboolean
change_target (Target *target, TargetChange change, TargetAction *out_action)
{
  const StateCell *cell = state_machine_cell (&target_machine, target->status, change);
  if (cell == NULL)
    return FALSE;
  target->status = cell->next;
  *out_action = cell->action;
  return TRUE;
}

static gboolean
change_event (TargetEvent *event, EventChange change)
{
  const StateCell *cell = state_machine_cell (&event_machine, event->status, change);
  if (cell == NULL)
    return FALSE;
  event->status = cell->next;
  return TRUE;
}

void
target_init (Target *target, const LifecyclePlan *plan)
{
  *target = (Target){ .status = TARGET_PENDING, .gate = plan->gate, .n_events = plan->n_events };
  for (gsize i = 0; i < plan->n_events; i++)
    target->events[i] = (TargetEvent){ .event = plan->events[i], .status = EVENT_PENDING };
}

gsize
target_step (const Target *target)
{
  gsize step = 0;
  while (step < target->n_events && target->events[step].status != EVENT_PENDING &&
         target->events[step].status != EVENT_IN_PROGRESS)
    step++;
  return step;
}

gboolean
target_start (Target *target, TargetAction *out_action)
{
  return change_target (target, TARGET_EV_START, out_action);
}

gboolean
target_begin_event (Target *target, gsize step, gint64 now_ms)
{
  if (target->status != TARGET_IN_PROGRESS || step != target_step (target) ||
      step == target->n_events || !change_event (&target->events[step], EVENT_EV_BEGIN))
    return FALSE;
  target->events[step].start_ms = now_ms;
  return TRUE;
}

static void
skip_rest (Target *target, gsize from, gint64 now_ms)
{
  for (gsize i = from; i < target->n_events; i++)
    if (change_event (&target->events[i], EVENT_EV_SKIP))
      target->events[i].end_ms = now_ms;
}

static void
close_event (TargetEvent *event, const EventDiagnostics *diagnostics, gint64 now_ms)
{
  event->end_ms = MAX (now_ms, event->start_ms);
  event->has_diagnostics = TRUE;
  event->diagnostics = *diagnostics;
}

gboolean
target_end_event (Target *target, gsize step, TargetOutcome outcome,
                  const EventDiagnostics *diagnostics, gint64 now_ms, TargetAction *out_action)
{
  if (target->status != TARGET_IN_PROGRESS || step != target_step (target) ||
      step == target->n_events)
    return FALSE;
  TargetEvent *event = &target->events[step];
  if (!change_event (event, outcome == TARGET_EVENT_PASSED ? EVENT_EV_SUCCEED : EVENT_EV_FAIL))
    return FALSE;
  /* A success that was never acknowledged: it must have started, and no later than now. */
  if (outcome == TARGET_EVENT_PASSED && event->start_ms == 0)
    event->start_ms = now_ms;
  close_event (event, diagnostics, now_ms);
  if (outcome == TARGET_EVENT_FAILED_RETRIED)
    return change_target (target, TARGET_EV_RETRY, out_action);
  if (outcome == TARGET_EVENT_FAILED) {
    skip_rest (target, step + 1, now_ms);
    return change_target (target, TARGET_EV_FAIL, out_action);
  }
  TargetChange passed = step + 1 == target->n_events ? TARGET_EV_PASS_LAST
                        : step + 1 == target->gate   ? TARGET_EV_PASS_GATE
                                                     : TARGET_EV_PASS;
  return change_target (target, passed, out_action);
}

void
target_start_over (Target *target)
{
  for (gsize i = 0; i < target->n_events; i++)
    target->events[i] = (TargetEvent){ .event = target->events[i].event, .status = EVENT_PENDING };
}

gboolean
target_heal_event (Target *target, gsize step, const EventDiagnostics *diagnostics, gint64 now_ms)
{
  if (target->status != TARGET_IN_PROGRESS || step >= target->n_events ||
      target->events[step].start_ms != 0 || !change_event (&target->events[step], EVENT_EV_HEAL))
    return FALSE;
  target->events[step].start_ms = now_ms;
  close_event (&target->events[step], diagnostics, now_ms);
  return TRUE;
}

gboolean
target_end_early (Target *target, gint64 now_ms, TargetAction *out_action)
{
  gsize step = target_step (target);
  if (step < target->n_events && target->events[step].status == EVENT_IN_PROGRESS)
    return FALSE;
  gboolean half_way = step > 0 && step != target->gate;
  if (!change_target (target, half_way ? TARGET_EV_CUT_SHORT : TARGET_EV_LEAVE_OUT, out_action))
    return FALSE;
  skip_rest (target, step, now_ms);
  return TRUE;
}

/* ---- hosts whose traffic was taken ---- */

/* The place of an event in the target's walk; n_events: it has none. */
static gsize
find_event (const Target *target, LifecycleEvent event)
{
  gsize i = 0;
  while (i < target->n_events && target->events[i].event != event)
    i++;
  return i;
}

gboolean
target_is_only_blocked (const Target *target, gsize n_ended)
{
  gsize block = find_event (target, LIFECYCLE_BLOCK_TRAFFIC);
  gsize stop = find_event (target, LIFECYCLE_APPLICATION_STOP);
  gsize allow = find_event (target, LIFECYCLE_ALLOW_TRAFFIC);
  return block < n_ended && n_ended <= stop && allow < target->n_events;
}

void
target_turn_back (Target *target, gint64 now_ms)
{
  gsize allow = find_event (target, LIFECYCLE_ALLOW_TRAFFIC);
  g_assert (target_is_only_blocked (target, target_step (target)));
  for (gsize i = target_step (target); i < allow; i++) {
    if (!change_event (&target->events[i], EVENT_EV_SKIP))
      g_assert_not_reached (); /* it is Pending */
    target->events[i].end_ms = now_ms;
  }
}

gboolean
target_has_turned_back (const Target *target)
{
  gsize allow = find_event (target, LIFECYCLE_ALLOW_TRAFFIC);
  return allow > 0 && allow < target->n_events &&
         target->events[allow - 1].status == EVENT_SKIPPED &&
         target->events[allow].status != EVENT_SKIPPED;
}

gboolean
target_is_left_blocked (const Target *target)
{
  gsize block = find_event (target, LIFECYCLE_BLOCK_TRAFFIC);
  gsize allow = find_event (target, LIFECYCLE_ALLOW_TRAFFIC);
  if (block == target->n_events || allow == target->n_events || allow < block)
    return FALSE;
  EventStatus left = target->events[allow].status;
  return target->events[block].status == EVENT_SUCCEEDED &&
         (left == EVENT_PENDING || left == EVENT_SKIPPED);
}
