#include "store/records/audit-event.h"

#include "store/records/row-read.h"

gboolean
audit_event_record_insert (StoreTx *tx, const AuditEvent *event, GError **error)
{
  static const char sql[] =
      "INSERT INTO audit_event (event_id, time_ms, event_source, event_name, read_only, user_name,"
      " access_key_id, error_code, record_json) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
  static const char resource_sql[] =
      "INSERT INTO audit_resource (event_id, type, name, time_ms) VALUES ($1, $2, $3, $4)";
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (event->id), store_int (event->time_ms),
                               store_text (event->source), store_text (event->name),
                               store_bool (event->read_only), store_text (event->user_name),
                               store_text (event->access_key_id), store_text (event->error_code),
                               store_text (event->record_json)),
                   NULL, error))
    return FALSE;
  for (gsize i = 0; i < event->n_resources; i++)
    if (!store_exec (tx, resource_sql,
                     STORE_ARGS (store_text (event->id), store_text (event->resources[i].type),
                                 store_text (event->resources[i].name), store_int (event->time_ms)),
                     NULL, error))
      return FALSE;
  return TRUE;
}

gboolean
audit_event_record_purge (StoreTx *tx, gint64 before_ms, gint64 limit, GError **error)
{
#define OLDEST                                                                                     \
  "(SELECT event_id FROM audit_event WHERE time_ms < $1 ORDER BY time_ms, event_id LIMIT $2)"
  static const char resources_sql[] = "DELETE FROM audit_resource WHERE event_id IN " OLDEST;
  static const char sql[] = "DELETE FROM audit_event WHERE event_id IN " OLDEST;
  return store_exec (tx, resources_sql, STORE_ARGS (store_int (before_ms), store_int (limit)), NULL,
                     error) &&
         store_exec (tx, sql, STORE_ARGS (store_int (before_ms), store_int (limit)), NULL, error);
}

/* --- looking up --- */

static gpointer
read_event (StoreRows *rows, Arena *arena)
{
  AuditEvent *event = arena_new0 (arena, AuditEvent);
  event->id = arena_strdup (arena, store_rows_text (rows, 0));
  event->time_ms = store_rows_int (rows, 1);
  event->source = arena_strdup (arena, store_rows_text (rows, 2));
  event->name = arena_strdup (arena, store_rows_text (rows, 3));
  event->read_only = store_rows_bool (rows, 4);
  event->user_name = arena_strdup (arena, store_rows_text (rows, 5));
  event->access_key_id = arena_strdup (arena, store_rows_text (rows, 6));
  event->error_code = arena_strdup (arena, store_rows_text (rows, 7));
  event->record_json = arena_strdup (arena, store_rows_text (rows, 8));
  return event;
}

static gpointer
read_resource (StoreRows *rows, Arena *arena)
{
  AuditResource *resource = arena_new0 (arena, AuditResource);
  resource->type = arena_strdup (arena, store_rows_text (rows, 0));
  resource->name = arena_strdup (arena, store_rows_text (rows, 1));
  return resource;
}

static gboolean
read_resources (StoreTx *tx, AuditEvent *event, Arena *arena, GError **error)
{
  static const char sql[] =
      "SELECT type, name FROM audit_resource WHERE event_id = $1 ORDER BY type, name";
  gsize n;
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_text (event->id)), read_resource, arena, &n, &items,
                     error))
    return FALSE;
  AuditResource *resources = arena_new0_n (arena, AuditResource, n + 1);
  for (gsize i = 0; i < n; i++)
    resources[i] = *(const AuditResource *)items[i];
  event->n_resources = n;
  event->resources = resources;
  return TRUE;
}

#define COLUMNS                                                                                    \
  "SELECT e.event_id, e.time_ms, e.event_source, e.event_name, e.read_only, e.user_name,"          \
  " e.access_key_id, e.error_code, e.record_json FROM audit_event AS e"
/* Empty text, and -1 for read_only: does not matter. */
#define CONDITIONS                                                                                 \
  " e.time_ms >= $1 AND e.time_ms <= $2 AND (e.time_ms < $3 OR (e.time_ms = $3 AND e.event_id <"   \
  " $4)) AND ($5 = '' OR e.event_id = $5) AND ($6 = '' OR e.event_source = $6)"                    \
  " AND ($7 = '' OR e.event_name = $7) AND ($8 = '' OR e.access_key_id = $8)"                      \
  " AND ($9 < 0 OR e.read_only = $9)"
#define ORDER " ORDER BY e.time_ms DESC, e.event_id DESC LIMIT $10"
#define OF_RESOURCE                                                                                \
  " EXISTS (SELECT 1 FROM audit_resource AS r WHERE r.event_id = e.event_id AND ($12 = '' OR"      \
  " r.type = $12) AND ($13 = '' OR r.name = $13)) AND"
#define NAMED_RESOURCE                                                                             \
  " e.event_id IN (SELECT r.event_id FROM audit_resource AS r WHERE r.name = $13 AND ($12 = '' OR" \
  " r.type = $12)) AND ($11 = '' OR e.user_name = $11) AND"

/* The statement whose index fits. */
static const char *
choose_statement (const AuditQuery *query, gsize *out_n_args)
{
  static const char all[] = COLUMNS " WHERE" CONDITIONS ORDER;
  static const char of_user[] = COLUMNS " WHERE e.user_name = $11 AND" CONDITIONS ORDER;
  static const char of_type[] =
      COLUMNS " WHERE" OF_RESOURCE " ($11 = '' OR e.user_name = $11) AND" CONDITIONS ORDER;
  static const char of_name[] = COLUMNS " WHERE" NAMED_RESOURCE CONDITIONS ORDER;
  *out_n_args = 13;
  if (query->resource_name != NULL)
    return of_name;
  if (query->resource_type != NULL)
    return of_type;
  *out_n_args = query->user_name != NULL ? 11 : 10;
  return query->user_name != NULL ? of_user : all;
}

static StoreValue
text_or_empty (const char *text)
{
  return store_text (text == NULL ? "" : text);
}

gboolean
audit_event_record_list (StoreTx *tx, const AuditQuery *query, Arena *arena, AuditEventList *out,
                         GError **error)
{
  gboolean first_page = query->after_id == NULL;
  const StoreValue args[] = {
    store_int (query->from_ms),
    store_int (query->to_ms),
    store_int (first_page ? G_MAXINT64 : query->after_ms),
    store_text (first_page ? "" : query->after_id),
    text_or_empty (query->id),
    text_or_empty (query->source),
    text_or_empty (query->name),
    text_or_empty (query->access_key_id),
    store_int (query->read_only == NULL ? -1 : *query->read_only),
    store_int ((gint64)query->limit),
    text_or_empty (query->user_name),
    text_or_empty (query->resource_type),
    text_or_empty (query->resource_name),
  };
  gsize n_args, n;
  gpointer *items;
  const char *sql = choose_statement (query, &n_args);
  if (!row_read_all (tx, sql, args, n_args, read_event, arena, &n, &items, error))
    return FALSE;
  for (gsize i = 0; i < n; i++)
    if (!read_resources (tx, items[i], arena, error))
      return FALSE;
  out->n = n;
  out->items = (AuditEvent **)items;
  return TRUE;
}
