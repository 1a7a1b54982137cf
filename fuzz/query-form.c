/* First line: Action and Version as "Name Version"; then the form. What decodes must have an answer in JSON. */
#include "fuzz/fuzz-target.h"
#include "proto/api-operation.h"
#include "proto/shape-query.h"
#include "proto/shape-xml.h"

#include <string.h>

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const char *newline = size == 0 ? NULL : memchr (data, '\n', size);
  if (newline == NULL)
    return 0;
  char *name = arena_strndup (arena, (const char *)data, (gsize)(newline - (const char *)data));
  char *version = strchr (name, ' ');
  if (version != NULL)
    *version++ = '\0';
  const ApiOperation *op = api_operation_by_query (name, version);
  QueryForm form;
  gpointer input = NULL;
  if (op == NULL)
    return 0;
  gsize length = size - (gsize)(newline + 1 - (const char *)data);
  gboolean decoded = query_form_parse (newline + 1, length, arena, &form, &error) &&
                     shape_query_decode (op->input, &form, arena, &input, &error);
  FUZZ_CHECK (decoded, error);
  if (decoded) {
    g_autofree char *text = shape_to_text (op->input, input);
    g_autoptr (GString) xml = g_string_new (NULL);
    gpointer again = NULL;
    g_autoptr (GError) refusal = NULL;
    shape_xml_write (op->input, input, xml);
    g_assert_true (g_utf8_validate (xml->str, (gssize)xml->len, NULL));
    g_assert_true (shape_from_text (op->input, text, arena, &again, &refusal));
    if (!shape_check (op->input, input, &refusal))
      g_assert_nonnull (refusal);
  }
  return 0;
}
