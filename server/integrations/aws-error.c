#include "server/integrations/aws-error.h"

#include <string.h>

#include "proto/json-doc.h"
#include "server/integrations/xml-tree.h"

G_DEFINE_QUARK (slipway_aws_error, aws_error)

static gboolean
is_one_of (const char *code, const char *const *words, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (strcmp (code, words[i]) == 0)
      return TRUE;
  return FALSE;
}

/* The words of the services that are asked; each has its own. */
static gboolean
says_throttled (const char *code)
{
  static const char *const words[] = {
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottled",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "BandwidthLimitExceeded",
    "Throttled",
    "EC2ThrottledException",
  };
  return is_one_of (code, words, G_N_ELEMENTS (words));
}

static gboolean
says_denied (const char *code)
{
  static const char *const words[] = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "NotAuthorized",
    "AuthFailure",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
    "InvalidAccessKeyId",
    "SignatureDoesNotMatch",
    "InvalidSignatureException",
    "IncompleteSignature",
    "ExpiredToken",
    "ExpiredTokenException",
    "RequestExpired",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "OptInRequired",
    "InvalidSecurity",
  };
  return is_one_of (code, words, G_N_ELEMENTS (words));
}

/* ELB, Auto Scaling, CloudWatch, SNS: ErrorResponse/Error; EC2: Response/Errors/Error. */
void
aws_complaint_read_xml (const char *body, gsize length, Arena *arena, AwsComplaint *out)
{
  const XmlNode *root = xml_tree_parse (body, length, arena, NULL);
  const XmlNode *at = xml_node_find (root, "Error");
  if (at == NULL)
    at = xml_node_find (root, "Errors/Error");
  out->code = xml_node_text (at, "Code");
  out->message = xml_node_text (at, "Message");
}

/* {"__type": "com.amazonaws.events#ThrottlingException", "message": "..."} */
void
aws_complaint_read_json (const char *body, gsize length, Arena *arena, AwsComplaint *out)
{
  g_autoptr (json_t) doc = json_doc_parse (body, length, NULL, NULL);
  const char *type = json_doc_text (doc, "__type");
  const char *message = json_doc_text (doc, "message");
  if (message == NULL)
    message = json_doc_text (doc, "Message");
  const char *hash = type == NULL ? NULL : strrchr (type, '#');
  out->code = arena_strdup (arena, hash != NULL ? hash + 1 : type);
  out->message = arena_strdup (arena, message);
}

AwsError
aws_error_judge (guint status, const char *code)
{
  if ((code != NULL && says_throttled (code)) || status == 429)
    return AWS_ERROR_THROTTLED;
  if (status >= 500)
    return AWS_ERROR_UNREACHABLE;
  if ((code != NULL && says_denied (code)) || (code == NULL && (status == 401 || status == 403)))
    return AWS_ERROR_DENIED;
  /* Without a word of AWS's it is something else that answers. */
  return code != NULL ? AWS_ERROR_REFUSED : AWS_ERROR_UNREACHABLE;
}
