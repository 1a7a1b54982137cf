#pragma once

#include "core/arena.h"

/* The tokens between the pages of a list (nextToken). A token is self-contained, so it survives a restart and costs
 * no memory: it holds the position where the next page begins and a keyed hash over it and over the scope, which is
 * text that says what is being listed (operation and filters). A token of another list, or a changed one, is refused.
 *
 * Thread rule: any thread. */

#define PAGE_TOKEN_KEY_SIZE 32

typedef struct {
  guint8 bytes[PAGE_TOKEN_KEY_SIZE]; /* secret of the installation */
} PageTokenKey;

/* position: any text. The result is of [A-Za-z0-9_-]. */
char *page_token_seal (const PageTokenKey *key, const char *scope, const char *position,
                       Arena *arena);

/* The position, in arena; NULL when the token is not one that page_token_seal made with this key and scope. */
const char *page_token_open (const PageTokenKey *key, const char *scope, const char *token,
                             Arena *arena) G_GNUC_WARN_UNUSED_RESULT;
