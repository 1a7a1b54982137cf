#include "proto/api-error.h"
#include "proto/api-types.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/page.h"
#include "server/engine/engine.h"
#include "store/records/notification.h"

#include <string.h>

/* Notifications that were not delivered yet, or were given up: ours. Those that were are gone. */

static const gint64 *
time_or_null (Arena *arena, gint64 time_ms)
{
  return time_ms != 0 ? arena_int64 (arena, time_ms) : NULL;
}

/* "waiting": for its turn or for the next try. */
static const ApiNotification *
show (const NotificationRecord *record, Arena *arena)
{
  ApiNotification *shown = arena_new0 (arena, ApiNotification);
  shown->notification_id = record->id;
  shown->deployment_id = record->deployment_id;
  shown->event = record->event;
  shown->sink = record->sink;
  shown->trigger_name = record->trigger_name;
  shown->status = record->dead_ms != 0 ? "dead" : "waiting";
  shown->create_time = arena_int64 (arena, record->create_ms);
  shown->next_try_time = time_or_null (arena, record->due_ms);
  shown->dead_time = time_or_null (arena, record->dead_ms);
  shown->failures = arena_int64 (arena, record->failures);
  shown->failure = record->failure;
  return shown;
}

/* A position is the time and id of the last one: "1790000000000 6f1c...". */
static void
read_position (const char *after, NotificationQuery *query)
{
  char *id = NULL;
  if (after == NULL)
    return;
  query->after_ms = g_ascii_strtoll (after, &id, 10);
  query->after_id = id + (*id != '\0');
}

gboolean
action_list_notifications (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListNotificationsInput *input = call->input;
  ApiListNotificationsOutput *out = output;
  Arena *arena = call->arena;
  gsize limit = (gsize)call->env->quotas->items_per_page;
  const char *after;
  NotificationRecordList records;
  if (!page_begin (call, input->next_token, &after, error))
    return FALSE;
  NotificationQuery query = { .deployment_id = input->deployment_id,
                              .only_dead = input->only_dead != NULL && *input->only_dead,
                              .limit = limit + 1 };
  read_position (after, &query);
  if (!notification_record_list (tx, &query, arena, &records, error))
    return FALSE;
  ApiNotificationList *list = arena_new0 (arena, ApiNotificationList);
  list->n = MIN (records.n, limit);
  list->items = arena_new0_n (arena, const ApiNotification *, MAX (list->n, 1));
  for (gsize i = 0; i < list->n; i++)
    list->items[i] = show (records.items[i], arena);
  out->notifications = list;
  if (records.n > limit) {
    const NotificationRecord *last = records.items[limit - 1];
    out->next_token =
        page_end (call, arena_printf (arena, "%" G_GINT64_FORMAT " %s", last->create_ms, last->id));
  }
  return TRUE;
}

static NotificationRecord *
find (ApiCall *call, StoreTx *tx, const char *id, GError **error)
{
  NotificationRecord *record;
  if (!notification_record_get (tx, id, call->arena, &record, error))
    return NULL;
  if (record == NULL)
    api_error_set (error, API_ERR_NOTIFICATION_DOES_NOT_EXIST,
                   "No notification %s waits or was given up; it may have been delivered", id);
  return record;
}

gboolean
action_retry_notification (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiRetryNotificationInput *input = call->input;
  gboolean due;
  NotificationRecord *record = find (call, tx, input->notification_id, error);
  if (record == NULL || !notification_record_retry (tx, record, call->now_ms, &due, error))
    return FALSE;
  engine_wake_audience (call->env->engine, tx, call->now_ms);
  return TRUE;
}

gboolean
action_drop_notification (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDropNotificationInput *input = call->input;
  NotificationRecord *record = find (call, tx, input->notification_id, error);
  if (record == NULL || !notification_record_delete (tx, record, call->now_ms, error))
    return FALSE;
  engine_wake_audience (call->env->engine, tx, call->now_ms);
  return TRUE;
}
