/* Lines: Host, "path?query", Range, x-amz-copy-source; what an object request says about itself. */
#include "fuzz/fuzz-target.h"
#include "server/objects/byte-range.h"
#include "server/objects/s3-address.h"

#include <string.h>

static void
check_address (const char *host, char *target, Arena *arena)
{
  static const char *const host_names[] = { "localhost", "s3.example.com", NULL };
  char *query = strchr (target, '?');
  g_autoptr (GError) error = NULL;
  S3Address address = { 0 };
  gboolean parsed;

  if (query != NULL)
    *query++ = '\0';
  parsed = s3_address_parse (host, host_names, target, query, arena, &address, &error);
  FUZZ_CHECK (parsed, error);
  if (!parsed)
    return;
  g_assert (address.key == NULL || address.bucket != NULL);
  g_assert (address.key == NULL || strlen (address.key) <= S3_MAX_KEY_BYTES);
  g_assert (address.n_params <= S3_MAX_PARAMS);
}

static void
check_range (const char *range)
{
  const guint64 sizes[] = { 0, 1, 1000, G_MAXUINT64 };

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++) {
    guint64 offset = 0, length = 0;
    gboolean exact;

    if (byte_range_parse (range, sizes[i], &offset, &length) != BYTE_RANGE_UNSATISFIABLE)
      g_assert (offset <= sizes[i] && length <= sizes[i] - offset);
    exact = byte_range_parse_exact (range, sizes[i], &offset, &length);
    g_assert (!exact || (offset <= sizes[i] && length <= sizes[i] - offset));
  }
}

static void
check_copy_source (const char *text, Arena *arena)
{
  const char *bucket = NULL, *key = NULL, *version_id = NULL;
  g_autoptr (GError) error = NULL;

  FUZZ_CHECK (s3_address_parse_copy_source (text, arena, &bucket, &key, &version_id, &error),
              error);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autofree char *text = g_strndup ((const char *)data, size);
  g_auto (GStrv) lines = g_strsplit (text == NULL ? "" : text, "\n", 4);

  if (g_strv_length (lines) < 4)
    return 0;
  check_address (lines[0], lines[1], arena);
  check_range (lines[2]);
  check_copy_source (lines[3], arena);
  return 0;
}
