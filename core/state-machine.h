#pragma once

#include <glib.h>

/* A state machine as one constant table: states down, events across; a cell names the next state and what the
 * caller then does. A cell that is not filled in refuses the event.
 *
 *   static const StateCell cells[N_STATES][N_EVENTS] = {
 *     [QUEUED] = { [START] = STATE_CELL (RUNNING, DISPATCH) },
 *   };
 *   const StateMachine machine = { "job", N_STATES, N_EVENTS, &cells[0][0], state_name, event_name, action_name };
 *
 * Each machine has one function that applies its table; nobody else assigns the state. The diagrams in
 * docs/state-machines.md are drawn from the same tables, and a test holds them equal.
 *
 * Thread rule: any thread. */
typedef struct {
  guint8 allowed; /* 0: the event is refused in this state */
  guint8 next;
  guint8 action;
} StateCell;

#define STATE_CELL(next_, action_)                                                                 \
  {                                                                                                \
    .allowed = 1, .next = (next_), .action = (action_)                                             \
  }

typedef struct {
  const char *name;
  guint n_states, n_events;
  const StateCell *cells; /* n_states rows of n_events */
  const char *(*state_name) (guint state);
  const char *(*event_name) (guint event);
  const char *(*action_name) (guint action);
} StateMachine;

/* NULL when the event is refused in this state. */
const StateCell *state_machine_cell (const StateMachine *machine, guint state, guint event);
/* No event is accepted in it. */
gboolean state_machine_is_final (const StateMachine *machine, guint state);

/* A Mermaid stateDiagram-v2, one edge a filled cell; states that no edge touches are left out. */
void state_machine_draw (const StateMachine *machine, guint initial, GString *out);
