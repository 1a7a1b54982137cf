#include "server/objects/object-listing.h"

#include <string.h>

static const char *const keys[] = { "a",       "b/",     "b/1",   "b/2/x", "b/2/y", "c",
                                    "photo.j", "photos", "p/q/r", "z/1",   "z/2",   NULL };

static int
compare (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *)a, *(const char *const *)b);
}

/* One page, walked as the endpoint does it: in fetches of three keys. Entries joined by blanks, groups in brackets; "..." when there is more. */
static char *
page (const char *prefix, const char *delimiter, const char *after, gsize max, char **out_last)
{
  const char *sorted[G_N_ELEMENTS (keys) - 1];
  memcpy (sorted, keys, sizeof sorted);
  qsort (sorted, G_N_ELEMENTS (sorted), sizeof sorted[0], compare);
  g_auto (Listing) listing = { 0 };
  listing_init (&listing, prefix, delimiter, after, max);
  GString *out = g_string_new (NULL);
  g_autoptr (GBytes) lower = listing_lower_bound (&listing);
  g_autoptr (GBytes) upper = listing_upper_bound (&listing);
  ListingVerdict verdict = LISTING_SKIP;
  for (;;) {
    int fetched = 0;
    const char *last = NULL;
    for (gsize i = 0; i < G_N_ELEMENTS (sorted) && fetched < 3 && verdict != LISTING_FULL; i++) {
      g_autoptr (GBytes) key = g_bytes_new_static (sorted[i], strlen (sorted[i]));
      if (g_bytes_compare (key, lower) < 0 || g_bytes_compare (key, upper) >= 0)
        continue;
      fetched++;
      last = sorted[i];
      verdict = listing_offer (&listing, sorted[i]);
      if (verdict == LISTING_KEY)
        g_string_append_printf (out, "%s ", sorted[i]);
      if (verdict == LISTING_GROUP)
        g_string_append_printf (out, "[%s] ", listing.group->str);
    }
    if (last == NULL || verdict == LISTING_FULL)
      break;
    g_bytes_unref (lower);
    lower = listing_next_bound (&listing, last);
  }
  if (listing.is_truncated)
    g_string_append (out, "...");
  if (out_last != NULL)
    *out_last = g_strdup (listing.last->str);
  return g_string_free (out, FALSE);
}

typedef struct {
  const char *prefix, *delimiter, *after;
  gsize max;
  const char *expected;
} Row;

static const Row rows[] = {
  { "", NULL, NULL, 100, "a b/ b/1 b/2/x b/2/y c p/q/r photo.j photos z/1 z/2 " },
  { "", "/", NULL, 100, "a [b/] c [p/] photo.j photos [z/] " },
  { "b/", "/", NULL, 100, "b/ b/1 [b/2/] " },
  { "b", "/", NULL, 100, "[b/] " },
  { "photo", NULL, NULL, 100, "photo.j photos " },
  { "none", "/", NULL, 100, "" },
  { "", NULL, "b/1", 2, "b/2/x b/2/y ..." },
  { "", "/", "b/", 2, "c [p/] ..." },
  { "", "/", "c", 100, "[p/] photo.j photos [z/] " },
  { "", "to", NULL, 100, "a b/ b/1 b/2/x b/2/y c p/q/r [photo] z/1 z/2 " },
  { "", NULL, NULL, 0, "" },
  { "", "/", "photos", 1, "[z/] " },
  { "z/", "/", "z/1", 9, "z/2 " },
};

static void
pages_hold_what_s3_would_list (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++) {
    g_autofree char *got =
        page (rows[i].prefix, rows[i].delimiter, rows[i].after, rows[i].max, NULL);
    g_test_message ("row %zu", i);
    g_assert_cmpstr (got, ==, rows[i].expected);
  }
}

/* However small the pages are, their sum is the whole. */
static void
pages_join_without_gap_or_repetition (void)
{
  const char *delimiters[] = { NULL, "/" };
  for (gsize d = 0; d < 2; d++) {
    g_autofree char *whole = page ("", delimiters[d], NULL, 100, NULL);
    for (gsize max = 1; max <= 5; max++) {
      g_autoptr (GString) joined = g_string_new (NULL);
      g_autofree char *after = NULL;
      for (;;) {
        char *last = NULL;
        g_autofree char *got = page ("", delimiters[d], after, max, &last);
        g_free (after);
        after = last;
        gboolean more = g_str_has_suffix (got, "...");
        g_string_append_len (joined, got, (gssize)(strlen (got) - (more ? 3 : 0)));
        if (!more)
          break;
      }
      g_assert_cmpstr (joined->str, ==, whole);
    }
  }
}

/* Prefixes of 100,000 keys, 1,000 of them: the page must not read a quarter of a million rows. */
static void
large_prefixes_cost_little (void)
{
  g_auto (Listing) listing = { 0 };
  gsize limit = LISTING_FETCH_FIRST, read = 0, group = 0, key = 0;
  listing_init (&listing, NULL, "/", NULL, 1000);
  while (!listing.is_truncated && group < 1500) {
    gsize entries = listing.count, n = 0;
    for (; n < limit && !listing.is_truncated; n++, key++) {
      g_autofree char *name =
          g_strdup_printf ("%06" G_GSIZE_FORMAT "/%06" G_GSIZE_FORMAT, group, key);
      (void)listing_offer (&listing, name);
    }
    read += n;
    limit = listing_next_fetch (limit, listing.count - entries);
    group++; /* listing_next_bound leaps over the rest */
    key = 0;
  }
  g_assert_cmpuint (listing.count, ==, 1000);
  g_assert_cmpuint (read, <, 5000);
}

static void
fetches_grow_while_keys_are_entries (void)
{
  g_assert_cmpuint (listing_next_fetch (256, 256), ==, 256);
  g_assert_cmpuint (listing_next_fetch (256, 1), ==, 64);
  g_assert_cmpuint (listing_next_fetch (4, 1), ==, 4);
  g_assert_cmpuint (listing_next_fetch (4, 2), ==, 8);
  g_assert_cmpuint (listing_next_fetch (200, 200), ==, 256);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/object-listing/pages-hold-what-s3-would-list", pages_hold_what_s3_would_list);
  g_test_add_func ("/object-listing/pages-join-without-gap-or-repetition",
                   pages_join_without_gap_or_repetition);
  g_test_add_func ("/object-listing/large-prefixes-cost-little", large_prefixes_cost_little);
  g_test_add_func ("/object-listing/fetches-grow-while-keys-are-entries",
                   fetches_grow_while_keys_are_entries);
  return g_test_run ();
}
