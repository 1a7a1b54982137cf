#include "server/integrations/ec2.h"

#include <string.h>

#include "core/arn.h"

#define EC2_VERSION "2016-11-15"
/* Instances a page: with fifty tags and a few network interfaces one takes 20 KiB, and an answer may have 4 MiB (xml-tree.h). */
#define PAGE "100"
/* Pages of one question: more instances than a deployment may select. */
#define MOST_PAGES 250
/* So many instances are ended by one request. */
#define TERMINATED_AT_ONCE 100

/* ---- filters ---- */

/* In a filter's value * and ? stand for others, and \ takes that away. */
static char *
exactly (const char *value, Arena *arena)
{
  g_autoptr (GString) text = g_string_new (NULL);
  for (const char *at = value; *at != '\0'; at++) {
    if (strchr ("*?\\", *at) != NULL)
      g_string_append_c (text, '\\');
    g_string_append_c (text, *at);
  }
  return arena_strdup (arena, text->str);
}

static void
add_filter (AwsQuery *query, const TagFilter *filter, Arena *arena)
{
  static const char *const states[] = { "pending", "running", "stopping", "stopped" };
  aws_query_add (query, "instance-state-name", "Filter.1.Name");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    aws_query_add (query, states[i], "Filter.1.Value.%u", i + 1);
  switch (filter->type) {
  case TAG_FILTER_KEY_ONLY:
    aws_query_add (query, "tag-key", "Filter.2.Name");
    aws_query_add (query, exactly (filter->key, arena), "Filter.2.Value.1");
    return;
  case TAG_FILTER_KEY_AND_VALUE:
    aws_query_add (query, arena_printf (arena, "tag:%s", filter->key), "Filter.2.Name");
    aws_query_add (query, exactly (filter->value, arena), "Filter.2.Value.1");
    return;
  case TAG_FILTER_VALUE_ONLY: /* EC2 has no such filter: all are looked at */
    return;
  }
}

/* ---- answers ---- */

static void
read_tags (const XmlNode *instance, Arena *arena, FleetMember *out)
{
  const XmlNode *first = xml_node_find (instance, "tagSet/item");
  gsize n = 0;
  for (const XmlNode *item = first; item != NULL; item = xml_node_next (item))
    n++;
  Tag *tags = arena_new0_n (arena, Tag, MAX (n, 1));
  n = 0;
  for (const XmlNode *item = first; item != NULL; item = xml_node_next (item)) {
    const char *key = xml_node_text (item, "key"), *value = xml_node_text (item, "value");
    tags[n++] = (Tag){ key != NULL ? key : "", value != NULL ? value : "" };
  }
  out->tags = tags;
  out->n_tags = n;
}

typedef struct {
  const char *partition, *region;
  GHashTable *seen; /* ids */
  GArray *out;
} Finding;

static void
read_reservation (const XmlNode *reservation, Finding *finding, Arena *arena)
{
  const char *owner = xml_node_text (reservation, "ownerId");
  const XmlNode *item = xml_node_find (reservation, "instancesSet/item");
  for (; item != NULL; item = xml_node_next (item)) {
    const char *id = xml_node_text (item, "instanceId");
    if (id == NULL || owner == NULL || !g_hash_table_add (finding->seen, (gpointer)id))
      continue;
    const ArnScope scope = { finding->partition, finding->region, owner };
    FleetMember member = { .id = id,
                           .arn = arn_for_ec2_instance (arena, &scope, id),
                           .zone = xml_node_text (item, "placement/availabilityZone"),
                           .state = xml_node_text (item, "instanceState/name") };
    read_tags (item, arena, &member);
    g_array_append_val (finding->out, member);
  }
}

static gboolean
find_by_filter (const AwsCaller *caller, const TagFilter *filter, Finding *finding, Arena *arena,
                const char **out_code, GError **error)
{
  const char *token = NULL;
  for (guint page = 0; page < MOST_PAGES; page++) {
    g_auto (AwsQuery) query = aws_query ("ec2", EC2_VERSION, "DescribeInstances");
    query.region = finding->region;
    add_filter (&query, filter, arena);
    aws_query_add (&query, PAGE, "MaxResults");
    if (token != NULL)
      aws_query_add (&query, token, "NextToken");
    const XmlNode *root = aws_client_query (caller, &query, arena, out_code, error);
    if (root == NULL)
      return FALSE;
    const XmlNode *item = xml_node_find (root, "reservationSet/item");
    for (; item != NULL; item = xml_node_next (item))
      read_reservation (item, finding, arena);
    token = xml_node_text (root, "nextToken");
    if (token == NULL || *token == '\0')
      return TRUE;
  }
  g_set_error (error, AWS_ERROR, AWS_ERROR_REFUSED,
               "EC2 DescribeInstances has more than %u pages for one tag filter; choose narrower "
               "tags",
               MOST_PAGES);
  return FALSE;
}

gboolean
ec2_find_instances (const AwsCaller *caller, const TagFilterList *filters, const char *partition,
                    const char *region, Arena *arena, GArray *out, const char **out_code,
                    GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  Finding finding = { partition, region, seen, out };
  for (gsize i = 0; i < filters->n; i++)
    if (!find_by_filter (caller, &filters->filters[i], &finding, arena, out_code, error))
      return FALSE;
  return TRUE;
}

/* ---- ending ---- */

static gboolean
terminate (const AwsCaller *caller, const char *const *ids, gsize n, Arena *arena,
           const char **out_code, GError **error)
{
  g_auto (AwsQuery) query = aws_query ("ec2", EC2_VERSION, "TerminateInstances");
  for (gsize i = 0; i < n; i++)
    aws_query_add (&query, ids[i], "InstanceId.%u", (guint)i + 1);
  return aws_client_query (caller, &query, arena, out_code, error) != NULL;
}

gboolean
ec2_terminate_instances (const AwsCaller *caller, const char *const *ids, gsize n, Arena *arena,
                         const char **out_code, GError **error)
{
  for (gsize from = 0; from < n; from += TERMINATED_AT_ONCE) {
    gsize some = MIN (TERMINATED_AT_ONCE, n - from);
    g_autoptr (GError) problem = NULL;
    if (terminate (caller, ids + from, some, arena, out_code, &problem))
      continue;
    /* One that EC2 has forgotten makes it refuse them all: then one by one. */
    gboolean unknown = g_strcmp0 (*out_code, "InvalidInstanceID.NotFound") == 0;
    for (gsize i = from; unknown && some > 1 && i < from + some; i++)
      if (!ec2_terminate_instances (caller, ids + i, 1, arena, out_code, error))
        return FALSE;
    if (!unknown) {
      g_propagate_error (error, g_steal_pointer (&problem));
      return FALSE;
    }
  }
  return TRUE;
}
