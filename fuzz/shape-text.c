/* Text that claims to be a stored deployment: the quick reader against the one by way of a JSON tree. */
#include "fuzz/fuzz-target.h"
#include "proto/api-types.h"
#include "proto/json-doc.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const Shape *shape = &api_shape_deployment_info;
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = g_strndup ((const char *)data, size);
  gpointer quick = NULL;
  gpointer slow = NULL;

  if (text == NULL || *text == '\0')
    return 0;
  gboolean read = shape_from_text (shape, text, arena, &quick, &error);
  FUZZ_CHECK (read, error);
  g_autoptr (json_t) tree = json_doc_parse (text, strlen (text), NULL, NULL);
  if (tree != NULL && shape_decode (shape, tree, arena, &slow, NULL)) {
    /* What the strict way reads, the quick one reads the same. */
    g_assert_true (read);
    g_autofree char *one = shape_to_text (shape, quick);
    g_autofree char *two = shape_to_text (shape, slow);
    g_assert_cmpstr (one, ==, two);
  }
  return 0;
}
