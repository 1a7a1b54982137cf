#include "core/yaml-tree.h"

#include <string.h>

static const YamlNode *
parse (Arena *arena, const char *text, YamlTreeFlags flags)
{
  g_autoptr (GError) error = NULL;
  const YamlNode *root = yaml_tree_parse (text, strlen (text), flags, NULL, arena, &error);

  g_assert_no_error (error);
  g_assert_nonnull (root);
  return root;
}

static void
refuse_bytes (const char *bytes, gsize n, const YamlTreeLimits *limits, YamlTreeError expected,
              const char *part)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;

  g_assert_null (yaml_tree_parse (bytes, n, YAML_TREE_STRICT, limits, arena, &error));
  g_assert_error (error, YAML_TREE_ERROR, (gint)expected);
  if (part != NULL && strstr (error->message, part) == NULL)
    g_error ("\"%s\" does not contain \"%s\"", error->message, part);
}

static void
refuse (const char *text, YamlTreeError expected, const char *part)
{
  refuse_bytes (text, strlen (text), NULL, expected, part);
}

static void
test_appspec_becomes_a_tree (void)
{
  static const char text[] = "version: 0.0\n"
                             "os: linux\n"
                             "files:\n"
                             "  - source: /\n"
                             "    destination: /srv/app\n"
                             "hooks:\n"
                             "  ApplicationStart:\n"
                             "    - location: scripts/start.sh\n"
                             "      timeout: '30'\n"
                             "      runas: root\n";
  g_autoptr (Arena) arena = arena_new ();
  const YamlNode *root = parse (arena, text, YAML_TREE_STRICT);
  const YamlNode *files = yaml_node_get (root, "files");
  const YamlNode *start = yaml_node_get (yaml_node_get (root, "hooks"), "ApplicationStart");
  const YamlNode *timeout;

  g_assert_cmpint (root->kind, ==, YAML_NODE_MAPPING);
  g_assert_cmpuint (root->n, ==, 4);
  g_assert_cmpstr (root->keys[1]->text, ==, "os");
  g_assert_cmpstr (yaml_node_get (root, "version")->text, ==, "0.0");
  g_assert_true (yaml_node_get (root, "version")->plain);
  g_assert_cmpint (files->kind, ==, YAML_NODE_SEQUENCE);
  g_assert_cmpuint (files->n, ==, 1);
  g_assert_null (files->keys);
  g_assert_cmpstr (yaml_node_get (files->values[0], "destination")->text, ==, "/srv/app");
  timeout = yaml_node_get (start->values[0], "timeout");
  g_assert_cmpstr (timeout->text, ==, "30");
  g_assert_false (timeout->plain);
  g_assert_cmpuint (timeout->line, ==, 9);
  g_assert_cmpuint (timeout->column, ==, 16);
  g_assert_cmpuint (timeout->length, ==, 2);
  g_assert_null (yaml_node_get (root, "absent"));
  g_assert_null (yaml_node_get (files, "source"));
}

static void
test_symbol_keys_are_just_text (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const YamlNode *root =
      parse (arena, "---\n:root_dir: /opt/x\n:max_revisions: 5\n", YAML_TREE_STRICT);

  g_assert_cmpstr (yaml_node_get (root, ":root_dir")->text, ==, "/opt/x");
  g_assert_cmpstr (yaml_node_get (root, ":max_revisions")->text, ==, "5");
}

static void
test_json_is_read (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const YamlNode *root =
      parse (arena, "{\"a\": [1, \"two\", {\"b\": null}], \"c\": \"\\u00e4\"}", YAML_TREE_STRICT);

  g_assert_cmpuint (yaml_node_get (root, "a")->n, ==, 3);
  g_assert_cmpstr (yaml_node_get (root, "c")->text, ==, "\xc3\xa4");
  g_assert_true (yaml_node_is_null (yaml_node_get (yaml_node_get (root, "a")->values[2], "b")));
}

static void
test_block_scalars (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const YamlNode *root =
      parse (arena, "a: |\n  one\n  two\nb: >\n  one\n  two\n", YAML_TREE_STRICT);

  g_assert_cmpstr (yaml_node_get (root, "a")->text, ==, "one\ntwo\n");
  g_assert_cmpstr (yaml_node_get (root, "b")->text, ==, "one two\n");
  g_assert_false (yaml_node_get (root, "a")->plain);
}

static void
test_null_is_plain_and_empty (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const YamlNode *root = parse (arena, "[~, null, NULL, '', '~', nUll, []]", YAML_TREE_STRICT);

  g_assert_true (yaml_node_is_null (root->values[0]));
  g_assert_true (yaml_node_is_null (root->values[1]));
  g_assert_true (yaml_node_is_null (root->values[2]));
  g_assert_false (yaml_node_is_null (root->values[3]));
  g_assert_false (yaml_node_is_null (root->values[4]));
  g_assert_false (yaml_node_is_null (root->values[5]));
  g_assert_true (yaml_node_is_null (NULL));
  g_assert_false (yaml_node_is_null (root));
}

static void
test_aliases_share_their_node (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const YamlNode *root =
      parse (arena, "base: &b {user: root}\ncopy: *b\nname: &n web\nagain: *n\n", YAML_TREE_STRICT);

  g_assert_true (yaml_node_get (root, "base") == yaml_node_get (root, "copy"));
  g_assert_cmpstr (yaml_node_get (root, "again")->text, ==, "web");
}

static void
test_duplicate_keys (void)
{
  static const char text[] = "a: 1\nb: 2\na: 3\na: 4\n";
  g_autoptr (Arena) arena = arena_new ();
  const YamlNode *root;

  refuse (text, YAML_TREE_ERROR_DUPLICATE_KEY, "line 3: key \"a\"");
  root = parse (arena, text, YAML_TREE_LAST_DUPLICATE_WINS);
  g_assert_cmpuint (root->n, ==, 2);
  g_assert_cmpstr (root->keys[0]->text, ==, "b");
  g_assert_cmpstr (yaml_node_get (root, "a")->text, ==, "4");
  g_assert_cmpuint (root->n_repeated, >, 0);
  g_assert_cmpstr (root->repeated[0]->text, ==, "a");
  g_assert_cmpuint (root->repeated[0]->line, ==, 1);
  /* The same key in two mappings is no duplicate. */
  parse (arena, "- {a: 1}\n- {a: {a: 2}}\n", YAML_TREE_STRICT);
}

static void
test_places (void)
{
  static const struct {
    const char *text;
    YamlPlace place;
  } cases[] = {
    { "a: 1\nb: *gone\n", { 2, 4 } },   { "a: 1\n  b: [\n", { 2, 4 } }, { "a: \xff", { 1, 4 } },
    { "a: 1\nb: 2\na: 3\n", { 3, 1 } }, { "# nothing\n", { 0, 0 } },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (Arena) arena = arena_new ();
    g_autoptr (GError) error = NULL;
    YamlPlace place = { 0 };
    g_assert_null (yaml_tree_parse_located (cases[i].text, strlen (cases[i].text), YAML_TREE_STRICT,
                                            NULL, arena, &place, &error));
    g_assert_nonnull (error);
    g_assert_false (g_str_has_prefix (error->message, "line "));
    g_assert_cmpuint (place.line, ==, cases[i].place.line);
    g_assert_cmpuint (place.column, ==, cases[i].place.column);
  }
}

static void
test_second_document (void)
{
  g_autoptr (Arena) arena = arena_new ();

  refuse ("a: 1\n---\nb: 2\n", YAML_TREE_ERROR_SYNTAX, "line 2: a second document");
  g_assert_cmpuint (parse (arena, "a: 1\n---\n}{ not yaml", YAML_TREE_FIRST_DOCUMENT_ONLY)->n, ==,
                    1);
  parse (arena, "---\na: 1\n...\n", YAML_TREE_STRICT);
}

static void
test_nothing_is_no_document (void)
{
  refuse ("", YAML_TREE_ERROR_SYNTAX, "no YAML document");
  refuse ("\n# only a comment\n", YAML_TREE_ERROR_SYNTAX, "no YAML document");
  refuse_bytes (NULL, 0, NULL, YAML_TREE_ERROR_SYNTAX, NULL);
}

static void
test_broken_text_names_its_line (void)
{
  refuse ("a: 1\nb: [1, 2\n", YAML_TREE_ERROR_SYNTAX, "line 3:");
  refuse ("a: 1\n\tb: 2\n", YAML_TREE_ERROR_SYNTAX, "line 2:");
  refuse ("a: \"open\n", YAML_TREE_ERROR_SYNTAX, "line 2:");
  refuse ("a: b: c\n", YAML_TREE_ERROR_SYNTAX, "line 1:");
  refuse ("%YAML 9.9\n---\na\n", YAML_TREE_ERROR_SYNTAX, NULL);
}

static void
test_bytes_that_are_not_utf8 (void)
{
  refuse ("a: 1\nb: \xff\xfe\n", YAML_TREE_ERROR_SYNTAX, "line 2: not UTF-8");
  refuse ("a: \xc0\x80\n", YAML_TREE_ERROR_SYNTAX, "not UTF-8");
  refuse_bytes ("a: 1\0b", 6, NULL, YAML_TREE_ERROR_SYNTAX, "NUL");
  refuse_bytes ("\xff\xfe"
                "a\0:\0 \0b\0",
                10, NULL, YAML_TREE_ERROR_SYNTAX, NULL);
  refuse ("a: \"x\\0y\"\n", YAML_TREE_ERROR_SYNTAX, "NUL");
}

static void
test_deep_nesting (void)
{
  g_autofree char *open = g_strnfill (100000, '[');
  g_autoptr (GString) block = g_string_new (NULL);
  g_autoptr (Arena) arena = arena_new ();

  refuse (open, YAML_TREE_ERROR_LIMIT, "levels of nesting");
  for (guint i = 0; i < 40; i++)
    g_string_append_printf (block, "%*sk:\n", (int)i, "");
  refuse (block->str, YAML_TREE_ERROR_LIMIT, "line 33: more than 32 levels of nesting");
  parse (arena, "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
         YAML_TREE_STRICT);
}

/* Ten levels of ten aliases each: 10^10 nodes when written out. */
static void
test_alias_bomb (void)
{
  g_autoptr (GString) text = g_string_new ("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");

  for (guint i = 1; i < 10; i++) {
    g_string_append_printf (text, "a%u: &a%u [", i, i);
    for (guint j = 0; j < 10; j++)
      g_string_append_printf (text, "%s*a%u", j == 0 ? "" : ",", i - 1);
    g_string_append (text, "]\n");
  }
  refuse (text->str, YAML_TREE_ERROR_LIMIT, "more than 20000 nodes");
}

/* Each level holds the one before: deep without any bracket in the text being deep. */
static void
test_deep_aliases (void)
{
  g_autoptr (GString) text = g_string_new ("a0: &a0 [x]\n");

  for (guint i = 1; i < 50; i++)
    g_string_append_printf (text, "a%u: &a%u [*a%u]\n", i, i, i - 1);
  refuse (text->str, YAML_TREE_ERROR_LIMIT, "levels of nesting");
}

static void
test_bad_aliases (void)
{
  refuse ("a: *b\n", YAML_TREE_ERROR_ALIAS, "unknown alias \"*b\"");
  refuse ("a: &a [1, *a]\n", YAML_TREE_ERROR_ALIAS, "contains itself");
  refuse ("&m {k: {l: *m}}\n", YAML_TREE_ERROR_ALIAS, "contains itself");
}

static void
test_keys_are_scalars (void)
{
  refuse ("? [1, 2]\n: x\n", YAML_TREE_ERROR_KEY, "a sequence cannot be a key");
  refuse ("? {a: 1}\n: x\n", YAML_TREE_ERROR_KEY, "a mapping cannot be a key");
  refuse ("a: &s [1]\n*s : x\n", YAML_TREE_ERROR_KEY, "a sequence cannot be a key");
}

static void
test_sizes_are_capped (void)
{
  const YamlTreeLimits small = {
    .max_bytes = 40, .max_scalar_bytes = 8, .max_depth = 3, .max_nodes = 6
  };
  g_autofree char *long_scalar = g_strnfill ((64 << 10) + 1, 'x');
  g_autofree char *huge = g_strnfill ((1 << 20) + 1, ' ');

  refuse (long_scalar, YAML_TREE_ERROR_LIMIT, "scalar");
  refuse (huge, YAML_TREE_ERROR_LIMIT, "bytes of YAML");
  refuse_bytes ("[123456789]", 11, &small, YAML_TREE_ERROR_LIMIT, "scalar of more than 8 bytes");
  refuse_bytes ("[1,2,3,4,5,6]", 13, &small, YAML_TREE_ERROR_LIMIT, "more than 6 nodes");
  refuse_bytes ("[[[[1]]]]", 9, &small, YAML_TREE_ERROR_LIMIT, "more than 3 levels");
}

static void
test_tags_do_nothing (void)
{
  g_autoptr (Arena) arena = arena_new ();
  const YamlNode *root =
      parse (arena, "!ruby/object:Gem::Installer {i: !!str 5, j: !x y}\n", YAML_TREE_STRICT);

  g_assert_cmpstr (yaml_node_get (root, "i")->text, ==, "5");
  g_assert_cmpstr (yaml_node_get (root, "j")->text, ==, "y");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/yaml-tree/appspec-becomes-a-tree", test_appspec_becomes_a_tree);
  g_test_add_func ("/yaml-tree/symbol-keys-are-just-text", test_symbol_keys_are_just_text);
  g_test_add_func ("/yaml-tree/json-is-read", test_json_is_read);
  g_test_add_func ("/yaml-tree/block-scalars", test_block_scalars);
  g_test_add_func ("/yaml-tree/null-is-plain-and-empty", test_null_is_plain_and_empty);
  g_test_add_func ("/yaml-tree/aliases-share-their-node", test_aliases_share_their_node);
  g_test_add_func ("/yaml-tree/duplicate-keys", test_duplicate_keys);
  g_test_add_func ("/yaml-tree/second-document", test_second_document);
  g_test_add_func ("/yaml-tree/nothing-is-no-document", test_nothing_is_no_document);
  g_test_add_func ("/yaml-tree/broken-text-names-its-line", test_broken_text_names_its_line);
  g_test_add_func ("/yaml-tree/bytes-that-are-not-utf8", test_bytes_that_are_not_utf8);
  g_test_add_func ("/yaml-tree/deep-nesting", test_deep_nesting);
  g_test_add_func ("/yaml-tree/alias-bomb", test_alias_bomb);
  g_test_add_func ("/yaml-tree/deep-aliases", test_deep_aliases);
  g_test_add_func ("/yaml-tree/bad-aliases", test_bad_aliases);
  g_test_add_func ("/yaml-tree/keys-are-scalars", test_keys_are_scalars);
  g_test_add_func ("/yaml-tree/errors-have-places", test_places);
  g_test_add_func ("/yaml-tree/sizes-are-capped", test_sizes_are_capped);
  g_test_add_func ("/yaml-tree/tags-do-nothing", test_tags_do_nothing);
  return g_test_run ();
}
