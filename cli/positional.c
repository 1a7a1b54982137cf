#include "cli/positional.h"

#include <string.h>

#include "cli/exit-status.h"
#include "proto/api-types.h"

gboolean
positional_exactly (const Verb *verb, char **rest, guint n, GError **error)
{
  if (g_strv_length (rest) == n) {
    return TRUE;
  }
  const char *gap = *verb->arguments != '\0' ? " " : "";
  if (g_strv_length (rest) > n) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE,
                 "\"%s\" is one argument too many; usage: slipway %s [OPTION...]%s%s", rest[n],
                 verb->name, gap, verb->arguments);
  } else {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE,
                 "an argument is missing; usage: slipway %s [OPTION...]%s%s", verb->name, gap,
                 verb->arguments);
  }
  return FALSE;
}

gboolean
positional_at_most (const Verb *verb, char **rest, guint n, GError **error)
{
  return g_strv_length (rest) <= n || positional_exactly (verb, rest, n, error);
}

gboolean
positional_needs (const Verb *verb, const char *option, const char *value, GError **error)
{
  if (value != NULL && *value != '\0') {
    return TRUE;
  }
  g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE, "slipway %s needs %s; see slipway %s --help",
               verb->name, option, verb->name);
  return FALSE;
}

gboolean
positional_tags (const Verb *verb, char **texts, Arena *arena, const ApiTagList **out_tags,
                 GError **error)
{
  *out_tags = NULL;
  if (texts == NULL) {
    return TRUE;
  }
  ApiTagList *tags = arena_new0 (arena, ApiTagList);
  tags->n = g_strv_length (texts);
  tags->items = arena_new0_n (arena, const ApiTag *, tags->n);
  for (gsize i = 0; i < tags->n; i++) {
    const char *equals = strchr (texts[i], '=');
    if (equals == NULL || equals == texts[i]) {
      g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE, "slipway %s: a tag is KEY=VALUE, not \"%s\"",
                   verb->name, texts[i]);
      return FALSE;
    }
    ApiTag *tag = arena_new0 (arena, ApiTag);
    tag->key = arena_strndup (arena, texts[i], (gsize)(equals - texts[i]));
    tag->value = arena_strdup (arena, equals + 1);
    tags->items[i] = tag;
  }
  *out_tags = tags;
  return TRUE;
}

const ApiTagFilterList *
positional_filters (const ApiTagList *tags, Arena *arena)
{
  ApiTagFilterList *filters = arena_new0 (arena, ApiTagFilterList);
  filters->n = tags->n;
  filters->items = arena_new0_n (arena, const ApiTagFilter *, tags->n);
  for (gsize i = 0; i < tags->n; i++) {
    ApiTagFilter *filter = arena_new0 (arena, ApiTagFilter);
    *filter = (ApiTagFilter){ tags->items[i]->key, tags->items[i]->value, "KEY_AND_VALUE" };
    filters->items[i] = filter;
  }
  return filters;
}
