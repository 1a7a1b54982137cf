#include "server/objects/object-listing.h"

#include <string.h>

/* In no UTF-8 text: text + this is above all that begins with text. */
#define ABOVE "\xff"

void
listing_init (Listing *listing, const char *prefix, const char *delimiter, const char *after,
              gsize max)
{
  *listing = (Listing){ .prefix = prefix != NULL ? prefix : "",
                        .delimiter = delimiter != NULL && *delimiter != '\0' ? delimiter : NULL,
                        .after = after != NULL && *after != '\0' ? after : NULL,
                        .max = max,
                        .group = g_string_new (NULL),
                        .last = g_string_new (NULL) };
}

void
listing_clear (Listing *listing)
{
  if (listing->group != NULL)
    g_string_free (g_steal_pointer (&listing->group), TRUE);
  if (listing->last != NULL)
    g_string_free (g_steal_pointer (&listing->last), TRUE);
}

/* Length of the key's common prefix, or 0. */
static gsize
group_length (const Listing *listing, const char *key)
{
  if (listing->delimiter == NULL)
    return 0;
  const char *found = strstr (key + strlen (listing->prefix), listing->delimiter);
  return found == NULL ? 0 : (gsize)(found - key) + strlen (listing->delimiter);
}

static gboolean
in_last_group (const Listing *listing, const char *key)
{
  return listing->group->len > 0 && g_str_has_prefix (key, listing->group->str);
}

ListingVerdict
listing_offer (Listing *listing, const char *key)
{
  if (!g_str_has_prefix (key, listing->prefix) || in_last_group (listing, key))
    return LISTING_SKIP;
  gsize length = group_length (listing, key);
  g_autofree char *entry = length > 0 ? g_strndup (key, length) : g_strdup (key);
  if (listing->after != NULL && strcmp (entry, listing->after) <= 0) {
    if (length > 0)
      g_string_assign (listing->group, entry);
    return LISTING_SKIP;
  }
  if (listing->count >= listing->max) {
    listing->is_truncated = listing->max > 0;
    return LISTING_FULL;
  }
  listing->count++;
  g_string_assign (listing->last, entry);
  if (length == 0)
    return LISTING_KEY;
  g_string_assign (listing->group, entry);
  return LISTING_GROUP;
}

gsize
listing_next_fetch (gsize fetched, gsize entries)
{
  enum {
    FEWEST = 4
  };
  return entries < fetched / 2 ? MAX (fetched / 4, FEWEST) : MIN (2 * fetched, LISTING_FETCH_FIRST);
}

GBytes *
listing_lower_bound (const Listing *listing)
{
  if (listing->after == NULL || strcmp (listing->after, listing->prefix) < 0)
    return g_bytes_new (listing->prefix, strlen (listing->prefix));
  /* when after was a common prefix, all that it covers lies before the page */
  if (listing->delimiter != NULL && g_str_has_suffix (listing->after, listing->delimiter))
    return g_bytes_new_take (g_strconcat (listing->after, ABOVE, NULL),
                             strlen (listing->after) + 1);
  return g_bytes_new (listing->after, strlen (listing->after));
}

GBytes *
listing_upper_bound (const Listing *listing)
{
  return g_bytes_new_take (g_strconcat (listing->prefix, ABOVE, NULL),
                           strlen (listing->prefix) + 1);
}

GBytes *
listing_next_bound (const Listing *listing, const char *key)
{
  if (in_last_group (listing, key))
    return g_bytes_new_take (g_strconcat (listing->group->str, ABOVE, NULL),
                             listing->group->len + 1);
  return g_bytes_new (key, strlen (key) + 1); /* with its NUL: the very next */
}
