/* An XML answer of a service outside. */
#include "server/integrations/xml-tree.h"
#include "fuzz/fuzz-target.h"

static gsize
count (const XmlNode *node)
{
  gsize n = 1;
  g_assert (g_utf8_validate (node->name, -1, NULL) && g_utf8_validate (node->text, -1, NULL));
  for (const XmlNode *child = node->first; child != NULL; child = child->next)
    n += count (child);
  return n;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  const XmlNode *root = xml_tree_parse ((const char *)data, size, arena, &error);

  FUZZ_CHECK (root != NULL, error);
  g_assert (root == NULL || count (root) <= XML_TREE_MAX_ELEMENTS);
  return 0;
}
