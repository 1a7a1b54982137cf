#include "store/records/principal.h"

#include "store/records/row-read.h"

ENUM_NAMES_DEFINE (PrincipalKind, principal_kind, PRINCIPAL_KIND_LIST)

#define COLUMNS "arn, kind, path, name, role_arn, create_ms"

char *
principal_key (const char *name, Arena *arena)
{
  char *key = arena_strdup (arena, name);
  for (char *c = key; *c != '\0'; c++)
    *c = g_ascii_tolower (*c);
  return key;
}

static gpointer
read_principal (StoreRows *rows, Arena *arena)
{
  Principal *principal = arena_new0 (arena, Principal);
  principal->arn = arena_strdup (arena, store_rows_text (rows, 0));
  /* A kind that this version does not know gets the rights of the weakest. */
  principal->kind = PRINCIPAL_USER;
  (void)!principal_kind_from_name (store_rows_text (rows, 1), &principal->kind);
  principal->path = arena_strdup (arena, store_rows_text (rows, 2));
  principal->name = arena_strdup (arena, store_rows_text (rows, 3));
  principal->role_arn = arena_strdup (arena, store_rows_text (rows, 4));
  principal->create_ms = store_rows_int (rows, 5);
  return principal;
}

gboolean
principal_record_insert (StoreTx *tx, const Principal *principal, gboolean *out_taken,
                         GError **error)
{
  static const char sql[] = "INSERT INTO principal (" COLUMNS ", name_key)"
                            " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
  g_autoptr (Arena) arena = arena_new ();
  gint64 n = 0;
  const char *key = principal->kind == PRINCIPAL_SESSION ? principal->arn
                                                         : principal_key (principal->name, arena);
  if (!store_exec (tx, sql,
                   STORE_ARGS (store_text (principal->arn),
                               store_text (principal_kind_name (principal->kind)),
                               store_text (principal->path), store_text (principal->name),
                               store_text (principal->role_arn), store_int (principal->create_ms),
                               store_text (key)),
                   &n, error))
    return FALSE;
  *out_taken = n == 0;
  return TRUE;
}

gboolean
principal_record_ensure (StoreTx *tx, const Principal *principal, Arena *arena,
                         Principal **out_principal, GError **error)
{
  gboolean taken;
  return principal_record_insert (tx, principal, &taken, error) &&
         principal_record_by_arn (tx, principal->arn, arena, out_principal, error);
}

gboolean
principal_record_by_arn (StoreTx *tx, const char *arn, Arena *arena, Principal **out,
                         GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM principal WHERE arn = $1";
  return row_read_one (tx, sql, STORE_ARGS (store_text (arn)), read_principal, arena, out, error);
}

gboolean
principal_record_by_name (StoreTx *tx, const char *name, Arena *arena, Principal **out,
                          GError **error)
{
  /* A session's key is its ARN, which no name can be. */
  static const char sql[] =
      "SELECT " COLUMNS " FROM principal WHERE name_key = $1 AND role_arn IS NULL";
  return row_read_one (tx, sql, STORE_ARGS (store_text (principal_key (name, arena))),
                       read_principal, arena, out, error);
}

gboolean
principal_record_list (StoreTx *tx, const char *path_prefix, const char *after, gsize limit,
                       Arena *arena, PrincipalList *out, GError **error)
{
  static const char sql[] = "SELECT " COLUMNS " FROM principal"
                            " WHERE role_arn IS NULL AND name_key > $1"
                            " AND substr (path, 1, length ($2)) = $2 ORDER BY name_key LIMIT $3";
  gpointer *items;
  if (!row_read_all (tx, sql,
                     STORE_ARGS (store_text (after == NULL ? "" : after), store_text (path_prefix),
                                 store_int ((gint64)limit)),
                     read_principal, arena, &out->n, &items, error))
    return FALSE;
  out->items = (Principal **)items;
  return TRUE;
}

gboolean
principal_record_count (StoreTx *tx, gint64 limit, gint64 *out_count, GError **error)
{
  static const char sql[] = "SELECT COUNT (*) FROM"
                            " (SELECT 1 FROM principal WHERE role_arn IS NULL LIMIT $1) AS counted";
  return row_read_int (tx, sql, STORE_ARGS (store_int (limit)), out_count, error);
}

gboolean
principal_record_delete (StoreTx *tx, const char *arn, gboolean *out_deleted, GError **error)
{
  /* What a principal owns, what its keys own, the keys, itself. */
  static const char *const statements[] = {
    "DELETE FROM iam_policy WHERE owner = $1 OR owner IN"
    " (SELECT id FROM access_key WHERE principal_arn = $1)",
    "DELETE FROM iam_attachment WHERE owner = $1 OR owner IN"
    " (SELECT id FROM access_key WHERE principal_arn = $1)",
    "DELETE FROM resource_tag WHERE resource_id = $1 OR resource_id IN"
    " (SELECT id FROM access_key WHERE principal_arn = $1)",
    "DELETE FROM access_key WHERE principal_arn = $1",
    "DELETE FROM principal WHERE arn = $1",
  };
  gint64 n = 0;
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!store_exec (tx, statements[i], STORE_ARGS (store_text (arn)), &n, error))
      return FALSE;
  *out_deleted = n > 0;
  return TRUE;
}

/* Keys of a role's sessions; $1 is the role. */
#define SESSION_KEYS                                                                               \
  "SELECT k.id FROM access_key k JOIN principal p ON p.arn = k.principal_arn"                      \
  " WHERE p.role_arn = $1"

gboolean
principal_record_delete_sessions (StoreTx *tx, const char *role_arn, GError **error)
{
  static const char *const statements[] = {
    "DELETE FROM iam_policy WHERE owner IN (" SESSION_KEYS ")",
    "DELETE FROM iam_attachment WHERE owner IN (" SESSION_KEYS ")",
    "DELETE FROM resource_tag WHERE resource_id IN (" SESSION_KEYS ")",
    "DELETE FROM access_key WHERE principal_arn IN"
    " (SELECT arn FROM principal WHERE role_arn = $1)",
    "DELETE FROM principal WHERE role_arn = $1",
  };
  for (gsize i = 0; i < G_N_ELEMENTS (statements); i++)
    if (!store_exec (tx, statements[i], STORE_ARGS (store_text (role_arn)), NULL, error))
      return FALSE;
  return TRUE;
}

gboolean
principal_record_delete_idle_session (StoreTx *tx, const char *arn, GError **error)
{
  static const char sql[] = "DELETE FROM principal WHERE arn = $1 AND role_arn IS NOT NULL"
                            " AND NOT EXISTS (SELECT 1 FROM access_key WHERE principal_arn = $1)";
  return store_exec (tx, sql, STORE_ARGS (store_text (arn)), NULL, error);
}
