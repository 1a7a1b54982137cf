/* The settings that buckets of S3 have and that are always the same here: clients such as Terraform ask for all of them. What
 * is not there answers with S3's own code for that; setting what is so anyway succeeds. */
#include <string.h>

#include "server/objects/actions.h"
#include "server/objects/object-find.h"
#include "server/objects/route.h"
#include "server/objects/s3-error.h"

#define XSI "http://www.w3.org/2001/XMLSchema-instance"

static gboolean
require_bucket_work (StoreTx *tx, gpointer data, GError **error)
{
  return s3_require_bucket (data, tx, NULL, error);
}

static gboolean
require_bucket (S3Request *request, GError **error)
{
  return s3_run (request, STORE_READ, require_bucket_work, request, error);
}

/* --- answers --- */

/* The owner has full control, nobody else has anything. */
static gboolean
answer_acl (S3Request *request)
{
  S3XmlWriter *writer = s3_xml_writer_new ("AccessControlPolicy", TRUE);
  s3_write_owner (request, writer, "Owner");
  s3_xml_begin (writer, "AccessControlList");
  s3_xml_begin (writer, "Grant");
  s3_xml_begin (writer, "Grantee");
  s3_xml_attribute (writer, "xmlns:xsi", XSI);
  s3_xml_attribute (writer, "xsi:type", "CanonicalUser");
  s3_write_owner_id (request, writer);
  s3_xml_end (writer);
  s3_xml_text (writer, "Permission", "FULL_CONTROL");
  s3_xml_end (writer);
  s3_xml_end (writer);
  return s3_answer_xml (request, 200, writer);
}

static void
write_ownership (S3XmlWriter *writer)
{
  s3_xml_begin (writer, "Rule");
  s3_xml_text (writer, "ObjectOwnership", "BucketOwnerEnforced");
  s3_xml_end (writer);
}

static const char *const public_access_switches[] = { "BlockPublicAcls", "IgnorePublicAcls",
                                                      "BlockPublicPolicy",
                                                      "RestrictPublicBuckets" };

static void
write_public_access_block (S3XmlWriter *writer)
{
  for (gsize i = 0; i < G_N_ELEMENTS (public_access_switches); i++)
    s3_xml_bool (writer, public_access_switches[i], TRUE);
}

static void
write_payer (S3XmlWriter *writer)
{
  s3_xml_text (writer, "Payer", "BucketOwner");
}

static void
write_no_list (S3XmlWriter *writer)
{
  s3_xml_bool (writer, "IsTruncated", FALSE);
}

typedef struct {
  const char *subresource;
  const char *root;                    /* of the answer; NULL: */
  S3ErrorCode code;                    /* what S3 answers where there is none */
  void (*write) (S3XmlWriter *writer); /* NULL: the answer is empty */
} Setting;

static const Setting settings[] = {
  { "accelerate", "AccelerateConfiguration", 0, NULL },
  { "analytics", "ListBucketAnalyticsConfigurationResult", 0, write_no_list },
  { "cors", NULL, S3_ERR_NO_SUCH_CORS, NULL },
  { "encryption", NULL, S3_ERR_ENCRYPTION_NOT_FOUND, NULL },
  { "intelligent-tiering", "ListBucketIntelligentTieringConfigurationsOutput", 0, write_no_list },
  { "inventory", "ListInventoryConfigurationsResult", 0, write_no_list },
  { "lifecycle", NULL, S3_ERR_NO_SUCH_LIFECYCLE, NULL },
  { "logging", "BucketLoggingStatus", 0, NULL },
  { "metrics", "ListMetricsConfigurationsResult", 0, write_no_list },
  { "notification", "NotificationConfiguration", 0, NULL },
  { "object-lock", NULL, S3_ERR_OBJECT_LOCK_NOT_FOUND, NULL },
  { "ownershipControls", "OwnershipControls", 0, write_ownership },
  { "publicAccessBlock", "PublicAccessBlockConfiguration", 0, write_public_access_block },
  { "replication", NULL, S3_ERR_REPLICATION_NOT_FOUND, NULL },
  { "requestPayment", "RequestPaymentConfiguration", 0, write_payer },
  { "website", NULL, S3_ERR_NO_SUCH_WEBSITE, NULL },
};

static const Setting *
find_setting (const char *subresource)
{
  for (gsize i = 0; i < G_N_ELEMENTS (settings); i++) {
    if (strcmp (settings[i].subresource, subresource) == 0)
      return &settings[i];
  }
  return NULL;
}

gboolean
s3_get_bucket_setting (S3Request *request, GError **error)
{
  const char *subresource = request->route->subresource;
  if (!require_bucket (request, error))
    return FALSE;
  if (strcmp (subresource, "acl") == 0)
    return answer_acl (request);
  const Setting *setting = find_setting (subresource);
  g_assert (setting != NULL); /* the table of routes names only those above */
  /* with an id, one configuration of a list is asked for */
  gboolean is_one_of_none =
      setting->write == write_no_list && s3_request_param (request, "id") != NULL;
  if (setting->root == NULL || is_one_of_none) {
    s3_error_detail (request, "BucketName", request->address.bucket);
    g_set_error (
        error, S3_ERROR, (int)(is_one_of_none ? S3_ERR_NO_SUCH_CONFIGURATION : setting->code),
        "the bucket \"%s\" has no such configuration (%s)", request->address.bucket, subresource);
    return FALSE;
  }
  S3XmlWriter *writer = s3_xml_writer_new (setting->root, TRUE);
  if (setting->write != NULL)
    setting->write (writer);
  return s3_answer_xml (request, 200, writer);
}

/* What was never there is gone; what cannot be switched off (public access stays blocked, owners stay enforced) is as if its
 * setting had never been made. */
gboolean
s3_delete_bucket_setting (S3Request *request, GError **error)
{
  return require_bucket (request, error) && s3_answer_empty (request, 204);
}

/* --- setting what is so anyway --- */

static gboolean
only_as_it_is (GError **error, const char *what)
{
  g_set_error (error, S3_ERROR, S3_ERR_NOT_IMPLEMENTED, "%s", what);
  return FALSE;
}

gboolean
s3_put_ownership_controls (S3Request *request, GError **error)
{
  g_autoptr (S3XmlDocument) document = s3_request_document (request, "OwnershipControls", error);
  if (document == NULL)
    return FALSE;
  const S3XmlNode *rule = s3_xml_child (s3_xml_root (document), "Rule");
  g_autofree char *ownership = rule != NULL ? s3_xml_child_text (rule, "ObjectOwnership") : NULL;
  if (g_strcmp0 (ownership, "BucketOwnerEnforced") != 0)
    return only_as_it_is (error, "ObjectOwnership can only be BucketOwnerEnforced here");
  return require_bucket (request, error) && s3_answer_empty (request, 200);
}

gboolean
s3_put_public_access_block (S3Request *request, GError **error)
{
  g_autoptr (S3XmlDocument) document =
      s3_request_document (request, "PublicAccessBlockConfiguration", error);
  if (document == NULL)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (public_access_switches); i++) {
    g_autofree char *value = s3_xml_child_text (s3_xml_root (document), public_access_switches[i]);
    if (value == NULL || g_ascii_strcasecmp (value, "true") != 0)
      return only_as_it_is (error, "public access is always blocked here: all four switches of "
                                   "PublicAccessBlockConfiguration can only be true");
  }
  return require_bucket (request, error) && s3_answer_empty (request, 200);
}

/* The canned ACL has been looked at with the other headers; one in a document always grants something. */
gboolean
s3_put_acl (S3Request *request, GError **error)
{
  const ObjectName name = object_name_of_request (request);
  ObjectRecord *object = NULL;
  if (s3_request_header (request, "x-amz-acl") == NULL) {
    g_set_error (error, S3_ERROR, S3_ERR_ACL_NOT_SUPPORTED,
                 "buckets here do not allow ACLs: give access with policies");
    return FALSE;
  }
  if (name.key != NULL ? !object_find (request, &name, &object, error)
                       : !require_bucket (request, error))
    return FALSE;
  return s3_answer_empty (request, 200);
}

gboolean
s3_get_object_acl (S3Request *request, GError **error)
{
  const ObjectName name = object_name_of_request (request);
  ObjectRecord *object = NULL;
  if (!object_find (request, &name, &object, error))
    return FALSE;
  s3_answer_version (request, object->version_id);
  return answer_acl (request);
}

gboolean
s3_get_object_lock (S3Request *request, GError **error)
{
  if (!require_bucket (request, error))
    return FALSE;
  g_set_error (error, S3_ERROR, S3_ERR_INVALID_REQUEST,
               "Bucket is missing Object Lock Configuration");
  return FALSE;
}
