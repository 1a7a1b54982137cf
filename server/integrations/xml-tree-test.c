#include "server/integrations/xml-tree.h"

#include <string.h>

static const XmlNode *
parse (const char *text, Arena *arena)
{
  g_autoptr (GError) error = NULL;
  const XmlNode *root = xml_tree_parse (text, strlen (text), arena, &error);
  g_assert_no_error (error);
  return root;
}

static void
refuse (const char *text, XmlTreeError code)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_assert_null (xml_tree_parse (text, strlen (text), arena, &error));
  g_assert_error (error, XML_TREE_ERROR, (int)code);
}

static void
test_paths (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const XmlNode *root = parse (
      "<?xml version='1.0'?>\n<R xmlns='http://a/'><!-- x --><L><m> one &amp;&#32;<![CDATA[<2>]]> "
      "</m><other/><m>three</m></L><E></E><Long>no</Long></R>",
      arena);
  g_assert_cmpstr (root->name, ==, "R");
  g_assert_cmpstr (root->text, ==, "");
  g_assert_cmpstr (xml_node_text (root, "L/m"), ==, "one & <2>");
  const XmlNode *second = xml_node_next (xml_node_find (root, "L/m"));
  g_assert_cmpstr (second->text, ==, "three");
  g_assert_null (xml_node_next (second));
  g_assert_cmpstr (xml_node_text (root, "E"), ==, "");
  g_assert_null (xml_node_text (root, "Lo"));
  g_assert_null (xml_node_text (root, "L/x/m"));
  g_assert_null (xml_node_find (NULL, "a"));
}

static void
test_bad_documents (void)
{
  refuse ("", XML_TREE_ERROR_SYNTAX);
  refuse ("<a><b></a>", XML_TREE_ERROR_SYNTAX);
  refuse ("not found", XML_TREE_ERROR_SYNTAX);
  refuse ("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>", XML_TREE_ERROR_SYNTAX);
  refuse ("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>", XML_TREE_ERROR_SYNTAX);
}

/* Each entity is ten of the one before; what they come to would be a gigabyte, in an attribute that nobody reads. */
static void
test_entities (void)
{
  g_autoptr (GString) text = g_string_new ("<!DOCTYPE a [<!ENTITY e0 'ha'>");
  for (int i = 1; i < 10; i++) {
    g_string_append_printf (text, "<!ENTITY e%d '", i);
    for (int k = 0; k < 10; k++)
      g_string_append_printf (text, "&e%d;", i - 1);
    g_string_append (text, "'>");
  }
  g_string_append (text, "]><a x='&e9;'/>");
  refuse (text->str, XML_TREE_ERROR_SYNTAX);
}

static void
test_depth (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (int i = 0; i < XML_TREE_MAX_DEPTH + 1; i++)
    g_string_append (text, "<a>");
  for (int i = 0; i < XML_TREE_MAX_DEPTH + 1; i++)
    g_string_append (text, "</a>");
  refuse (text->str, XML_TREE_ERROR_LIMIT);
}

static void
test_count (void)
{
  g_autoptr (GString) text = g_string_new ("<a>");
  for (int i = 0; i < XML_TREE_MAX_ELEMENTS; i++)
    g_string_append (text, "<b/>");
  g_string_append (text, "</a>");
  refuse (text->str, XML_TREE_ERROR_LIMIT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/xml-tree/elements-are-found-by-path", test_paths);
  g_test_add_func ("/xml-tree/bad-documents-and-document-types-are-refused", test_bad_documents);
  g_test_add_func ("/xml-tree/entities-are-not-expanded", test_entities);
  g_test_add_func ("/xml-tree/depth-is-capped", test_depth);
  g_test_add_func ("/xml-tree/elements-are-counted", test_count);
  return g_test_run ();
}
