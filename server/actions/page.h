#pragma once

#include "server/api-call.h"

/* Pages of a list operation: the position out of the request's token, and the token for the next page. A token is
 * bound to the operation and to all members of the input but the token itself.
 *
 *   const char *after;
 *   if (!page_begin (call, input->next_token, &after, error))
 *     return FALSE;
 *   ... read limit + 1 items after `after` ...
 *   if (items.n > limit)
 *     output->next_token = page_end (call, items.items[limit - 1]);
 */

/* *out_after: where the page before ended, NULL for the first page. InvalidNextToken; of identity's lists (which call the token
 * Marker) ValidationError. */
gboolean page_begin (ApiCall *call, const char *next_token, const char **out_after, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
const char *page_end (ApiCall *call, const char *last);
