#pragma once

#include <glib.h>

#include "core/arena.h"

/*
 * An XML answer from outside (AWS's Query protocol) as a small read-only tree of elements with their text. Namespaces, attributes,
 * comments and processing instructions are left out; text between elements is forgotten.
 *
 * Bounded: bytes, elements, depth. Document types, and with them entities of one's own, are refused.
 *
 *   <ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>
 *   xml_node_text (root, "Error/Code")
 *
 * Thread rule: any thread; the tree belongs to its arena.
 */
typedef struct XmlNode XmlNode;
struct XmlNode {
  const char *name;
  const char *text;     /* without blanks around it; "" for an element that only has elements */
  const XmlNode *first; /* child; NULL: none */
  const XmlNode *next;  /* sibling of any name; NULL: none */
};

#define XML_TREE_MAX_BYTES    (4 * 1024 * 1024)
#define XML_TREE_MAX_ELEMENTS 200000
#define XML_TREE_MAX_DEPTH    64

#define XML_TREE_ERROR (xml_tree_error_quark ())
GQuark xml_tree_error_quark (void);
typedef enum {
  XML_TREE_ERROR_SYNTAX, /* not well-formed, or with a document type */
  XML_TREE_ERROR_LIMIT
} XmlTreeError;

/* The root element. */
const XmlNode *xml_tree_parse (const char *bytes, gsize n, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The first element at a path of names with '/' between them, below node. NULL when there is none; node may be NULL. */
const XmlNode *xml_node_find (const XmlNode *node, const char *path);
/* The text there; NULL when there is no such element. */
const char *xml_node_text (const XmlNode *node, const char *path);
/* The next sibling of node's name; with xml_node_find all elements of a list:
 * for (m = xml_node_find (root, "A/member"); m != NULL; m = xml_node_next (m)) */
const XmlNode *xml_node_next (const XmlNode *node);
