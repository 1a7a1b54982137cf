#include "core/state-machine.h"

const StateCell *
state_machine_cell (const StateMachine *machine, guint state, guint event)
{
  g_assert (state < machine->n_states && event < machine->n_events);
  const StateCell *cell = &machine->cells[state * machine->n_events + event];
  return cell->allowed ? cell : NULL;
}

gboolean
state_machine_is_final (const StateMachine *machine, guint state)
{
  for (guint event = 0; event < machine->n_events; event++)
    if (state_machine_cell (machine, state, event) != NULL)
      return FALSE;
  return TRUE;
}

void
state_machine_draw (const StateMachine *machine, guint initial, GString *out)
{
  g_string_append_printf (out, "stateDiagram-v2\n    [*] --> %s\n", machine->state_name (initial));
  for (guint state = 0; state < machine->n_states; state++)
    for (guint event = 0; event < machine->n_events; event++) {
      const StateCell *cell = state_machine_cell (machine, state, event);
      if (cell != NULL)
        g_string_append_printf (out, "    %s --> %s: %s / %s\n", machine->state_name (state),
                                machine->state_name (cell->next), machine->event_name (event),
                                machine->action_name (cell->action));
    }
}
