#include "server/engine/fleet-text.h"

#include "core/failure.h"
#include "proto/json-doc.h"

#include <string.h>

G_DEFINE_QUARK (slipway - fleet - text - error - quark, fleet_text_error)

/* Ours, not a client's: as many instances as an account has, with all their tags. */
static const JsonDocLimits limits = { 64 * 1024 * 1024, 16, 4 * 1000 * 1000 };

/* ---- selectors ---- */

static TagFilterList
read_filters (const ApiEC2TagFilterList *list, Arena *arena)
{
  TagFilter *filters = arena_new0_n (arena, TagFilter, list->n);
  gsize n = 0;
  for (gsize i = 0; i < list->n; i++) {
    const ApiEC2TagFilter *from = list->items[i];
    g_autoptr (GError) unusable = NULL;
    /* One that is unusable was refused when the group was written; should it be here, it selects nothing. */
    if (tag_filter_init (&filters[n], from->key, from->value, from->type, &unusable))
      n++;
  }
  return (TagFilterList){ .filters = filters, .n = n };
}

static void
set_tags (FleetSelector *selector, const ApiEC2TagFilterList *flat, const ApiEC2TagSet *set,
          Arena *arena)
{
  const ApiEC2TagSetList *groups = set != NULL ? set->ec2_tag_set_list : NULL;
  gsize n = groups != NULL ? groups->n : 0;
  TagFilterList *lists = arena_new0_n (arena, TagFilterList, MAX (n, 1));
  for (gsize i = 0; i < n; i++)
    lists[i] = read_filters (groups->items[i], arena);
  if (n == 0 && flat != NULL && flat->n > 0)
    lists[n++] = read_filters (flat, arena);
  selector->n_tag_groups = n;
  selector->tag_groups = lists;
}

FleetSelector
fleet_selector_of_group (const ApiDeploymentGroupInfo *settings, Arena *arena)
{
  FleetSelector selector = { .n_names = 0 };
  const ApiAutoScalingGroupList *groups = settings->auto_scaling_groups;
  gsize n = groups != NULL ? groups->n : 0;
  const char **names = arena_new0_n (arena, const char *, MAX (n, 1));
  set_tags (&selector, settings->ec2_tag_filters, settings->ec2_tag_set, arena);
  for (gsize i = 0; i < n; i++)
    if (groups->items[i]->name != NULL)
      names[selector.n_names++] = groups->items[i]->name;
  selector.names = names;
  return selector;
}

FleetSelector
fleet_selector_of_target_instances (const ApiTargetInstances *targets, Arena *arena)
{
  FleetSelector selector = { .n_names = 0 };
  set_tags (&selector, targets->tag_filters, targets->ec2_tag_set, arena);
  if (targets->auto_scaling_groups != NULL) {
    selector.n_names = targets->auto_scaling_groups->n;
    selector.names = targets->auto_scaling_groups->items;
  }
  return selector;
}

gboolean
fleet_selector_is_empty (const FleetSelector *selector)
{
  return selector->n_tag_groups == 0 && selector->n_names == 0;
}

static void
describe_filter (const TagFilter *filter, GString *out)
{
  switch (filter->type) {
  case TAG_FILTER_KEY_ONLY:
    g_string_append (out, filter->key);
    return;
  case TAG_FILTER_VALUE_ONLY:
    g_string_append_printf (out, "any=%s", filter->value);
    return;
  case TAG_FILTER_KEY_AND_VALUE:
    g_string_append_printf (out, "%s=%s", filter->key, filter->value);
    return;
  }
}

char *
fleet_selector_describe (const FleetSelector *selector, Arena *arena)
{
  g_autoptr (GString) text = g_string_new ("EC2 instances ");
  for (gsize i = 0; i < selector->n_tag_groups; i++) {
    const TagFilterList *group = &selector->tag_groups[i];
    g_string_append (text, i == 0 ? "with the tags (" : " and (");
    for (gsize j = 0; j < group->n; j++) {
      g_string_append (text, j == 0 ? "" : " or ");
      describe_filter (&group->filters[j], text);
    }
    g_string_append_c (text, ')');
  }
  for (gsize i = 0; i < selector->n_names; i++) {
    g_string_append (text, i > 0                        ? ", "
                           : selector->n_tag_groups > 0 ? ", or in service in "
                                                        : "in service in ");
    g_string_append_printf (text, "%s%s", i == 0 ? "the Auto Scaling groups " : "",
                            selector->names[i]);
  }
  return arena_strdup (arena, text->str);
}

static gboolean
names_contain (const FleetSelector *selector, const char *name)
{
  for (gsize i = 0; name != NULL && i < selector->n_names; i++)
    if (strcmp (selector->names[i], name) == 0)
      return TRUE;
  return FALSE;
}

gboolean
fleet_selector_takes (const FleetSelector *selector, const FleetMember *member)
{
  const TagSelector tags = { .groups = selector->tag_groups, .n_groups = selector->n_tag_groups };
  gboolean is_there =
      g_strcmp0 (member->state, "running") == 0 || g_strcmp0 (member->state, "stopped") == 0;
  if (selector->n_tag_groups > 0 && is_there &&
      tag_selector_matches (&tags, member->tags, member->n_tags))
    return TRUE;
  return names_contain (selector, member->auto_scaling_group) &&
         g_strcmp0 (member->lifecycle_state, "InService") == 0;
}

/* ---- texts ---- */

static char *
dump (json_t *document, Arena *arena)
{
  char *text = json_dumps (document, JSON_COMPACT);
  char *kept = arena_strdup (arena, text);
  free (text);
  return kept;
}

static void
set_text (json_t *object, const char *key, const char *value)
{
  if (value != NULL)
    json_object_set_new (object, key, json_string (value));
}

char *
fleet_selector_to_text (const FleetSelector *selector, Arena *arena)
{
  g_autoptr (json_t) document = json_object ();
  json_t *groups = json_array (), *names = json_array ();
  for (gsize i = 0; i < selector->n_tag_groups; i++) {
    json_t *group = json_array ();
    for (gsize j = 0; j < selector->tag_groups[i].n; j++) {
      const TagFilter *filter = &selector->tag_groups[i].filters[j];
      json_t *item = json_object ();
      set_text (item, "Key", filter->key);
      set_text (item, "Value", filter->value);
      set_text (item, "Type", tag_filter_type_name (filter->type));
      json_array_append_new (group, item);
    }
    json_array_append_new (groups, group);
  }
  for (gsize i = 0; i < selector->n_names; i++)
    json_array_append_new (names, json_string (selector->names[i]));
  json_object_set_new (document, "tagGroups", groups);
  json_object_set_new (document, "autoScalingGroups", names);
  return dump (document, arena);
}

static gboolean
parse_group (const json_t *from, Arena *arena, TagFilterList *out, GError **error)
{
  gsize n = json_array_size (from);
  TagFilter *filters = arena_new0_n (arena, TagFilter, MAX (n, 1));
  for (gsize i = 0; i < n; i++) {
    const json_t *item = json_array_get (from, i);
    if (!tag_filter_init (&filters[i], arena_strdup (arena, json_doc_text (item, "Key")),
                          arena_strdup (arena, json_doc_text (item, "Value")),
                          arena_strdup (arena, json_doc_text (item, "Type")), error))
      return FALSE;
  }
  *out = (TagFilterList){ filters, n };
  return TRUE;
}

static gboolean
check_lists (const json_t *one, const json_t *other, GError **error)
{
  if (json_is_array (one) && (other == NULL || json_is_array (other)))
    return TRUE;
  return failure_set (error, FLEET_TEXT_ERROR, FLEET_TEXT_ERROR_MALFORMED,
                      "a list is missing, or is none");
}

gboolean
fleet_selector_parse (const char *text, Arena *arena, FleetSelector *out, GError **error)
{
  g_autoptr (json_t) document = json_doc_parse (text, strlen (text), &limits, error);
  if (document == NULL)
    return FALSE;
  const json_t *groups = json_object_get (document, "tagGroups");
  const json_t *names = json_object_get (document, "autoScalingGroups");
  if (!check_lists (groups, names, error))
    return FALSE;
  FleetSelector selector = { .n_tag_groups = json_array_size (groups),
                             .n_names = json_array_size (names) };
  TagFilterList *lists = arena_new0_n (arena, TagFilterList, MAX (selector.n_tag_groups, 1));
  const char **texts = arena_new0_n (arena, const char *, MAX (selector.n_names, 1));
  for (gsize i = 0; i < selector.n_tag_groups; i++)
    if (!parse_group (json_array_get (groups, i), arena, &lists[i], error))
      return FALSE;
  for (gsize i = 0; i < selector.n_names; i++) {
    const char *name = json_string_value (json_array_get (names, i));
    if (name == NULL)
      return failure_set (error, FLEET_TEXT_ERROR, FLEET_TEXT_ERROR_MALFORMED,
                          "the name of an Auto Scaling group is no text");
    texts[i] = arena_strdup (arena, name);
  }
  selector.tag_groups = lists;
  selector.names = texts;
  *out = selector;
  return TRUE;
}

char *
fleet_tags_to_text (const Tag *tags, gsize n, Arena *arena)
{
  if (n == 0)
    return NULL;
  g_autoptr (json_t) object = json_object ();
  for (gsize i = 0; i < n; i++)
    set_text (object, tags[i].key, tags[i].value);
  return dump (object, arena);
}

TagList
fleet_tags_parse (const char *text, Arena *arena)
{
  g_autoptr (json_t) object =
      text != NULL ? json_doc_parse (text, strlen (text), &limits, NULL) : NULL;
  Tag *tags = arena_new0_n (arena, Tag, MAX (json_object_size (object), 1));
  TagList list = { 0, tags };
  const char *key;
  json_t *value;
  json_object_foreach (object, key, value)
  {
    tags[list.n++] =
        (Tag){ arena_strdup (arena, key), arena_strdup (arena, json_string_value (value)) };
  }
  return list;
}

char *
fleet_members_to_text (const FleetMemberList *list, Arena *arena)
{
  g_autoptr (json_t) document = json_object ();
  json_t *instances = json_array ();
  for (gsize i = 0; i < list->n; i++) {
    const FleetMember *member = &list->items[i];
    json_t *item = json_object ();
    json_t *tags = json_array ();
    set_text (item, "id", member->id);
    set_text (item, "arn", member->arn);
    set_text (item, "zone", member->zone);
    set_text (item, "state", member->state);
    for (gsize j = 0; j < member->n_tags; j++) {
      json_t *tag = json_object ();
      set_text (tag, "Key", member->tags[j].key);
      set_text (tag, "Value", member->tags[j].value);
      json_array_append_new (tags, tag);
    }
    json_object_set_new (item, "tags", tags);
    set_text (item, "autoScalingGroup", member->auto_scaling_group);
    set_text (item, "lifecycleState", member->lifecycle_state);
    json_array_append_new (instances, item);
  }
  json_object_set_new (document, "instances", instances);
  return dump (document, arena);
}

static char *
copy_text (const json_t *object, const char *key, Arena *arena)
{
  return arena_strdup (arena, json_doc_text (object, key));
}

static gboolean
parse_member (const json_t *from, Arena *arena, FleetMember *out, GError **error)
{
  const json_t *tags = json_object_get (from, "tags");
  gsize n_tags = json_array_size (tags);
  Tag *kept = arena_new0_n (arena, Tag, MAX (n_tags, 1));
  for (gsize i = 0; i < n_tags; i++) {
    const json_t *tag = json_array_get (tags, i);
    const char *key = copy_text (tag, "Key", arena), *value = copy_text (tag, "Value", arena);
    kept[i] = (Tag){ key != NULL ? key : "", value != NULL ? value : "" };
  }
  *out = (FleetMember){
    .id = copy_text (from, "id", arena),
    .arn = copy_text (from, "arn", arena),
    .zone = copy_text (from, "zone", arena),
    .state = copy_text (from, "state", arena),
    .n_tags = n_tags,
    .tags = kept,
    .auto_scaling_group = copy_text (from, "autoScalingGroup", arena),
    .lifecycle_state = copy_text (from, "lifecycleState", arena),
  };
  if (out->id != NULL && out->arn != NULL)
    return TRUE;
  return failure_set (error, FLEET_TEXT_ERROR, FLEET_TEXT_ERROR_MALFORMED,
                      "an instance has no id or no ARN");
}

gboolean
fleet_members_parse (const char *text, Arena *arena, FleetMemberList *out, GError **error)
{
  g_autoptr (json_t) document =
      text != NULL ? json_doc_parse (text, strlen (text), &limits, error) : json_object ();
  if (document == NULL)
    return FALSE;
  const json_t *instances = json_object_get (document, "instances");
  if (!check_lists (instances, NULL, error))
    return FALSE;
  gsize n = json_array_size (instances);
  FleetMember *members = arena_new0_n (arena, FleetMember, MAX (n, 1));
  for (gsize i = 0; i < n; i++)
    if (!parse_member (json_array_get (instances, i), arena, &members[i], error))
      return FALSE;
  *out = (FleetMemberList){ n, members };
  return TRUE;
}
