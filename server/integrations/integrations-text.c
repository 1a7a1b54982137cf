#include "server/integrations/integrations-text.h"

#include <stddef.h>
#include <string.h>

#include "server/integrations/integrations-entries.h"

/* ---- aws and inventory ---- */

static const IntegrationsField aws_fields[] = {
  { "region", INTEGRATIONS_FIELD_TEXT, offsetof (AwsSettings, region), INTEGRATIONS_ALL_DRIVERS },
  { "credentials_file", INTEGRATIONS_FIELD_SECRET_FILE, offsetof (AwsSettings, credentials_file),
    INTEGRATIONS_ALL_DRIVERS, INTEGRATIONS_ALL_DRIVERS },
  { "profile", INTEGRATIONS_FIELD_TEXT, offsetof (AwsSettings, profile), INTEGRATIONS_ALL_DRIVERS },
  { "ca_file", INTEGRATIONS_FIELD_FILE, offsetof (AwsSettings, ca_file), INTEGRATIONS_ALL_DRIVERS },
  { "timeout_seconds", INTEGRATIONS_FIELD_SECONDS, offsetof (AwsSettings, timeout_s),
    INTEGRATIONS_ALL_DRIVERS, 0, 1, 120, 20 },
};

/* The services that are asked for anything; a misspelt one would silently be AWS's own. */
static const char *const aws_services[] = { "elasticloadbalancing", "autoscaling", "ec2",
                                            "monitoring",           "sns",         "events" };

static void
read_endpoints (IntegrationsReader *reader, const YamlNode *node, AwsSettings *aws)
{
  if (yaml_node_is_null (node) ||
      !integrations_fields_check_mapping (reader, "aws.endpoints", node))
    return;
  AwsEndpoint *endpoints = arena_new0_n (reader->arena, AwsEndpoint, node->n);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (aws_services); i++)
    g_ptr_array_add (words, (gpointer)aws_services[i]);
  for (gsize i = 0; i < node->n; i++) {
    const char *service = node->keys[i]->text;
    g_autofree char *where = g_strdup_printf ("aws.endpoints.%.100s", service);
    if (!g_ptr_array_find_with_equal_func (words, service, g_str_equal, NULL))
      integrations_fields_note_unknown (reader, "aws.endpoints", node->keys[i], words);
    endpoints[i].service = arena_strdup (reader->arena, service);
    integrations_fields_read_base_url (reader, where, node->values[i], &endpoints[i].url);
  }
  aws->endpoints = endpoints;
  aws->n_endpoints = node->n;
}

/* It becomes part of host names. */
static gboolean
is_region (const char *text)
{
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum (*text) && *text != '-')
      return FALSE;
  return TRUE;
}

static const AwsSettings *
read_aws (IntegrationsReader *reader, const YamlNode *node, const char *region)
{
  if (node == NULL || !integrations_fields_check_mapping (reader, "aws", node))
    return NULL;
  static const IntegrationsFields fields = INTEGRATIONS_FIELDS (aws_fields);
  AwsSettings *aws = arena_new0 (reader->arena, AwsSettings);
  aws->region = arena_strdup (reader->arena, region);
  aws->profile = "default";
  integrations_fields_read (reader, "aws", node, &fields, INTEGRATIONS_ALL_DRIVERS, "endpoints",
                            aws);
  if (!is_region (aws->region))
    integrations_mistake (reader->mistakes, node->line,
                          "aws.region \"%.100s\" must be letters, digits and -", aws->region);
  read_endpoints (reader, yaml_node_get (node, "endpoints"), aws);
  return aws;
}

static const IntegrationsField inventory_fields[] = {
  { "ec2", INTEGRATIONS_FIELD_FLAG, offsetof (InventorySettings, ec2), INTEGRATIONS_ALL_DRIVERS },
};

static void
read_inventory (IntegrationsReader *reader, const YamlNode *node, const Integrations *integrations,
                InventorySettings *out)
{
  static const IntegrationsFields fields = INTEGRATIONS_FIELDS (inventory_fields);
  if (yaml_node_is_null (node) || !integrations_fields_check_mapping (reader, "inventory", node))
    return;
  integrations_fields_read (reader, "inventory", node, &fields, INTEGRATIONS_ALL_DRIVERS, NULL,
                            out);
  if (out->ec2 && integrations->aws == NULL)
    integrations_mistake (reader->mistakes, node->line,
                          "inventory.ec2 asks AWS: add a section \"aws\" with a credentials_file");
}

/* ---- the whole ---- */

static void
check_sections (IntegrationsReader *reader, const YamlNode *root)
{
  static const char *const names[] = { "aws",      "balancers", "alarms",
                                       "triggers", "events",    "inventory" };
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_ptr_array_add (words, (gpointer)names[i]);
  for (gsize i = 0; i < root->n; i++)
    if (!g_ptr_array_find_with_equal_func (words, root->keys[i]->text, g_str_equal, NULL))
      integrations_fields_note_unknown (reader, "the file", root->keys[i], words);
}

static void
read_sections (IntegrationsReader *reader, const YamlNode *root, const char *region,
               Integrations *out)
{
  check_sections (reader, root);
  const YamlNode *aws = yaml_node_get (root, "aws");
  out->aws = read_aws (reader, aws, region);
  integrations_entries_read (reader, root, out);
  read_inventory (reader, yaml_node_get (root, "inventory"), out, &out->inventory);
}

/* Only blank lines and comments: no YAML document, but a good file. */
static gboolean
says_nothing (const char *text, gsize length)
{
  gboolean in_comment = FALSE;
  for (gsize i = 0; i < length; i++) {
    if (text[i] == '\n')
      in_comment = FALSE;
    else if (text[i] == '#')
      in_comment = TRUE;
    else if (!in_comment && !g_ascii_isspace (text[i]))
      return FALSE;
  }
  return TRUE;
}

void
integrations_read_text (const char *text, gsize length, const char *dir, const char *region,
                        Arena *arena, Integrations *out, GPtrArray *out_files,
                        IntegrationsMistakes *mistakes)
{
  IntegrationsReader reader = { dir, arena, out_files, mistakes };
  g_autoptr (GError) problem = NULL;
  YamlPlace place = { 0 };
  if (says_nothing (text, length))
    return;
  const YamlNode *root =
      yaml_tree_parse_located (text, length, YAML_TREE_STRICT, NULL, arena, &place, &problem);
  if (root == NULL)
    integrations_mistake (mistakes, place.line, "%s", problem->message);
  else if (!yaml_node_is_null (root) &&
           integrations_fields_check_mapping (&reader, "the file", root))
    read_sections (&reader, root, region, out);
}
