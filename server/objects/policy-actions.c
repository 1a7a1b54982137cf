/* Policies of buckets. */
#include <string.h>

#include "core/failure.h"
#include "server/objects/actions.h"
#include "server/objects/bucket-policy.h"
#include "server/objects/s3-error.h"
#include "store/records/iam-role.h"
#include "store/records/principal.h"

typedef struct {
  S3Request *request;
  const char *document;
  const Policy *policy; /* to be kept: the document, read */
} PolicyWork;

static gboolean
get_work (StoreTx *tx, gpointer data, GError **error)
{
  PolicyWork *work = data;
  S3Request *request = work->request;
  return s3_require_bucket (request, tx, NULL, error) &&
         bucket_record_document (tx, request->address.bucket, BUCKET_DOCUMENT_POLICY,
                                 request->arena, &work->document, error);
}

static gboolean
find_policy (PolicyWork *work, GError **error)
{
  if (!s3_run (work->request, STORE_READ, get_work, work, error))
    return FALSE;
  if (work->document != NULL)
    return TRUE;
  g_set_error (error, S3_ERROR, S3_ERR_NO_SUCH_BUCKET_POLICY, "the bucket has no policy");
  return FALSE;
}

gboolean
s3_get_bucket_policy (S3Request *request, GError **error)
{
  PolicyWork work = { .request = request };
  if (!find_policy (&work, error))
    return FALSE;
  g_autoptr (GBytes) body = g_bytes_new (work.document, strlen (work.document));
  return s3_answer_bytes (request, 200, "application/json", body);
}

/* A public policy is never kept. */
gboolean
s3_get_bucket_policy_status (S3Request *request, GError **error)
{
  PolicyWork work = { .request = request };
  if (!find_policy (&work, error))
    return FALSE;
  S3XmlWriter *writer = s3_xml_writer_new ("PolicyStatus", TRUE);
  s3_xml_bool (writer, "IsPublic", FALSE);
  return s3_answer_xml (request, 200, writer);
}

/* --- are those there whom it names? --- */

/* assumed-role/NAME/session */
static gboolean
find_role_of_session (StoreTx *tx, const char *resource, Arena *arena, gboolean *out_found,
                      GError **error)
{
  static const char prefix[] = "assumed-role/";
  IamRole *role = NULL;
  *out_found = FALSE;
  if (!g_str_has_prefix (resource, prefix))
    return TRUE;
  const char *name = resource + strlen (prefix);
  if (!iam_role_record_by_name (tx, arena_strndup (arena, name, strcspn (name, "/")), arena, &role,
                                error))
    return FALSE;
  *out_found = role != NULL;
  return TRUE;
}

static gboolean
find_principal (StoreTx *tx, const char *text, Arena *arena, gboolean *out_found, GError **error)
{
  Arn arn;
  Principal *user = NULL;
  IamRole *role = NULL;
  *out_found = FALSE;
  if (!arn_parse (text, arena, &arn))
    return TRUE;
  if (strcmp (arn.service, "sts") == 0)
    return find_role_of_session (tx, arn.resource, arena, out_found, error);
  if (!principal_record_by_arn (tx, text, arena, &user, error) ||
      !iam_role_record_by_arn (tx, text, arena, &role, error))
    return FALSE;
  *out_found = user != NULL || role != NULL;
  return TRUE;
}

/* As S3 does: a name that is mistyped would give less, or deny less, than its author thinks. */
static gboolean
check_principals (const PolicyWork *work, StoreTx *tx, GError **error)
{
  Arena *arena = work->request->arena;
  for (gsize i = 0; work->policy != NULL && i < work->policy->n; i++) {
    const PolicyPrincipals *principals = &work->policy->statements[i].principals;
    for (gsize k = 0; k < principals->n; k++) {
      const PolicyPrincipal *principal = &principals->items[k];
      gboolean found = principal->kind != POLICY_PRINCIPAL_GONE;
      if (principal->kind == POLICY_PRINCIPAL_ARN &&
          !find_principal (tx, principal->name, arena, &found, error))
        return FALSE;
      if (!found)
        return failure_set (error, S3_ERROR, S3_ERR_MALFORMED_POLICY,
                            "Invalid principal in policy: there is no \"%.200s\"", principal->name);
    }
  }
  return TRUE;
}

static gboolean
set_work (StoreTx *tx, gpointer data, GError **error)
{
  const PolicyWork *work = data;
  S3Request *request = work->request;
  return s3_require_bucket (request, tx, NULL, error) && check_principals (work, tx, error) &&
         bucket_record_set_document (tx, request->address.bucket, BUCKET_DOCUMENT_POLICY,
                                     work->document, error);
}

gboolean
s3_put_bucket_policy (S3Request *request, GError **error)
{
  gsize n = 0;
  const guint8 *bytes = upload_bytes (request->upload, &n);
  const char *text = bytes != NULL ? (const char *)bytes : "";
  PolicyWork work = { .request = request, .document = arena_strndup (request->arena, text, n) };
  work.policy = bucket_policy_parse (text, n, request->config->arn, request->address.bucket,
                                     request->arena, error);
  return work.policy != NULL && s3_run (request, STORE_WRITE, set_work, &work, error) &&
         s3_answer_empty (request, 204);
}

gboolean
s3_delete_bucket_policy (S3Request *request, GError **error)
{
  PolicyWork work = { .request = request };
  return s3_run (request, STORE_WRITE, set_work, &work, error) && s3_answer_empty (request, 204);
}
