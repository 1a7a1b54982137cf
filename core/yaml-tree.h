#pragma once

#include "core/arena.h"

/*
 * YAML from outside (AppSpec, settings, agent configuration) as a small read-only tree. It says what was written: scalars
 * keep their text, whether they were plain or quoted, and where they stand; what "0644" or "yes" means is the
 * caller's business, and so are ":symbol:" keys and "<<". Tags are ignored.
 *
 * Bounded: bytes, depth, length of a scalar, and nodes counted as if every alias were written out. An alias that
 * contains itself, a key that is not a scalar, and bytes that are not UTF-8 are refused.
 *
 * Thread rule: any thread; the tree belongs to its arena.
 */
typedef enum {
  YAML_NODE_SCALAR,
  YAML_NODE_SEQUENCE,
  YAML_NODE_MAPPING
} YamlNodeKind;

typedef struct YamlNode YamlNode;
struct YamlNode {
  YamlNodeKind kind;
  guint line, column;      /* from 1 */
  gboolean plain;          /* scalar: written without quotes, not a block scalar */
  const char *text;        /* scalar: NUL-terminated UTF-8 without embedded NUL; else NULL */
  gsize length;            /* scalar: bytes of text */
  gsize n;                 /* sequence: items; mapping: pairs */
  const YamlNode **keys;   /* mapping: scalars, in the order of the text */
  const YamlNode **values; /* sequence: items; mapping: values */
  gsize n_repeated; /* mapping read with LAST_DUPLICATE_WINS: keys that were given again later */
  const YamlNode **repeated; /* those keys; what they stood for is not kept */
};

typedef struct {
  gsize max_bytes;        /* of the whole text */
  gsize max_scalar_bytes; /* of one scalar */
  guint max_depth;        /* collections within collections */
  guint max_nodes;        /* after expansion of aliases */
} YamlTreeLimits;

/* 1 MiB, 64 KiB, 32, 20000. */
extern const YamlTreeLimits yaml_tree_default_limits;

typedef enum {
  YAML_TREE_STRICT = 0,
  YAML_TREE_LAST_DUPLICATE_WINS = 1 << 0, /* else a repeated key is an error */
  YAML_TREE_FIRST_DOCUMENT_ONLY =
      1 << 1 /* else a second document is an error; with it, what follows is not read */
} YamlTreeFlags;

#define YAML_TREE_ERROR (yaml_tree_error_quark ())
GQuark yaml_tree_error_quark (void);
typedef enum {
  YAML_TREE_ERROR_SYNTAX, /* also: not UTF-8, no document, a second document */
  YAML_TREE_ERROR_LIMIT,
  YAML_TREE_ERROR_DUPLICATE_KEY,
  YAML_TREE_ERROR_ALIAS, /* unknown, or containing itself */
  YAML_TREE_ERROR_KEY    /* a key that is a collection */
} YamlTreeError;

/* Where in the text something is: both from 1; line 0: nowhere, it is the text as a whole. */
typedef struct {
  guint line, column;
} YamlPlace;

/* As yaml_tree_parse, with the place of an error apart from its message, which then has no "line 7: ". */
const YamlNode *yaml_tree_parse_located (const char *bytes, gsize n, YamlTreeFlags flags,
                                         const YamlTreeLimits *limits, Arena *arena,
                                         YamlPlace *out_place, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The root node. limits NULL: the default ones. Errors read "line 7: ..." so that callers prefix the file's name. */
const YamlNode *yaml_tree_parse (const char *bytes, gsize n, YamlTreeFlags flags,
                                 const YamlTreeLimits *limits, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* The value of a key; NULL when there is none or node (NULL allowed) is not a mapping. */
const YamlNode *yaml_node_get (const YamlNode *node, const char *key);
/* Plain and empty, ~ or null (any case YAML 1.1 knows). A NULL node is null too. */
gboolean yaml_node_is_null (const YamlNode *node);
/* "mapping", "sequence" or "scalar" ("nothing" for NULL), for messages. */
const char *yaml_node_kind_name (const YamlNode *node);
