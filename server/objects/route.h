#pragma once

#include "server/objects/request.h"

/* What a request asks for: one table of S3's operations that are here, by level, method and subresource, each with the
 * permission that it takes (IAM's names).
 *
 * Any thread; constant. */

typedef enum {
  ON_SERVICE,
  ON_BUCKET,
  ON_OBJECT
} S3Level;

typedef enum {
  BODY_NONE,     /* none is expected; a small one is tolerated */
  BODY_DOCUMENT, /* XML or JSON, kept in memory */
  BODY_CONTENT   /* of an object */
} S3BodyKind;

struct S3Route {
  S3Level level;
  const char *method;
  const char *subresource; /* the parameter that selects it; NULL: none */
  S3BodyKind body;
  const char *name;
  S3Action action;
  const char *permission;         /* s3:... */
  const char *version_permission; /* with the parameter versionId; NULL: the same */
};

/* The operation; its address has been taken apart. Raises S3_ERR_METHOD_NOT_ALLOWED for what S3 does not have, and
 * S3_ERR_NOT_IMPLEMENTED for what is not here. */
const S3Route *s3_route_find (S3Request *request, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Headers that ask for something that is not done here: ignoring them would be a lie. Raises S3_ERR_NOT_IMPLEMENTED,
 * S3_ERR_ACL_NOT_SUPPORTED, S3_ERR_INVALID_STORAGE_CLASS. */
gboolean s3_route_check_headers (S3Request *request, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of a canned ACL: does it say what is so anyway, that the owner has full control and nobody else anything? */
gboolean s3_acl_says_what_is (const char *canned);
