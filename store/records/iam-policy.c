#include "store/records/iam-policy.h"

#include "store/records/row-read.h"

gboolean
iam_policy_record_put (StoreTx *tx, const char *owner, const char *name, const char *document,
                       GError **error)
{
  static const char sql[] = "INSERT INTO iam_policy (owner, name, document) VALUES ($1, $2, $3)"
                            " ON CONFLICT (owner, name) DO UPDATE SET document = excluded.document";
  return store_exec (tx, sql,
                     STORE_ARGS (store_text (owner), store_text (name), store_text (document)),
                     NULL, error);
}

static gpointer
read_policy (StoreRows *rows, Arena *arena)
{
  IamPolicyRecord *policy = arena_new0 (arena, IamPolicyRecord);
  policy->name = arena_strdup (arena, store_rows_text (rows, 0));
  policy->document = arena_strdup (arena, store_rows_text (rows, 1));
  return policy;
}

gboolean
iam_policy_record_find (StoreTx *tx, const char *owner, const char *name, Arena *arena,
                        IamPolicyRecord **out, GError **error)
{
  static const char sql[] = "SELECT name, document FROM iam_policy WHERE owner = $1 AND name = $2";
  return row_read_one (tx, sql, STORE_ARGS (store_text (owner), store_text (name)), read_policy,
                       arena, out, error);
}

gboolean
iam_policy_record_all (StoreTx *tx, const char *owner, Arena *arena, IamPolicyList *out,
                       GError **error)
{
  static const char sql[] = "SELECT name, document FROM iam_policy WHERE owner = $1 ORDER BY name";
  gpointer *items;
  if (!row_read_all (tx, sql, STORE_ARGS (store_text (owner)), read_policy, arena, &out->n, &items,
                     error))
    return FALSE;
  out->items = (IamPolicyRecord **)items;
  return TRUE;
}

gboolean
iam_policy_record_names (StoreTx *tx, const char *owner, const char *after, gsize limit,
                         Arena *arena, NameList *out, GError **error)
{
  static const char sql[] = "SELECT name FROM iam_policy WHERE owner = $1 AND name > $2"
                            " ORDER BY name LIMIT $3";
  return name_list_query (tx, sql,
                          STORE_ARGS (store_text (owner), store_text (after == NULL ? "" : after),
                                      store_int ((gint64)limit)),
                          arena, out, error);
}

/* A statement that deletes one row: was it there? */
static gboolean
delete_one (StoreTx *tx, const char *sql, const char *owner, const char *what, gboolean *out_found,
            GError **error)
{
  gint64 n = 0;
  if (!store_exec (tx, sql, STORE_ARGS (store_text (owner), store_text (what)), &n, error))
    return FALSE;
  *out_found = n > 0;
  return TRUE;
}

gboolean
iam_policy_record_delete (StoreTx *tx, const char *owner, const char *name, gboolean *out_found,
                          GError **error)
{
  static const char sql[] = "DELETE FROM iam_policy WHERE owner = $1 AND name = $2";
  return delete_one (tx, sql, owner, name, out_found, error);
}

gboolean
iam_attachment_record_add (StoreTx *tx, const char *owner, const char *policy_arn, GError **error)
{
  static const char sql[] = "INSERT INTO iam_attachment (owner, policy_arn) VALUES ($1, $2)"
                            " ON CONFLICT (owner, policy_arn) DO NOTHING";
  return store_exec (tx, sql, STORE_ARGS (store_text (owner), store_text (policy_arn)), NULL,
                     error);
}

gboolean
iam_attachment_record_remove (StoreTx *tx, const char *owner, const char *policy_arn,
                              gboolean *out_found, GError **error)
{
  static const char sql[] = "DELETE FROM iam_attachment WHERE owner = $1 AND policy_arn = $2";
  return delete_one (tx, sql, owner, policy_arn, out_found, error);
}

gboolean
iam_attachment_record_list (StoreTx *tx, const char *owner, Arena *arena, NameList *out,
                            GError **error)
{
  static const char sql[] =
      "SELECT policy_arn FROM iam_attachment WHERE owner = $1 ORDER BY policy_arn";
  return name_list_query (tx, sql, STORE_ARGS (store_text (owner)), arena, out, error);
}

gboolean
iam_attachment_record_count (StoreTx *tx, const char *policy_arn, gint64 *out, GError **error)
{
  static const char sql[] = "SELECT COUNT (*) FROM iam_attachment"
                            " WHERE policy_arn = $1 AND owner LIKE 'arn:%'";
  return row_read_int (tx, sql, STORE_ARGS (store_text (policy_arn)), out, error);
}

gboolean
iam_policy_record_has_any (StoreTx *tx, const char *owner, gboolean *out, GError **error)
{
  static const char sql[] = "SELECT COUNT (*) FROM"
                            " (SELECT 1 FROM iam_policy WHERE owner = $1 UNION ALL"
                            "  SELECT 1 FROM iam_attachment WHERE owner = $1) AS counted";
  gint64 n = 0;
  if (!row_read_int (tx, sql, STORE_ARGS (store_text (owner)), &n, error))
    return FALSE;
  *out = n > 0;
  return TRUE;
}

gboolean
iam_policy_record_clear (StoreTx *tx, const char *owner, GError **error)
{
  static const char policies[] = "DELETE FROM iam_policy WHERE owner = $1";
  static const char attachments[] = "DELETE FROM iam_attachment WHERE owner = $1";
  return store_exec (tx, policies, STORE_ARGS (store_text (owner)), NULL, error) &&
         store_exec (tx, attachments, STORE_ARGS (store_text (owner)), NULL, error);
}
