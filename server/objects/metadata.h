#pragma once

#include "server/objects/request.h"

/* What a request says about the object that it makes, besides the content: the headers that downloads repeat, user
 * metadata, tags.
 *
 * Texts live in the request's arena, NULL for none. */

/* Content-Type and the like, and x-amz-meta-*, each as a JSON object. Raises S3_ERR_METADATA_TOO_LARGE, S3_ERR_INVALID_ARGUMENT. */
gboolean metadata_from_request (S3Request *request, const char **out_headers,
                                const char **out_metadata, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* x-amz-tagging, as object-tags.h keeps it. Raises what that does. */
gboolean metadata_tags_from_request (S3Request *request, const char **out_tags, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
