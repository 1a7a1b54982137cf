#include <string.h>

#include "proto/shape.h"
#include "server/engine/private.h"

/* The columns events_json and failed_events_json: the events of an attempt that have ended by themselves, in order; those
 * after a failure or an early end are known from the target's status. Of a target that has turned back those between are there as
 * well, as Skipped. */

const ApiLifecycleEvent *
engine_show_event (const TargetEvent *event, Arena *arena)
{
  ApiLifecycleEvent *out = arena_new0 (arena, ApiLifecycleEvent);
  out->lifecycle_event_name = lifecycle_event_name (event->event);
  out->status = event_status_name (event->status);
  if (event->start_ms != 0)
    out->start_time = arena_int64 (arena, event->start_ms);
  if (event->end_ms != 0)
    out->end_time = arena_int64 (arena, event->end_ms);
  if (event->has_diagnostics) {
    ApiDiagnostics *diagnostics = arena_new0 (arena, ApiDiagnostics);
    /* A code is of something that has ended, or of the attempt before; this only waits. */
    if (event->status != EVENT_IN_PROGRESS ||
        lifecycle_event_performer (event->event) != LIFECYCLE_BY_SERVICE)
      diagnostics->error_code = diagnostics_code_name (event->diagnostics.code);
    diagnostics->script_name = event->diagnostics.script_name;
    diagnostics->message = event->diagnostics.message;
    diagnostics->log_tail = event->diagnostics.log_tail;
    out->diagnostics = diagnostics;
  }
  return out;
}

/* How many of its events are before the one that it is at, or, when it has ended, up to the last that ran. */
static gsize
count_kept (const Target *target)
{
  gsize n = target_step (target);
  while (target->status != TARGET_IN_PROGRESS && n > 0 &&
         target->events[n - 1].status == EVENT_SKIPPED)
    n--;
  return n;
}

char *
target_events_to_text (const Target *target, Arena *arena)
{
  ApiLifecycleEventList list = { .items = arena_new0_n (arena, const ApiLifecycleEvent *,
                                                        target->n_events) };
  for (gsize i = 0; i < count_kept (target); i++)
    list.items[list.n++] = engine_show_event (&target->events[i], arena);
  if (list.n == 0)
    return NULL;
  g_autofree char *text = shape_to_text (&api_shape_lifecycle_event_list, &list);
  return arena_strdup (arena, text);
}

char *
target_events_append (const char *events_json, const TargetEvent *ended, Arena *arena)
{
  g_autofree char *text =
      shape_to_text (&api_shape_lifecycle_event, engine_show_event (ended, arena));
  if (events_json == NULL)
    return arena_printf (arena, "[%s]", text);
  return arena_printf (arena, "%.*s,%s]", (int)strlen (events_json) - 1, events_json, text);
}

static gboolean
decode_event (const ApiLifecycleEvent *from, TargetEvent *to)
{
  LifecycleEvent event;
  if (from == NULL || !lifecycle_event_from_name (from->lifecycle_event_name, &event) ||
      event != to->event || !event_status_from_name (from->status, &to->status))
    return FALSE;
  to->start_ms = from->start_time != NULL ? *from->start_time : 0;
  to->end_ms = from->end_time != NULL ? *from->end_time : 0;
  if (from->diagnostics != NULL) {
    const ApiDiagnostics *diagnostics = from->diagnostics;
    to->has_diagnostics = TRUE;
    to->diagnostics =
        (EventDiagnostics){ .code = DIAGNOSTICS_UNKNOWN_ERROR,
                            .script_name = diagnostics->script_name ? diagnostics->script_name : "",
                            .message = diagnostics->message ? diagnostics->message : "",
                            .log_tail = diagnostics->log_tail ? diagnostics->log_tail : "" };
    return diagnostics_code_from_name (diagnostics->error_code, &to->diagnostics.code);
  }
  return TRUE;
}

/* A target in progress with the events of the text. *out_n_ended: how many have ended. */
static gboolean
read_events (const TargetRecord *record, const char *text, Arena *arena, Target *out,
             gsize *out_n_ended, GError **error)
{
  gpointer decoded;
  if (!shape_from_text (&api_shape_lifecycle_event_list, text, arena, &decoded, error)) {
    g_prefix_error (error,
                    "cannot read the stored events of target \"%s\" of %s: ", record->target_id,
                    record->deployment_id);
    return FALSE;
  }
  const ApiLifecycleEventList *list = decoded;
  gsize n_ended = list != NULL ? list->n : 0;
  Target target;
  target_init (&target, lifecycle_plan (record->plan));
  target.status = TARGET_IN_PROGRESS;
  if (n_ended > target.n_events) {
    g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA,
                 "target \"%s\" of %s has more stored events than its plan", record->target_id,
                 record->deployment_id);
    return FALSE;
  }
  for (gsize i = 0; i < n_ended; i++)
    if (!decode_event (list->items[i], &target.events[i])) {
      g_set_error (error, STORE_ERROR, STORE_ERROR_SCHEMA,
                   "stored event %" G_GSIZE_FORMAT " of target \"%s\" of %s is not of its plan", i,
                   record->target_id, record->deployment_id);
      return FALSE;
    }
  *out = target;
  *out_n_ended = n_ended;
  return TRUE;
}

gboolean
target_read_failed_attempt (const TargetRecord *record, Arena *arena, Target *out, GError **error)
{
  gsize n_ended;
  return read_events (record, record->failed_events_json, arena, out, &n_ended, error);
}

gboolean
engine_read_target (const TargetRecord *record, Arena *arena, Target *out, GError **error)
{
  Target target;
  gsize n_ended;
  if (!read_events (record, record->events_json, arena, &target, &n_ended, error))
    return FALSE;
  target.status = record->status;
  if (target.status == TARGET_IN_PROGRESS && n_ended == 0 && record->attempt > 1 &&
      !attempt_show_reason (record, &target, arena, error))
    return FALSE;
  if (target.status == TARGET_IN_PROGRESS && n_ended < target.n_events && record->has_command &&
      record->command_status == COMMAND_IN_PROGRESS) {
    target.events[n_ended].status = EVENT_IN_PROGRESS;
    target.events[n_ended].start_ms = record->command_acknowledge_ms;
  }
  if (target.status == TARGET_FAILED || target.status == TARGET_SKIPPED)
    for (gsize i = n_ended; i < target.n_events; i++) {
      target.events[i].status = EVENT_SKIPPED;
      target.events[i].end_ms = record->update_ms;
    }
  *out = target;
  return TRUE;
}

TargetEvent *
target_failed_event (Target *target)
{
  TargetEvent *failed = NULL;
  for (gsize i = 0; i < target->n_events; i++)
    if (target->events[i].status == EVENT_FAILED)
      failed = &target->events[i]; /* the last one: earlier ones were ignored */
  return failed;
}

/* "Succeeded: " of agents goes on behind its colon. */
char *
event_add_remark (const char *message, const char *remark, Arena *arena)
{
  return arena_printf (arena, "%s%s%s", message, g_str_has_suffix (message, " ") ? "" : "; ",
                       remark);
}

char *
target_describe_event (const TargetEvent *failed, Arena *arena)
{
  const EventDiagnostics *why = &failed->diagnostics;
  const char *script = why->script_name[0] != '\0' ? why->script_name : NULL;
  return arena_printf (arena, "event %s%s%s: %s (%s)", lifecycle_event_name (failed->event),
                       script != NULL ? ", script " : "", script != NULL ? script : "",
                       why->message, diagnostics_code_name (why->code));
}

char *
target_describe_failure (const TargetRecord *record, Target *target, Arena *arena)
{
  const TargetEvent *failed = target_failed_event (target);
  const char *blocked =
      target_is_left_blocked (target) ? arena_printf (arena, "; %s", TARGET_LEFT_BLOCKED) : "";
  if (failed != NULL)
    return arena_printf (arena, "host %s, %s%s", record->target_id,
                         target_describe_event (failed, arena), blocked);
  if (target_has_turned_back (target))
    return arena_printf (arena, "host %s has its traffic again, and nothing was installed on it",
                         record->target_id);
  return arena_printf (arena, "host %s was left half-way%s", record->target_id, blocked);
}
