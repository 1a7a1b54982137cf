#include "cli/replacement-text.h"

#include <string.h>

#include "cli/exit-status.h"

static gboolean
read_tag (const Verb *verb, const char *text, Arena *arena, ApiEC2TagFilter *out, GError **error)
{
  const char *equals = strchr (text, '=');
  if (*text == '\0' || equals == text) {
    g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE,
                 "slipway %s: --replacement-tag is KEY=VALUE or KEY, not \"%s\"", verb->name, text);
    return FALSE;
  }
  if (equals == NULL) {
    *out = (ApiEC2TagFilter){ .key = arena_strdup (arena, text), .type = "KEY_ONLY" };
  } else {
    *out = (ApiEC2TagFilter){ arena_strndup (arena, text, (gsize)(equals - text)),
                              arena_strdup (arena, equals + 1), "KEY_AND_VALUE" };
  }
  return TRUE;
}

static gboolean
read_tags (const Verb *verb, char **texts, Arena *arena, const ApiEC2TagFilterList **out,
           GError **error)
{
  if (texts == NULL) {
    return TRUE;
  }
  ApiEC2TagFilterList *list = arena_new0 (arena, ApiEC2TagFilterList);
  list->n = g_strv_length (texts);
  list->items = arena_new0_n (arena, const ApiEC2TagFilter *, list->n);
  for (gsize i = 0; i < list->n; i++) {
    ApiEC2TagFilter *filter = arena_new0 (arena, ApiEC2TagFilter);
    if (!read_tag (verb, texts[i], arena, filter, error)) {
      return FALSE;
    }
    list->items[i] = filter;
  }
  *out = list;
  return TRUE;
}

static gboolean
read_groups (const Verb *verb, char **names, Arena *arena, const ApiAutoScalingGroupNameList **out,
             GError **error)
{
  if (names == NULL) {
    return TRUE;
  }
  ApiAutoScalingGroupNameList *list = arena_new0 (arena, ApiAutoScalingGroupNameList);
  list->n = g_strv_length (names);
  list->items = arena_new0_n (arena, const char *, list->n);
  for (gsize i = 0; i < list->n; i++) {
    if (*names[i] == '\0') {
      g_set_error (error, CLI_ERROR, CLI_EXIT_USAGE,
                   "slipway %s: --replacement-asg is the name of an Auto Scaling group, not \"\"",
                   verb->name);
      return FALSE;
    }
    list->items[i] = arena_strdup (arena, names[i]);
  }
  *out = list;
  return TRUE;
}

gboolean
replacement_text_read (const Verb *verb, char **tags, char **groups, Arena *arena,
                       const ApiTargetInstances **out, GError **error)
{
  *out = NULL;
  if (tags == NULL && groups == NULL) {
    return TRUE;
  }
  ApiTargetInstances *targets = arena_new0 (arena, ApiTargetInstances);
  if (!read_tags (verb, tags, arena, &targets->tag_filters, error) ||
      !read_groups (verb, groups, arena, &targets->auto_scaling_groups, error)) {
    return FALSE;
  }
  *out = targets;
  return TRUE;
}
