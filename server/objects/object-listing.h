#pragma once

#include <glib.h>

/* Which keys of a bucket make one page of a listing: prefix, delimiter and a maximum, as S3 defines them. Pure; the
 * caller feeds keys in the order of their bytes and is told what each one is.
 *
 *   listing_init (&listing, prefix, delimiter, after, max);
 *   lower = listing_lower_bound (&listing);
 *   upper = listing_upper_bound (&listing);
 *   do for each key in [lower, upper): verdict = listing_offer (&listing, key)
 *   while more pages of keys: lower = listing_next_bound (&listing, last key of the page)
 */
typedef enum {
  LISTING_KEY,   /* an entry */
  LISTING_GROUP, /* begins a new common prefix: an entry, listing.group */
  LISTING_SKIP,  /* belongs to a common prefix that is counted already, or lies before the page */
  LISTING_FULL   /* there is more, but the page is full: stop */
} ListingVerdict;

typedef struct {
  const char *prefix;    /* "" for none */
  const char *delimiter; /* NULL for none */
  const char *after;     /* entries greater than this; NULL: from the start */
  gsize max;
  gsize count; /* entries so far */
  gboolean is_truncated;
  GString *group; /* the last common prefix; empty: none yet */
  GString *last;  /* the last entry: the next page's `after` */
} Listing;

void listing_init (Listing *listing, const char *prefix, const char *delimiter, const char *after,
                   gsize max);
void listing_clear (Listing *listing);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Listing, listing_clear)

ListingVerdict listing_offer (Listing *listing, const char *key);

/* How many keys to look at next: many while they become entries, few while they vanish in common prefixes, which the next
 * bound leaps over. So a page costs about as many keys as it has entries, however large its prefixes are. */
#define LISTING_FETCH_FIRST 256
gsize listing_next_fetch (gsize fetched, gsize entries);

/* Bounds are bytes; upper is exclusive. */
GBytes *listing_lower_bound (const Listing *listing) G_GNUC_WARN_UNUSED_RESULT;
GBytes *listing_upper_bound (const Listing *listing) G_GNUC_WARN_UNUSED_RESULT;
/* Where to go on after key, which was the last one offered: past its whole common prefix. */
GBytes *listing_next_bound (const Listing *listing, const char *key) G_GNUC_WARN_UNUSED_RESULT;
