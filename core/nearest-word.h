#pragma once

#include <glib.h>

/*
 * "Did you mean": the word of a list that a misspelt one was probably meant to be.
 *
 * Thread rule: any thread.
 */

/* Longer words are never near: what somebody typed is short. */
#define NEAREST_WORD_MAX_BYTES 64

/*
 * The number of letters that were left out, added, changed or swapped with their neighbour between the two, upper and lower case being
 * the same; G_MAXUINT when one of them is longer than NEAREST_WORD_MAX_BYTES.
 */
guint nearest_word_distance (const char *one, const char *other);

/*
 * The nearest of n words (the first of equals), if it is near enough for its length: one slip in a word of up to three letters, two up to
 * seven, three in longer ones; but never every letter. NULL when there is none. A word that only differs in case is near.
 */
const char *nearest_word (const char *word, const char *const *words, gsize n);
