#include "server/identity.h"

#include <string.h>

#include "core/ids.h"
#include "proto/policy-document.h"
#include "server/managed-policy.h"
#include "store/records/iam-policy.h"
#include "store/records/iam-role.h"
#include "store/records/resource-tag.h"

static const Policy *
read_document (const char *document, const char *name, const char *owner, Arena *arena,
               GError **error)
{
  const Policy *policy = policy_document_parse (document, strlen (document),
                                                POLICY_DOCUMENT_IDENTITY, G_MAXSIZE, arena, error);
  if (policy == NULL)
    g_prefix_error (error, "policy %s of %s: ", name, owner);
  return policy;
}

/* A managed policy that this version does not have any more allows nothing; it still counts, lest a session that it limits had no
 * limit. */
static gboolean
load_policies (StoreTx *tx, const char *owner, Arena *arena, PolicyList *out, GError **error)
{
  static const Policy nothing = { 0, NULL };
  IamPolicyList inlined;
  NameList attached;
  if (!iam_policy_record_all (tx, owner, arena, &inlined, error) ||
      !iam_attachment_record_list (tx, owner, arena, &attached, error))
    return FALSE;
  const Policy **policies = arena_new0_n (arena, const Policy *, inlined.n + attached.n + 1);
  gsize n = 0;
  for (gsize i = 0; i < inlined.n; i++, n++) {
    const IamPolicyRecord *record = inlined.items[i];
    policies[n] = read_document (record->document, record->name, owner, arena, error);
    if (policies[n] == NULL)
      return FALSE;
  }
  for (gsize i = 0; i < attached.n; i++, n++) {
    const ManagedPolicy *managed = managed_policy_by_arn (attached.items[i]);
    policies[n] = managed == NULL
                      ? &nothing
                      : read_document (managed->document, managed->name, owner, arena, error);
    if (policies[n] == NULL)
      return FALSE;
  }
  *out = (PolicyList){ n, policies };
  return TRUE;
}

/* The tags of the session's key, and those of its owner that have other keys. */
static void
lay_over (const TagList *below, const TagList *above, Arena *arena, TagList *out)
{
  Tag *tags = arena_new0_n (arena, Tag, below->n + above->n + 1);
  gsize n = 0;
  for (gsize i = 0; i < above->n; i++)
    tags[n++] = above->items[i];
  for (gsize i = 0; i < below->n; i++) {
    gboolean hidden = FALSE;
    for (gsize j = 0; j < above->n; j++) /* a resource has at most a few dozen */
      hidden = hidden || g_ascii_strcasecmp (above->items[j].key, below->items[i].key) == 0;
    if (!hidden)
      tags[n++] = below->items[i];
  }
  *out = (TagList){ n, tags };
}

static gboolean
load_tags (StoreTx *tx, const char *owner, const AccessKey *key, Arena *arena, TagList *out,
           GError **error)
{
  TagList below, above = { 0, NULL };
  if (!resource_tag_record_list (tx, owner, arena, &below, error) ||
      (key != NULL && key->expire_ms != 0 &&
       !resource_tag_record_list (tx, key->id, arena, &above, error)))
    return FALSE;
  lay_over (&below, &above, arena, out);
  return TRUE;
}

static gboolean
load_id (StoreTx *tx, const Principal *principal, Arena *arena, const char **out, GError **error)
{
  char id[IDS_PRINCIPAL_SIZE];
  IamRole *role = NULL;
  if (principal->role_arn == NULL) {
    ids_for_principal ("AIDA", principal->arn, principal->create_ms, id);
    *out = arena_strdup (arena, id);
    return TRUE;
  }
  if (!iam_role_record_by_arn (tx, principal->role_arn, arena, &role, error))
    return FALSE;
  ids_for_principal ("AROA", principal->role_arn, role == NULL ? 0 : role->create_ms, id);
  *out = arena_printf (arena, "%s:%s", id, principal->name);
  return TRUE;
}

/* What an administrator's own policies deny stays denied. */
static void
allow_everything (PolicyList *own, Arena *arena)
{
  const Policy **policies = arena_new0_n (arena, const Policy *, own->n + 1);
  for (gsize i = 0; i < own->n; i++)
    policies[i] = own->policies[i];
  policies[own->n] = &policy_of_administrators;
  *own = (PolicyList){ own->n + 1, policies };
}

gboolean
identity_load (StoreTx *tx, const Principal *principal, const AccessKey *key, Arena *arena,
               Identity *out, GError **error)
{
  const char *owner = principal->role_arn != NULL ? principal->role_arn : principal->arn;
  gboolean temporary = key != NULL && key->expire_ms != 0;
  *out = (Identity){ .principal = principal, .issue_ms = temporary ? key->create_ms : 0 };
  if (!load_id (tx, principal, arena, &out->user_id, error) ||
      !load_tags (tx, owner, key, arena, &out->tags, error) ||
      !load_policies (tx, owner, arena, &out->policies, error))
    return FALSE;
  if (principal->kind == PRINCIPAL_ADMINISTRATOR)
    allow_everything (&out->policies, arena);
  return !temporary || load_policies (tx, key->id, arena, &out->session_policies, error);
}
