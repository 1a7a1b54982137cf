#include "store/records/iam-role.h"

#include "store/records/iam-policy.h"
#include "store/records/principal.h"
#include "store/records/resource-tag.h"
#include "store/records/row-read.h"

#define COLUMNS "arn, path, name, description, trust_policy, max_session_s, create_ms"

gboolean
iam_role_record_insert (StoreTx *tx, const IamRole *role, gboolean *out_taken, GError **error)
{
  static const char sql[] = "INSERT INTO iam_role (" COLUMNS ", name_key)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
  g_autoptr (Arena) arena = arena_new ();
  gint64 n = 0;
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (role->arn), store_text (role->path),
                               store_text (role->name), store_text (role->description),
                               store_text (role->trust_policy), store_int (role->max_session_s),
                               store_int (role->create_ms),
                               store_text (principal_key (role->name, arena))),
                   &n, error))
    return FALSE;
  *out_taken = n == 0;
  return TRUE;
}

static gpointer
read_role (StoreRows *rows, Arena *arena)
{
  IamRole *role = arena_new0 (arena, IamRole);
  role->arn = arena_strdup (arena, store_rows_text (rows, 0));
  role->path = arena_strdup (arena, store_rows_text (rows, 1));
  role->name = arena_strdup (arena, store_rows_text (rows, 2));
  role->description = arena_strdup (arena, store_rows_text (rows, 3));
  role->trust_policy = arena_strdup (arena, store_rows_text (rows, 4));
  role->max_session_s = store_rows_int (rows, 5);
  role->create_ms = store_rows_int (rows, 6);
  return role;
}

gboolean
iam_role_record_by_name (StoreTx *tx, const char *name, Arena *arena, IamRole **out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM iam_role WHERE name_key = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (principal_key (name, arena))), read_role,
                       arena, out, error);
}

gboolean
iam_role_record_by_arn (StoreTx *tx, const char *arn, Arena *arena, IamRole **out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM iam_role WHERE arn = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (arn)), read_role, arena, out, error);
}

gboolean
iam_role_record_list (StoreTx *tx, const char *path_prefix, const char *after, gsize limit,
                      Arena *arena, IamRoleList *out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM iam_role WHERE name_key > $1"
                            " AND substr (path, 1, length ($2)) = $2 ORDER BY name_key LIMIT $3";
  gpointer *items;
  if (!row_read_all (tx, sql,
                     STORE_ARGS (store_text (after == NULL ? "" : after), store_text (path_prefix),
                                 store_int ((gint64)limit)),
                     read_role, arena, &out->n, &items, error))
    return FALSE;
  out->items = (IamRole **)items;
  return TRUE;
}

gboolean
iam_role_record_naming (StoreTx *tx, const char *name, Arena *arena, IamRoleList *out,
                        GError **error)
{
  /* A name has no character that a pattern would mean, but "_", which means itself as well; JSON may write it with escapes. */
  static const char sql[] = "SELECT " COLUMNS " FROM iam_role WHERE trust_policy LIKE $1"
                            " OR trust_policy LIKE '%\\u%' ESCAPE '!'";
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_text (arena_printf (arena, "%%%s%%", name))),
                     read_role, arena, &out->n, &items, error))
    return FALSE;
  out->items = (IamRole **)items;
  return TRUE;
}

gboolean
iam_role_record_count (StoreTx *tx, gint64 limit, gint64 *out, GError **error)
{
  static const char sql[] = "SELECT COUNT (*) FROM (SELECT 1 FROM iam_role LIMIT $1) AS counted";
  return row_read_int (tx, sql, STORE_ARGS (store_int (limit)), out, error);
}

gboolean
iam_role_record_update (StoreTx *tx, const IamRole *role, GError **error)
{
  static const char sql[] = "UPDATE iam_role SET description = $2, trust_policy = $3,"
                            " max_session_s = $4 WHERE arn = $1";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (role->arn), store_text (role->description),
                                 store_text (role->trust_policy), store_int (role->max_session_s)),
                     NULL, error);
}

gboolean
iam_role_record_delete (StoreTx *tx, const char *arn, GError **error)
{
  static const char sql[] = "DELETE FROM iam_role WHERE arn = $1";
  return principal_record_delete_sessions (tx, arn, error) &&
         iam_policy_record_clear (tx, arn, error) && resource_tag_record_clear (tx, arn, error) &&
         store_exec (tx, sql, STORE_ARGS (store_text (arn)), NULL, error);
}
