#include "server/objects/permit.h"

#include <string.h>

#include "server/access.h"
#include "server/authorize.h"
#include "server/objects/actions.h"
#include "server/objects/bucket-policy.h"
#include "server/objects/object-tags.h"
#include "server/objects/route.h"
#include "server/objects/s3-error.h"

#define MAX_POLICIES 2 /* of the bucket, and of a copy's source */

typedef struct {
  const char *bucket;
  const Policy *policy; /* NULL: none */
} BucketPolicy;

struct Permit {
  const S3Request *request;
  KeyringKey *key;
  Caller caller;
  Arena *arena;
  BucketPolicy policies[MAX_POLICIES];
  gsize n_policies;
};

/* The request's own headers may be gone; these are copies. */
static const char *
header (const Permit *permit, const char *name)
{
  const Sigv4Request *signed_request = &permit->request->signed_request;
  for (gsize i = 0; i < signed_request->n_headers; i++) {
    if (g_ascii_strcasecmp (signed_request->headers[i].name, name) == 0)
      return signed_request->headers[i].value;
  }
  return NULL;
}

Permit *
permit_new (const S3Request *request, KeyringKey *key, Arena *arena)
{
  Permit *permit = arena_new0 (arena, Permit);
  permit->request = request;
  permit->key = keyring_key_ref (key);
  permit->arena = arena;
  const char *user_agent = header (permit, "User-Agent");
  permit->caller = (Caller){ .principal = keyring_key_principal (key),
                             .identity = keyring_key_identity (key),
                             .access_key_id = request->auth.access_key_id,
                             .source_ip = request->peer_ip,
                             .user_agent = user_agent == NULL ? "" : user_agent,
                             .is_tls = request->is_tls };
  return permit;
}

void
permit_free (Permit *permit)
{
  if (permit != NULL)
    keyring_key_unref (permit->key);
}

const Caller *
permit_caller (const Permit *permit)
{
  return &permit->caller;
}

const Principal *
permit_principal (const Permit *permit)
{
  return permit->caller.principal;
}

gboolean
permit_is_unlimited (const KeyringKey *key)
{
  const Caller caller = { .principal = keyring_key_principal (key),
                          .identity = keyring_key_identity (key) };
  return access_is_unlimited (&caller);
}

/* --- the bucket's policy --- */

typedef struct {
  Permit *permit;
  const ObjectName *on;
  const char *document; /* results */
  const char *tags;
} Look;

static gboolean
policy_work (StoreTx *tx, gpointer data, GError **error)
{
  Look *look = data;
  return bucket_record_document (tx, look->on->bucket, BUCKET_DOCUMENT_POLICY, look->permit->arena,
                                 &look->document, error);
}

/* One that cannot be read any more refuses everything: it might deny something. */
static gboolean
find_policy (Permit *permit, const ObjectName *on, const Policy **out, GError **error)
{
  const S3Request *request = permit->request;
  for (gsize i = 0; i < permit->n_policies; i++) {
    if (strcmp (permit->policies[i].bucket, on->bucket) == 0) {
      *out = permit->policies[i].policy;
      return TRUE;
    }
  }
  Look look = { .permit = permit, .on = on };
  *out = NULL;
  if (!store_run (request->config->store, STORE_READ, policy_work, &look, error))
    return FALSE;
  if (look.document != NULL) {
    *out = bucket_policy_parse (look.document, strlen (look.document), request->config->arn,
                                on->bucket, permit->arena, error);
    if (*out == NULL) {
      g_prefix_error (error, "the policy of the bucket \"%s\": ", on->bucket);
      return FALSE;
    }
  }
  if (permit->n_policies < MAX_POLICIES)
    permit->policies[permit->n_policies++] = (BucketPolicy){ on->bucket, *out };
  return TRUE;
}

/* --- facts --- */

/* Keys of S3's that say what stands in a header or parameter. */
static const struct {
  const char *key;
  const char *header;
  const char *param;
} facts[] = {
  { "s3:prefix", NULL, "prefix" },
  { "s3:delimiter", NULL, "delimiter" },
  { "s3:max-keys", NULL, "max-keys" },
  { "s3:x-amz-acl", "x-amz-acl", NULL },
  { "s3:x-amz-copy-source", "x-amz-copy-source", NULL },
  { "s3:x-amz-metadata-directive", "x-amz-metadata-directive", NULL },
  { "s3:x-amz-storage-class", "x-amz-storage-class", NULL },
  { "s3:x-amz-content-sha256", "x-amz-content-sha256", NULL },
  { "s3:object-ownership", "x-amz-object-ownership", NULL },
  { "s3:if-match", "If-Match", NULL },
  { "s3:if-none-match", "If-None-Match", NULL },
};

typedef struct {
  PolicyContext *context;
  Arena *arena;
  const char *prefix; /* of the keys that tags become */
  const char *keys;   /* the key that lists their names; NULL: none */
} TagFacts;

static void
add_tag_fact (const char *key, const char *value, gpointer data)
{
  const TagFacts *tags = data;
  policy_context_add (tags->context, arena_printf (tags->arena, "%s/%s", tags->prefix, key),
                      arena_strdup (tags->arena, value));
  if (tags->keys != NULL)
    policy_context_add (tags->context, tags->keys, arena_strdup (tags->arena, key));
}

static void
add_tags (const Permit *permit, PolicyContext *context, const char *prefix, const char *keys,
          const char *tags)
{
  TagFacts facts_of = { context, permit->arena, prefix, keys };
  object_tags_each (tags, add_tag_fact, &facts_of);
}

/* The tags that the request gives: in a header, or (complete by now) in the body of PutObjectTagging. What cannot be read is
 * refused later. */
static void
add_request_tags (const Permit *permit, PolicyContext *context)
{
  const S3Request *request = permit->request;
  const char *given = header (permit, "x-amz-tagging");
  g_autofree char *tags = NULL;
  g_autoptr (GError) unreadable = NULL;
  g_autoptr (S3XmlDocument) document = NULL;
  if (given != NULL) {
    if (!object_tags_from_header (given, &tags, &unreadable))
      return;
  } else if (request->route->action == s3_put_object_tagging) {
    document = s3_request_document (request, "Tagging", &unreadable);
    if (document == NULL ||
        !object_tags_from_xml (s3_xml_root (document), OBJECT_TAGS_MAX, &tags, &unreadable))
      return;
  }
  add_tags (permit, context, "s3:RequestObjectTag", "s3:RequestObjectTagKeys", tags);
}

static void
add_signature_facts (const Permit *permit, PolicyContext *context)
{
  const S3Request *request = permit->request;
  policy_context_add (context, "s3:signatureversion", "AWS4-HMAC-SHA256");
  policy_context_add (context, "s3:authType",
                      request->auth.presigned ? "REST-QUERY-STRING" : "REST-HEADER");
  policy_context_add (context, "s3:signatureAge",
                      arena_printf (permit->arena, "%" G_GINT64_FORMAT,
                                    MAX (request->now_ms - request->auth.time_ms, 0)));
}

static gboolean
existing_tags_work (StoreTx *tx, gpointer data, GError **error)
{
  Look *look = data;
  ObjectRecord *object = NULL;
  if (!object_record_find (tx, look->on->bucket, look->on->key, look->on->version_id,
                           look->permit->arena, &object, error))
    return FALSE;
  look->tags = object != NULL ? object->tags : NULL;
  return TRUE;
}

/* Read only where a policy looks at them. */
static gboolean
add_existing_tags (Permit *permit, const ObjectName *on, const Policy *policy,
                   PolicyContext *context, GError **error)
{
  static const char key[] = "s3:ExistingObjectTag";
  Look look = { .permit = permit, .on = on };
  if (on->key == NULL || (!access_mentions (&permit->caller, key) &&
                          (policy == NULL || !policy_mentions (&policy, 1, key))))
    return TRUE;
  if (!store_run (permit->request->config->store, STORE_READ, existing_tags_work, &look, error))
    return FALSE;
  add_tags (permit, context, key, NULL, look.tags);
  return TRUE;
}

static PolicyContext *
make_context (const Permit *permit, const ObjectName *on)
{
  const S3Request *request = permit->request;
  PolicyContext *context = authorize_object_context (&permit->caller, request->config->arn,
                                                     request->now_ms, permit->arena);
  for (gsize i = 0; i < G_N_ELEMENTS (facts); i++)
    policy_context_add (context, facts[i].key,
                        facts[i].header != NULL ? header (permit, facts[i].header)
                                                : s3_request_param (request, facts[i].param));
  policy_context_add (context, "s3:VersionId", on->version_id);
  policy_context_add (context, "s3:ResourceAccount", request->config->arn->account_id);
  add_signature_facts (permit, context);
  add_request_tags (permit, context);
  return context;
}

/* --- asking --- */

gboolean
permit_check (Permit *permit, const char *action, const ObjectName *on, GError **error)
{
  const Policy *policy = NULL;
  g_autoptr (GError) refusal = NULL;
  if (access_is_unlimited (&permit->caller))
    return TRUE;
  if (on->bucket != NULL && !find_policy (permit, on, &policy, error))
    return FALSE;
  PolicyContext *context = make_context (permit, on);
  if (!add_existing_tags (permit, on, policy, context, error))
    return FALSE;
  const ObjectDeed deed = { .caller = &permit->caller,
                            .scope = permit->request->config->arn,
                            .action = action,
                            .bucket = on->bucket,
                            .key = on->key,
                            .bucket_policy = policy,
                            .facts = context,
                            .arena = permit->arena };
  if (authorize_object (&deed, &refusal))
    return TRUE;
  g_set_error_literal (error, S3_ERROR, S3_ERR_ACCESS_DENIED, refusal->message);
  return FALSE;
}

gboolean
permit_may_know_missing (Permit *permit, const char *bucket)
{
  const ObjectName on = { .bucket = bucket };
  g_autoptr (GError) refusal = NULL;
  return permit->caller.principal->kind == PRINCIPAL_HOST || /* it may read them all */
         permit_check (permit, "s3:ListBucket", &on, &refusal);
}

/* --- what each operation asks for --- */

static gboolean
check_source (Permit *permit, GError **error)
{
  const char *copy_source = header (permit, "x-amz-copy-source");
  ObjectName source;
  if (copy_source == NULL || permit->request->route->body != BODY_CONTENT)
    return TRUE;
  return s3_address_parse_copy_source (copy_source, permit->arena, &source.bucket, &source.key,
                                       &source.version_id, error) &&
         permit_check (permit, source.version_id != NULL ? "s3:GetObjectVersion" : "s3:GetObject",
                       &source, error);
}

/* What headers ask for besides. */
static gboolean
check_headers (Permit *permit, const ObjectName *on, GError **error)
{
  S3Action action = permit->request->route->action;
  const char *if_match = header (permit, "If-Match");
  gboolean makes = action == s3_put_object || action == s3_create_multipart_upload;
  if (makes && header (permit, "x-amz-tagging") != NULL &&
      !permit_check (permit, "s3:PutObjectTagging", on, error))
    return FALSE;
  if (makes && header (permit, "x-amz-acl") != NULL &&
      !permit_check (permit, "s3:PutObjectAcl", on, error))
    return FALSE;
  /* an ETag that matches says what is in the object */
  if (action == s3_delete_object && if_match != NULL && strcmp (if_match, "*") != 0)
    return permit_check (permit, "s3:GetObject", on, error);
  if (action == s3_get_object_attributes)
    return permit_check (permit, on->version_id != NULL ? "s3:GetObjectVersion" : "s3:GetObject",
                         on, error);
  return TRUE;
}

gboolean
permit_request (Permit *permit, GError **error)
{
  const S3Request *request = permit->request;
  const S3Route *route = request->route;
  const ObjectName on = object_name_of_request (request);
  if (access_is_unlimited (&permit->caller))
    return TRUE;
  const char *permission = on.version_id != NULL && route->version_permission != NULL
                               ? route->version_permission
                               : route->permission;
  return (permission == NULL || permit_check (permit, permission, &on, error)) &&
         check_headers (permit, &on, error) && check_source (permit, error);
}
