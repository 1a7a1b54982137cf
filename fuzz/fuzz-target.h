#pragma once

#include <glib.h>

/*
 * What a fuzz target is: one function over bytes, named as libFuzzer wants it. It returns 0 and may crash, abort or trip a
 * sanitizer, which is the finding. It keeps nothing between calls.
 */
int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

/*
 * Checks a promise that all our parsers make: an error is set if and only if there is no result, and its message can be shown
 * to people and put into JSON.
 */
#define FUZZ_CHECK(ok, error)                                                                      \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_assert ((ok) == ((error) == NULL));                                                          \
    g_assert ((error) == NULL || g_utf8_validate ((error)->message, -1, NULL));                    \
  }                                                                                                \
  G_STMT_END
