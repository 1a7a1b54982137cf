#include "core/nearest-word.h"

#include <string.h>

typedef struct {
  guint before_last[NEAREST_WORD_MAX_BYTES + 1];
  guint last[NEAREST_WORD_MAX_BYTES + 1];
  guint current[NEAREST_WORD_MAX_BYTES + 1];
} Rows;

/* One row of the usual table of distances between beginnings: of one's first `row` letters to each beginning of other. */
static void
fill_row (Rows *rows, const char *one, const char *other, gsize row, gsize n_other)
{
  char letter = g_ascii_tolower (one[row - 1]);
  rows->current[0] = (guint)row;
  for (gsize i = 1; i <= n_other; i++) {
    char facing = g_ascii_tolower (other[i - 1]);
    guint best = rows->last[i - 1] + (letter != facing);
    best = MIN (best, rows->last[i] + 1);
    best = MIN (best, rows->current[i - 1] + 1);
    if (row > 1 && i > 1 && letter == g_ascii_tolower (other[i - 2]) &&
        g_ascii_tolower (one[row - 2]) == facing)
      best = MIN (best, rows->before_last[i - 2] + 1);
    rows->current[i] = best;
  }
}

guint
nearest_word_distance (const char *one, const char *other)
{
  gsize n_one = strlen (one), n_other = strlen (other);
  Rows rows = { 0 };

  if (n_one > NEAREST_WORD_MAX_BYTES || n_other > NEAREST_WORD_MAX_BYTES)
    return G_MAXUINT;
  for (gsize i = 0; i <= n_other; i++)
    rows.last[i] = (guint)i;
  for (gsize row = 1; row <= n_one; row++) {
    fill_row (&rows, one, other, row, n_other);
    memcpy (rows.before_last, rows.last, sizeof rows.last);
    memcpy (rows.last, rows.current, sizeof rows.current);
  }
  return rows.last[n_other];
}

static guint
near_enough (const char *word)
{
  gsize length = strlen (word);
  if (length <= 3)
    return length > 1 ? 1 : 0;
  return length <= 7 ? 2 : 3;
}

const char *
nearest_word (const char *word, const char *const *words, gsize n)
{
  const char *nearest = NULL;
  guint least = near_enough (word) + 1;

  for (gsize i = 0; i < n; i++) {
    gint difference = (gint)strlen (words[i]) - (gint)MIN (strlen (word), G_MAXINT / 2);
    if (ABS (difference) >= (gint)least)
      continue; /* what strangers write may be long and many */
    guint distance = nearest_word_distance (word, words[i]);
    if (distance < least) {
      least = distance;
      nearest = words[i];
    }
  }
  return nearest;
}
