/*
 * First line: an X-Amz-Target; then a JSON body. A target that names no operation stands for one all the same, chosen by its first
 * bytes, so that every operation of the table gets bodies of every kind.
 *
 * What is refused is refused with an error that the operation may answer with. What decodes must encode, and decode and
 * encode again to the same bytes. The body is read as an answer as well, as clients do.
 */
#include "fuzz/fuzz-target.h"
#include "proto/api-operation.h"

#include <string.h>

/* What a body may cost: a structure with all its members is large beside "{}". */
#define MEMORY_PER_BYTE 512
#define MEMORY_AT_LEAST 65536

static const ApiOperation *
find_operation (const guint8 *data, gsize target_length, Arena *arena)
{
  const ApiOperation *operation =
      api_operation_by_target (arena_strndup (arena, (const char *)data, target_length));
  guint choice = data[0] + (target_length > 1 ? data[1] * 256U : 0);

  return operation != NULL ? operation : api_operation ((ApiOp)(choice % API_N_OPS));
}

static void
check_refusal (const ApiOperation *operation, const GError *error)
{
  g_assert (error->domain == API_ERROR);
  /* A service may have one error for all inputs, which its operations do not list. */
  g_assert (error->code == API_ERR_SERIALIZATION || error->code == API_ERR_VALIDATION_ERROR ||
            api_operation_lists_error (operation, (ApiErrorCode)error->code));
}

static void
check_input (const ApiOperation *operation, const char *body, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gpointer input = NULL;
  gboolean decoded = api_decode_input (operation, body, size, arena, &input, &error);
  gsize n = 0, m = 0;

  FUZZ_CHECK (decoded, error);
  g_assert (arena_held_bytes (arena) <= MEMORY_AT_LEAST + size * MEMORY_PER_BYTE);
  if (!decoded) {
    check_refusal (operation, error);
    return;
  }
  g_autofree char *once = api_encode_input (operation, input, &n);
  g_assert_true (api_decode_input (operation, once, n, arena, &input, &error));
  g_autofree char *twice = api_encode_input (operation, input, &m);
  g_assert_cmpmem (once, n, twice, m);
}

static void
check_output (const ApiOperation *operation, const char *body, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  gpointer output = NULL;
  gboolean decoded = api_decode_output (operation, body, size, arena, &output, &error);
  gsize n = 0, m = 0;

  FUZZ_CHECK (decoded, error);
  if (!decoded)
    return;
  g_autofree char *once = api_encode_output (operation, output, &n);
  g_assert_true (api_decode_output (operation, once, n, arena, &output, &error));
  g_autofree char *twice = api_encode_output (operation, output, &m);
  g_assert_cmpmem (once, n, twice, m);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *newline = size == 0 ? NULL : memchr (data, '\n', size);
  gsize target_length = newline == NULL ? 0 : (gsize)(newline - (const char *)data);
  const ApiOperation *operation;

  if (target_length == 0)
    return 0;
  operation = find_operation (data, target_length, arena);
  check_input (operation, newline + 1, size - target_length - 1);
  if (operation->output != NULL)
    check_output (operation, newline + 1, size - target_length - 1);
  return 0;
}
