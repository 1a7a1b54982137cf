#pragma once

#include "core/arena.h"
#include "core/sigv4.h"

/*
 * Taking the credentials of a request apart: the Authorization header, or the query of a presigned request. Grammar only: what
 * they are worth is for sigv4_verify to say.
 *
 * Thread rule: any thread.
 */

/* Is there anything that claims to be a signature: an Authorization header, or X-Amz-Algorithm / X-Amz-Signature in the query? */
gboolean sigv4_is_signed (const Sigv4Request *request);

/* Grammar only: no key, no clock. Raises MISSING_TOKEN, INCOMPLETE, and MISMATCH for a signature that is no hex. */
gboolean sigv4_parse (const Sigv4Request *request, Arena *arena, Sigv4Auth *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
