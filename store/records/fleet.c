#include "store/records/fleet.h"

#include "store/records/row-read.h"

ENUM_NAMES_DEFINE (FleetSide, fleet_side, FLEET_SIDE_LIST)

static gboolean
insert_instance (StoreTx *tx, const char *owner_id, FleetSide side, const FleetInstance *instance,
                 GError **error)
{
  static const char sql[] =
      "INSERT INTO fleet_instance (owner_id, side, name, arn, zone, tags_json)"
      " VALUES ($1, $2, $3, $4, $5, $6)"
      " ON CONFLICT (owner_id, side, name) DO NOTHING";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (owner_id), store_text (fleet_side_name (side)),
                                 store_text (instance->name), store_text (instance->arn),
                                 store_text (instance->zone), store_text (instance->tags_json)),
                     NULL, error);
}

gboolean
fleet_record_put (StoreTx *tx, const char *owner_id, FleetSide side, const FleetInstanceList *list,
                  gint64 now_ms, GError **error)
{
  static const char clear[] = "DELETE FROM fleet_instance WHERE owner_id = $1 AND side = $2";
  static const char put[] = "INSERT INTO fleet (owner_id, side, list_ms) VALUES ($1, $2, $3)"
                            " ON CONFLICT (owner_id, side) DO UPDATE SET list_ms = $3";
  const char *name = fleet_side_name (side);
  if (!store_exec (tx, clear, STORE_ARGS (store_text (owner_id), store_text (name)), NULL, error) ||
      !store_exec (tx, put,
                   STORE_ARGS (store_text (owner_id), store_text (name), store_int (now_ms)), NULL,
                   error))
    return FALSE;
  for (gsize i = 0; i < list->n; i++)
    if (!insert_instance (tx, owner_id, side, list->items[i], error))
      return FALSE;
  return TRUE;
}

static gpointer
read_row (StoreRows *rows, Arena *arena)
{
  FleetInstance *instance = arena_new0 (arena, FleetInstance);
  instance->name = arena_strdup (arena, store_rows_text (rows, 0));
  instance->arn = arena_strdup (arena, store_rows_text (rows, 1));
  instance->zone = arena_strdup (arena, store_rows_text (rows, 2));
  instance->tags_json = arena_strdup (arena, store_rows_text (rows, 3));
  return instance;
}

gboolean
fleet_record_get (StoreTx *tx, const char *owner_id, FleetSide side, Arena *arena,
                  FleetInstanceList *out, gint64 *out_list_ms, GError **error)
{
  static const char made[] = "SELECT COALESCE (MAX (list_ms), 0) FROM fleet"
                             " WHERE owner_id = $1 AND side = $2";
  static const char all[] = "SELECT name, arn, zone, tags_json FROM fleet_instance"
                            " WHERE owner_id = $1 AND side = $2 ORDER BY name";
  const char *name = fleet_side_name (side);
  gpointer *items;
  if (!row_read_int (tx, made, STORE_ARGS (store_text (owner_id), store_text (name)), out_list_ms,
                     error) ||
      !row_read_all (tx, all, STORE_ARGS (store_text (owner_id), store_text (name)), read_row,
                     arena, &out->n, &items, error))
    return FALSE;
  out->items = (FleetInstance **)items;
  return TRUE;
}

gboolean
fleet_record_delete (StoreTx *tx, const char *owner_id, GError **error)
{
  static const char instances[] = "DELETE FROM fleet_instance WHERE owner_id = $1";
  static const char lists[] = "DELETE FROM fleet WHERE owner_id = $1";
  return store_exec (tx, instances, STORE_ARGS (store_text (owner_id)), NULL, error) &&
         store_exec (tx, lists, STORE_ARGS (store_text (owner_id)), NULL, error);
}
