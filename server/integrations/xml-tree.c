#include "server/integrations/xml-tree.h"

#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "core/failure.h"

G_DEFINE_QUARK (slipway_xml_tree_error, xml_tree_error)

typedef struct {
  Arena *arena;
  gsize n; /* elements so far */
  const char *over;
} Copier;

static const char *
copy_text (Copier *copier, const xmlNode *element)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (const xmlNode *at = element->children; at != NULL; at = at->next)
    if ((at->type == XML_TEXT_NODE || at->type == XML_CDATA_SECTION_NODE) && at->content != NULL)
      g_string_append (text, (const char *)at->content);
  g_strstrip (text->str);
  return arena_strdup (copier->arena, text->str);
}

static gboolean
has_elements (const xmlNode *element)
{
  for (const xmlNode *at = element->children; at != NULL; at = at->next)
    if (at->type == XML_ELEMENT_NODE)
      return TRUE;
  return FALSE;
}

/* The recursion is as deep as XML_TREE_MAX_DEPTH. NULL: over a limit. */
static XmlNode *
copy_element (Copier *copier, const xmlNode *element, guint depth)
{
  if (depth > XML_TREE_MAX_DEPTH || copier->n++ >= XML_TREE_MAX_ELEMENTS) {
    copier->over =
        depth > XML_TREE_MAX_DEPTH ? "elements too deep within others" : "too many elements";
    return NULL;
  }
  XmlNode *node = arena_new0 (copier->arena, XmlNode);
  node->name = arena_strdup (copier->arena, (const char *)element->name);
  node->text = has_elements (element) ? "" : copy_text (copier, element);
  const XmlNode **end = &node->first;
  for (const xmlNode *at = element->children; at != NULL; at = at->next) {
    if (at->type != XML_ELEMENT_NODE)
      continue;
    XmlNode *child = copy_element (copier, at, depth + 1);
    if (child == NULL)
      return NULL;
    *end = child;
    end = &child->next;
  }
  return node;
}

static const XmlNode *
copy_document (const xmlDoc *doc, Arena *arena, GError **error)
{
  const xmlNode *top = xmlDocGetRootElement (doc);
  if (doc->intSubset != NULL || top == NULL) {
    failure_record (error, XML_TREE_ERROR, XML_TREE_ERROR_SYNTAX,
                    "expected XML with a root element and without a document type");
    return NULL;
  }
  Copier copier = { .arena = arena };
  XmlNode *root = copy_element (&copier, top, 1);
  if (root == NULL)
    failure_record (error, XML_TREE_ERROR, XML_TREE_ERROR_LIMIT, "%s", copier.over);
  return root;
}

const XmlNode *
xml_tree_parse (const char *bytes, gsize n, Arena *arena, GError **error)
{
  if (n > XML_TREE_MAX_BYTES) {
    failure_record (error, XML_TREE_ERROR, XML_TREE_ERROR_LIMIT, "XML of more than %d bytes",
                    XML_TREE_MAX_BYTES);
    return NULL;
  }
  /* Before the parser comes to it, which would expand its entities in attributes. Another coding than UTF-8 is caught below. */
  if (g_strstr_len (bytes, (gssize)n, "<!DOCTYPE") != NULL) {
    failure_record (error, XML_TREE_ERROR, XML_TREE_ERROR_SYNTAX,
                    "expected XML without a document type");
    return NULL;
  }
  xmlDocPtr doc =
      xmlReadMemory (bytes, (int)n, NULL, NULL,
                     XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOCDATA);
  if (doc == NULL) {
    failure_record (error, XML_TREE_ERROR, XML_TREE_ERROR_SYNTAX, "not well-formed XML");
    return NULL;
  }
  const XmlNode *root = copy_document (doc, arena, error);
  xmlFreeDoc (doc);
  return root;
}

static const XmlNode *
find_named (const XmlNode *from, const char *name, gsize length)
{
  for (; from != NULL; from = from->next)
    if (strncmp (from->name, name, length) == 0 && from->name[length] == '\0')
      return from;
  return NULL;
}

const XmlNode *
xml_node_find (const XmlNode *node, const char *path)
{
  while (node != NULL && *path != '\0') {
    gsize length = strcspn (path, "/");
    node = find_named (node->first, path, length);
    path += length + (path[length] == '/' ? 1 : 0);
  }
  return node;
}

const char *
xml_node_text (const XmlNode *node, const char *path)
{
  const XmlNode *found = xml_node_find (node, path);
  return found != NULL ? found->text : NULL;
}

const XmlNode *
xml_node_next (const XmlNode *node)
{
  return find_named (node->next, node->name, strlen (node->name));
}
