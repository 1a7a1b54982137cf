/* First line: X-Amz-Target; then the JSON body. What decodes must encode and decode again. */
#include "fuzz/fuzz-target.h"
#include "proto/api-operation.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const char *newline = size == 0 ? NULL : memchr (data, '\n', size);
  gsize target_length = newline == NULL ? size : (gsize)(newline - (const char *)data);
  const ApiOperation *operation =
      size == 0
          ? NULL
          : api_operation_by_target (arena_strndup (arena, (const char *)data, target_length));
  gpointer input = NULL;
  gboolean decoded;

  if (operation == NULL || newline == NULL)
    return 0;
  decoded =
      api_decode_input (operation, newline + 1, size - target_length - 1, arena, &input, &error);
  FUZZ_CHECK (decoded, error);
  if (decoded) {
    gsize n = 0;
    g_autofree char *text = api_encode_input (operation, input, &n);

    g_assert_true (api_decode_input (operation, text, n, arena, &input, &error));
  }
  return 0;
}
