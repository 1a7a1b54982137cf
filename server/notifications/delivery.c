#include "server/notifications/delivery.h"

#define FIRST_PAUSE_MS 1000
#define LAST_PAUSE_MS  (300 * 1000)

gint64
delivery_pause_ms (const Ambient *ambient, gint64 failures)
{
  gint64 pause_ms = FIRST_PAUSE_MS;
  for (gint64 i = 1; i < failures && pause_ms < LAST_PAUSE_MS; i++)
    pause_ms *= 2;
  pause_ms = MIN (pause_ms, LAST_PAUSE_MS);
  return pause_ms * 3 / 4 + ambient_random_below (ambient, (guint32)(pause_ms / 2));
}

gboolean
delivery_claim (StoreTx *tx, gsize limit, gint64 now_ms, gint64 lease_ms, Arena *arena,
                NotificationRecordList *out, gint64 *out_next_ms, GError **error)
{
  NotificationRecordList all;
  if (!notification_record_earliest (tx, limit + 1, arena, &all, error))
    return FALSE;
  *out = (NotificationRecordList){ 0, arena_new0_n (arena, NotificationRecord *, limit) };
  *out_next_ms = -1;
  for (gsize i = 0; i < all.n; i++) {
    gboolean claimed;
    if (out->n == limit || all.items[i]->due_ms > now_ms) {
      *out_next_ms = all.items[i]->due_ms;
      break;
    }
    if (!notification_record_claim (tx, all.items[i], now_ms, now_ms + lease_ms, &claimed, error))
      return FALSE;
    if (claimed)
      out->items[out->n++] = all.items[i];
  }
  return TRUE;
}

static gboolean
claim_next (StoreTx *tx, const NotificationRecord *record, gint64 now_ms, gint64 lease_ms,
            Arena *arena, NotificationRecord **out, GError **error)
{
  NotificationRecord *next;
  gboolean claimed;
  if (!notification_record_first_of_line (tx, record, arena, &next, error))
    return FALSE;
  if (next == NULL || next->due_ms == 0)
    return TRUE;
  if (!notification_record_claim (tx, next, now_ms, now_ms + lease_ms, &claimed, error))
    return FALSE;
  if (claimed)
    *out = next;
  return TRUE;
}

gboolean
delivery_settle (StoreTx *tx, const DeliveryPatience *patience, const Ambient *ambient,
                 const NotificationRecord *record, const char *failure, gint64 next_lease_ms,
                 gint64 now_ms, Arena *arena, DeliveryResult *out, GError **error)
{
  *out = (DeliveryResult){ .end = DELIVERY_TAKEN };
  if (failure == NULL)
    return notification_record_delete (tx, record, now_ms, error) &&
           (next_lease_ms == 0 ||
            claim_next (tx, record, now_ms, next_lease_ms, arena, &out->next, error));
  NotificationRecord failed = *record;
  failed.failures++;
  failed.failure = failure;
  if (failed.failures >= patience->give_up_tries ||
      now_ms - record->since_ms >= patience->give_up_ms) {
    out->end = DELIVERY_GIVEN_UP;
    return notification_record_bury (tx, &failed, now_ms, error);
  }
  out->end = DELIVERY_PUT_OFF;
  out->again_ms = failed.due_ms = now_ms + delivery_pause_ms (ambient, failed.failures);
  return notification_record_put_off (tx, &failed, error);
}
