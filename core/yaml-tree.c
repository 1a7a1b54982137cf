#include "core/yaml-tree.h"

#include "core/failure.h"

#include <string.h>
#include <yaml.h>

G_DEFINE_QUARK (slipway_yaml_tree_error, yaml_tree_error)

const YamlTreeLimits yaml_tree_default_limits = {
  .max_bytes = 1 << 20,
  .max_scalar_bytes = 64 << 10,
  .max_depth = 32,
  .max_nodes = 20000,
};

typedef yaml_parser_t YamlParser;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (YamlParser, yaml_parser_delete)
typedef yaml_event_t YamlEvent;
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (YamlEvent, yaml_event_delete)

/* What an anchor stands for. node is NULL while its own text is still being read: an alias then contains itself. */
typedef struct {
  const YamlNode *node;
  guint weight; /* nodes when written out, itself included */
  guint height; /* collections on the longest way down, itself included */
} Anchor;

/* A collection that is being read, and what has been gathered of it. */
typedef struct {
  YamlNode *node;
  char *anchor; /* owned; NULL when it has none */
  guint weight;
  guint height;
  guint first;           /* index in Reader.children of its first child */
  GHashTable *positions; /* mapping: key -> position of its value; NULL in a sequence */
} Frame;

typedef struct {
  Arena *arena;
  const YamlTreeLimits *limits;
  YamlTreeFlags flags;
  GHashTable *anchors; /* name -> Anchor */
  GArray *frames;      /* of Frame, outermost first */
  GPtrArray *
      children; /* nodes of all open collections, in order: keys and values alternate in mappings */
  const YamlNode *root;
  guint n_nodes;
  YamlPlace problem; /* where what is wrong stands */
} Reader;

static YamlPlace
place_of (const YamlNode *node)
{
  return (YamlPlace){ node->line, node->column };
}

static YamlPlace
place_at (const yaml_mark_t *mark)
{
  return (YamlPlace){ (guint)mark->line + 1, (guint)mark->column + 1 };
}

G_GNUC_PRINTF (5, 6)
static gboolean
fail (Reader *reader, GError **error, YamlTreeError code, YamlPlace place, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  reader->problem = place;
  return failure_set (error, YAML_TREE_ERROR, (gint)code, "%s", text);
}

static void
frame_clear (gpointer data)
{
  Frame *frame = data;

  g_free (frame->anchor);
  g_clear_pointer (&frame->positions, g_hash_table_unref);
}

static Frame *
top_frame (Reader *reader)
{
  return reader->frames->len == 0 ? NULL
                                  : &g_array_index (reader->frames, Frame, reader->frames->len - 1);
}

static gboolean
is_waiting_for_key (const Reader *reader, const Frame *frame)
{
  return frame != NULL && frame->positions != NULL &&
         (reader->children->len - frame->first) % 2 == 0;
}

/* Counts weight nodes against the cap. */
static gboolean
count_nodes (Reader *reader, guint weight, YamlPlace place, GError **error)
{
  if (weight > reader->limits->max_nodes || reader->n_nodes > reader->limits->max_nodes - weight)
    return fail (reader, error, YAML_TREE_ERROR_LIMIT, place,
                 "more than %u nodes, aliases written out", reader->limits->max_nodes);
  reader->n_nodes += weight;
  return TRUE;
}

static void
remember_anchor (Reader *reader, const char *name, const YamlNode *node, guint weight, guint height)
{
  Anchor *anchor;

  if (name == NULL)
    return;
  anchor = g_new (Anchor, 1);
  *anchor = (Anchor){ node, weight, height };
  g_hash_table_replace (reader->anchors, g_strdup (name), anchor);
}

/* The value that a repeated key had is taken out (the key stays, for gather_children), so that the last one wins in the place of the last one. */
static gboolean
accept_key (Reader *reader, Frame *frame, const YamlNode *key, GError **error)
{
  gpointer position;

  if (g_hash_table_lookup_extended (frame->positions, key->text, NULL, &position)) {
    if ((reader->flags & YAML_TREE_LAST_DUPLICATE_WINS) == 0)
      return fail (reader, error, YAML_TREE_ERROR_DUPLICATE_KEY, place_of (key),
                   "key \"%.100s\" is given twice", key->text);
    reader->children->pdata[GPOINTER_TO_UINT (position) + 1] = NULL;
  }
  g_hash_table_replace (frame->positions, (gpointer)key->text,
                        GUINT_TO_POINTER (reader->children->len));
  return TRUE;
}

/* A finished node finds its place: in the collection around it, or as the root. */
static gboolean
add_node (Reader *reader, const YamlNode *node, guint weight, guint height, GError **error)
{
  Frame *frame = top_frame (reader);

  if (frame == NULL) {
    reader->root = node;
    return TRUE;
  }
  if (is_waiting_for_key (reader, frame)) {
    if (node->kind != YAML_NODE_SCALAR)
      return fail (reader, error, YAML_TREE_ERROR_KEY, place_of (node), "a %s cannot be a key",
                   yaml_node_kind_name (node));
    if (!accept_key (reader, frame, node, error))
      return FALSE;
  }
  g_ptr_array_add (reader->children, (gpointer)node);
  frame->weight += weight; /* bounded: every node was counted against max_nodes first */
  frame->height = MAX (frame->height, height + 1);
  return TRUE;
}

static YamlNode *
new_node (Reader *reader, YamlNodeKind kind, const yaml_event_t *event)
{
  YamlNode *node = arena_new0 (reader->arena, YamlNode);

  node->kind = kind;
  node->line = (guint)event->start_mark.line + 1;
  node->column = (guint)event->start_mark.column + 1;
  return node;
}

static gboolean
read_scalar (Reader *reader, const yaml_event_t *event, GError **error)
{
  YamlNode *node = new_node (reader, YAML_NODE_SCALAR, event);
  gsize length = event->data.scalar.length;

  if (length > reader->limits->max_scalar_bytes)
    return fail (reader, error, YAML_TREE_ERROR_LIMIT, place_of (node),
                 "a scalar of more than %" G_GSIZE_FORMAT " bytes",
                 reader->limits->max_scalar_bytes);
  if (memchr (event->data.scalar.value, '\0', length) != NULL)
    return fail (reader, error, YAML_TREE_ERROR_SYNTAX, place_of (node),
                 "a scalar contains a NUL character");
  node->text = arena_strndup (reader->arena, (const char *)event->data.scalar.value, length);
  node->length = length;
  node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
  remember_anchor (reader, (const char *)event->data.scalar.anchor, node, 1, 0);
  return count_nodes (reader, 1, place_of (node), error) && add_node (reader, node, 1, 0, error);
}

static gboolean
open_collection (Reader *reader, YamlNodeKind kind, const yaml_char_t *anchor,
                 const yaml_event_t *event, GError **error)
{
  YamlNode *node = new_node (reader, kind, event);
  Frame frame = { .node = node,
                  .anchor = g_strdup ((const char *)anchor),
                  .weight = 1,
                  .height = 1,
                  .first = reader->children->len,
                  .positions = kind == YAML_NODE_MAPPING
                                   ? g_hash_table_new (g_str_hash, g_str_equal)
                                   : NULL };

  remember_anchor (reader, frame.anchor, NULL, 0, 0);
  g_array_append_val (reader->frames, frame);
  if (reader->frames->len > reader->limits->max_depth)
    return fail (reader, error, YAML_TREE_ERROR_LIMIT, place_of (node),
                 "more than %u levels of nesting", reader->limits->max_depth);
  return count_nodes (reader, 1, place_of (node), error);
}

/* Copies the children from the common stack into the node: alternating keys and values in a mapping. */
static void
gather_children (Reader *reader, Frame *frame)
{
  YamlNode *node = frame->node;
  gboolean mapping = node->kind == YAML_NODE_MAPPING;
  guint step = mapping ? 2 : 1;
  gsize room = (reader->children->len - frame->first) / step;

  node->values = arena_new0_n (reader->arena, const YamlNode *, room);
  node->keys = mapping ? arena_new0_n (reader->arena, const YamlNode *, room) : NULL;
  for (guint i = frame->first; i < reader->children->len; i += step) {
    if (reader->children->pdata[i + step - 1] == NULL) {
      if (node->repeated == NULL)
        node->repeated = arena_new0_n (reader->arena, const YamlNode *, room);
      node->repeated[node->n_repeated++] = reader->children->pdata[i];
      continue;
    }
    if (mapping)
      node->keys[node->n] = reader->children->pdata[i];
    node->values[node->n++] = reader->children->pdata[i + step - 1];
  }
  g_ptr_array_set_size (reader->children, (gint)frame->first);
}

static gboolean
close_collection (Reader *reader, GError **error)
{
  Frame *frame = top_frame (reader);
  const YamlNode *node = frame->node;
  guint weight = frame->weight;
  guint height = frame->height;

  gather_children (reader, frame);
  remember_anchor (reader, frame->anchor, node, weight, height);
  g_array_set_size (reader->frames, reader->frames->len - 1);
  return add_node (reader, node, weight, height, error);
}

static gboolean
read_alias (Reader *reader, const yaml_event_t *event, GError **error)
{
  const char *name = (const char *)event->data.alias.anchor;
  const Anchor *anchor = g_hash_table_lookup (reader->anchors, name);
  YamlPlace place = place_at (&event->start_mark);

  if (anchor == NULL)
    return fail (reader, error, YAML_TREE_ERROR_ALIAS, place, "unknown alias \"*%.100s\"", name);
  if (anchor->node == NULL)
    return fail (reader, error, YAML_TREE_ERROR_ALIAS, place, "alias \"*%.100s\" contains itself",
                 name);
  if (reader->frames->len + anchor->height > reader->limits->max_depth)
    return fail (reader, error, YAML_TREE_ERROR_LIMIT, place, "more than %u levels of nesting",
                 reader->limits->max_depth);
  return count_nodes (reader, anchor->weight, place, error) &&
         add_node (reader, anchor->node, anchor->weight, anchor->height, error);
}

static gboolean
read_event (Reader *reader, const yaml_event_t *event, GError **error)
{
  switch (event->type) {
  case YAML_SCALAR_EVENT:
    return read_scalar (reader, event, error);
  case YAML_SEQUENCE_START_EVENT:
    return open_collection (reader, YAML_NODE_SEQUENCE, event->data.sequence_start.anchor, event,
                            error);
  case YAML_MAPPING_START_EVENT:
    return open_collection (reader, YAML_NODE_MAPPING, event->data.mapping_start.anchor, event,
                            error);
  case YAML_SEQUENCE_END_EVENT:
  case YAML_MAPPING_END_EVENT:
    return close_collection (reader, error);
  case YAML_ALIAS_EVENT:
    return read_alias (reader, event, error);
  case YAML_DOCUMENT_START_EVENT:
    if (reader->root != NULL)
      return fail (reader, error, YAML_TREE_ERROR_SYNTAX, place_at (&event->start_mark),
                   "a second document");
    return TRUE;
  case YAML_NO_EVENT:
  case YAML_STREAM_START_EVENT:
  case YAML_STREAM_END_EVENT:
  case YAML_DOCUMENT_END_EVENT:
    return TRUE;
  }
  return TRUE;
}

static gboolean
read_events (Reader *reader, yaml_parser_t *parser, GError **error)
{
  for (;;) {
    g_auto (YamlEvent) event = { 0 };

    if (!yaml_parser_parse (parser, &event))
      return fail (
          reader, error,
          parser->error == YAML_MEMORY_ERROR ? YAML_TREE_ERROR_LIMIT : YAML_TREE_ERROR_SYNTAX,
          place_at (&parser->problem_mark), "%s%s%s",
          parser->problem == NULL ? "not YAML" : parser->problem,
          parser->context == NULL ? "" : ", ", parser->context == NULL ? "" : parser->context);
    if (!read_event (reader, &event, error))
      return FALSE;
    if (event.type == YAML_STREAM_END_EVENT ||
        (event.type == YAML_DOCUMENT_END_EVENT &&
         (reader->flags & YAML_TREE_FIRST_DOCUMENT_ONLY) != 0))
      return TRUE;
  }
}

static YamlPlace
place_in (const char *bytes, const char *at)
{
  YamlPlace place = { 1, 1 };

  for (const char *c = bytes; c < at; c++) {
    place.column = *c == '\n' ? 1 : place.column + 1;
    place.line += *c == '\n';
  }
  return place;
}

static const YamlNode *
parse (const char *bytes, gsize n, Reader *reader, GError **error)
{
  g_auto (YamlParser) parser = { 0 };
  const char *bad;

  if (n > reader->limits->max_bytes) {
    g_set_error (error, YAML_TREE_ERROR, YAML_TREE_ERROR_LIMIT,
                 "more than %" G_GSIZE_FORMAT " bytes of YAML", reader->limits->max_bytes);
    return NULL;
  }
  /* with the encoding given, libyaml takes a byte order mark for a character of the first line */
  if (n >= 3 && memcmp (bytes, "\xef\xbb\xbf", 3) == 0) {
    bytes += 3;
    n -= 3;
  }
  /* libyaml would take UTF-16 as well; nobody writes an AppSpec in it. */
  if (n > 0 && !g_utf8_validate_len (bytes, n, &bad)) {
    fail (reader, error, YAML_TREE_ERROR_SYNTAX, place_in (bytes, bad),
          *bad == '\0' ? "a NUL character" : "not UTF-8");
    return NULL;
  }
  if (!yaml_parser_initialize (&parser))
    g_error ("yaml: out of memory");
  yaml_parser_set_encoding (&parser, YAML_UTF8_ENCODING);
  yaml_parser_set_input_string (&parser, (const guchar *)(n == 0 ? "" : bytes), n);
  if (!read_events (reader, &parser, error))
    return NULL;
  if (reader->root == NULL)
    g_set_error_literal (error, YAML_TREE_ERROR, YAML_TREE_ERROR_SYNTAX, "no YAML document");
  return reader->root;
}

const YamlNode *
yaml_tree_parse_located (const char *bytes, gsize n, YamlTreeFlags flags,
                         const YamlTreeLimits *limits, Arena *arena, YamlPlace *out_place,
                         GError **error)
{
  g_autoptr (GHashTable) anchors = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GArray) frames = g_array_new (FALSE, FALSE, sizeof (Frame));
  g_autoptr (GPtrArray) children = g_ptr_array_new ();
  Reader reader = { .arena = arena,
                    .limits = limits == NULL ? &yaml_tree_default_limits : limits,
                    .flags = flags,
                    .anchors = anchors,
                    .frames = frames,
                    .children = children };

  g_array_set_clear_func (frames, frame_clear);
  const YamlNode *root = parse (bytes, n, &reader, error);
  if (root == NULL)
    *out_place = reader.problem;
  return root;
}

const YamlNode *
yaml_tree_parse (const char *bytes, gsize n, YamlTreeFlags flags, const YamlTreeLimits *limits,
                 Arena *arena, GError **error)
{
  YamlPlace place = { 0 };
  const YamlNode *root = yaml_tree_parse_located (bytes, n, flags, limits, arena, &place, error);
  if (root == NULL && place.line > 0)
    g_prefix_error (error, "line %u: ", place.line);
  return root;
}

const YamlNode *
yaml_node_get (const YamlNode *node, const char *key)
{
  if (node == NULL || node->kind != YAML_NODE_MAPPING)
    return NULL;
  for (gsize i = 0; i < node->n; i++)
    if (strcmp (node->keys[i]->text, key) == 0)
      return node->values[i];
  return NULL;
}

gboolean
yaml_node_is_null (const YamlNode *node)
{
  static const char *const texts[] = { "", "~", "null", "Null", "NULL" };

  if (node == NULL)
    return TRUE;
  if (node->kind != YAML_NODE_SCALAR || !node->plain)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    if (strcmp (node->text, texts[i]) == 0)
      return TRUE;
  return FALSE;
}

const char *
yaml_node_kind_name (const YamlNode *node)
{
  static const char *const names[] = {
    [YAML_NODE_SCALAR] = "scalar",
    [YAML_NODE_SEQUENCE] = "sequence",
    [YAML_NODE_MAPPING] = "mapping",
  };

  return node == NULL ? "nothing" : names[node->kind];
}
