/* YAML text. The first byte's lowest bits are the flags. */
#include "core/yaml-tree.h"
#include "fuzz/fuzz-target.h"

static guint
walk (const YamlNode *node, guint depth)
{
  guint n = 1;

  g_assert (depth <= yaml_tree_default_limits.max_depth);
  g_assert ((node->kind == YAML_NODE_SCALAR) == (node->text != NULL));
  yaml_node_is_null (node);
  for (gsize i = 0; i < node->n; i++) {
    n += walk (node->values[i], depth + 1);
    n += node->keys == NULL ? 0 : walk (node->keys[i], depth + 1);
  }
  return n;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (Arena) arena = arena_new ();
  YamlTreeFlags flags = size == 0 ? YAML_TREE_STRICT : data[0] & 3;
  g_autoptr (GError) error = NULL;
  const YamlNode *root = yaml_tree_parse ((const char *)data, size, flags, NULL, arena, &error);

  FUZZ_CHECK (root != NULL, error);
  if (root != NULL)
    g_assert (walk (root, 0) <= yaml_tree_default_limits.max_nodes);
  return 0;
}
