#include <string.h>

#include "core/appspec-reader.h"

/*
 * The AppSpecs of ECS and Lambda (deployments.md 6.7, 6.8): one resource and functions for hooks. Keys may begin with a capital or not, as
 * the published samples do both.
 */
typedef enum {
  VALUE_TEXT,
  VALUE_COUNT, /* a whole number above 0 */
  VALUE_MAPPING,
  VALUE_LIST
} ValueKind;

typedef struct {
  const char *name;
  ValueKind kind;
  gboolean required;
} Property;

static const Property ecs_properties[] = {
  { "TaskDefinition", VALUE_TEXT, TRUE },
  { "LoadBalancerInfo", VALUE_MAPPING, TRUE },
  { "PlatformVersion", VALUE_TEXT, FALSE },
  { "NetworkConfiguration", VALUE_MAPPING, FALSE },
  { "CapacityProviderStrategy", VALUE_LIST, FALSE },
};
static const Property load_balancer_properties[] = {
  { "ContainerName", VALUE_TEXT, TRUE },
  { "ContainerPort", VALUE_COUNT, TRUE },
};
static const Property network_properties[] = { { "AwsvpcConfiguration", VALUE_MAPPING, TRUE } };
static const Property vpc_properties[] = {
  { "Subnets", VALUE_LIST, TRUE },
  { "SecurityGroups", VALUE_LIST, TRUE },
  { "AssignPublicIp", VALUE_TEXT, TRUE },
};
static const Property lambda_properties[] = {
  { "Name", VALUE_TEXT, TRUE },
  { "Alias", VALUE_TEXT, TRUE },
  { "CurrentVersion", VALUE_COUNT, TRUE },
  { "TargetVersion", VALUE_COUNT, TRUE },
};

static const char *const ecs_events[] = { "BeforeInstall", "AfterInstall", "AfterAllowTestTraffic",
                                          "BeforeAllowTraffic", "AfterAllowTraffic" };
static const char *const lambda_events[] = { "BeforeAllowTraffic", "AfterAllowTraffic" };

static const struct {
  AppSpecPlatform platform;
  const char *type;
  const Property *properties;
  gsize n_properties;
  const char *const *events;
  gsize n_events;
} platforms[] = {
  { APPSPEC_PLATFORM_ECS, "AWS::ECS::Service", ecs_properties, G_N_ELEMENTS (ecs_properties),
    ecs_events, G_N_ELEMENTS (ecs_events) },
  { APPSPEC_PLATFORM_LAMBDA, "AWS::Lambda::Function", lambda_properties,
    G_N_ELEMENTS (lambda_properties), lambda_events, G_N_ELEMENTS (lambda_events) },
};

/* NULL for an absent or null value too. */
static const YamlNode *
find (const YamlNode *map, const char *name)
{
  for (gsize i = 0; map->kind == YAML_NODE_MAPPING && i < map->n; i++)
    if (g_ascii_strcasecmp (map->keys[i]->text, name) == 0)
      return yaml_node_is_null (map->values[i]) ? NULL : map->values[i];
  return NULL;
}

static void
check_value (AppSpecReader *reader, const Property *property, const YamlNode *value)
{
  static const struct {
    YamlNodeKind node;
    const char *words;
  } kinds[] = {
    [VALUE_TEXT] = { YAML_NODE_SCALAR, "a text" },
    [VALUE_COUNT] = { YAML_NODE_SCALAR, "a whole number above 0" },
    [VALUE_MAPPING] = { YAML_NODE_MAPPING, "a mapping" },
    [VALUE_LIST] = { YAML_NODE_SEQUENCE, "a list" },
  };
  gboolean good = value->kind == kinds[property->kind].node;
  if (good && property->kind == VALUE_TEXT)
    good = value->text[strspn (value->text, " ")] != '\0';
  if (good && property->kind == VALUE_COUNT)
    good = value->length > 0 && strspn (value->text, "0123456789") == value->length &&
           strspn (value->text, "0") < value->length;
  if (!good)
    appspec_error (reader, value, "\"%s\" must be %s", property->name, kinds[property->kind].words);
}

static void
check_properties (AppSpecReader *reader, const YamlNode *map, const Property *properties, gsize n)
{
  const char **names = arena_new0_n (reader->arena, const char *, n);
  for (gsize i = 0; i < n; i++) {
    const YamlNode *value = find (map, properties[i].name);
    names[i] = properties[i].name;
    if (value != NULL)
      check_value (reader, &properties[i], value);
    else if (properties[i].required)
      appspec_error (reader, map, "\"%s\" is missing", properties[i].name);
  }
  for (gsize i = 0; map->kind == YAML_NODE_MAPPING && i < map->n; i++) {
    gsize k = 0;
    while (k < n && g_ascii_strcasecmp (map->keys[i]->text, names[k]) != 0)
      k++;
    if (k == n)
      appspec_warning (reader, map->keys[i], "\"%.100s\" is not known here%s", map->keys[i]->text,
                       appspec_hint (reader, map->keys[i]->text, names, n));
  }
}

static void
check_nested (AppSpecReader *reader, const YamlNode *properties)
{
  const YamlNode *balancer = find (properties, "LoadBalancerInfo");
  const YamlNode *network = find (properties, "NetworkConfiguration");
  const YamlNode *vpc = network != NULL ? find (network, "AwsvpcConfiguration") : NULL;
  const YamlNode *public_ip = vpc != NULL ? find (vpc, "AssignPublicIp") : NULL;

  if (balancer != NULL && balancer->kind == YAML_NODE_MAPPING)
    check_properties (reader, balancer, load_balancer_properties,
                      G_N_ELEMENTS (load_balancer_properties));
  if (network != NULL && network->kind == YAML_NODE_MAPPING)
    check_properties (reader, network, network_properties, G_N_ELEMENTS (network_properties));
  if (vpc != NULL && vpc->kind == YAML_NODE_MAPPING)
    check_properties (reader, vpc, vpc_properties, G_N_ELEMENTS (vpc_properties));
  if (public_ip != NULL && public_ip->kind == YAML_NODE_SCALAR &&
      strcmp (public_ip->text, "ENABLED") != 0 && strcmp (public_ip->text, "DISABLED") != 0)
    appspec_error (reader, public_ip, "\"AssignPublicIp\" must be ENABLED or DISABLED");
}

/* The one resource, without its name; NULL with what is wrong noted. */
static const YamlNode *
the_resource (AppSpecReader *reader, const YamlNode *list)
{
  gboolean one = list->kind == YAML_NODE_SEQUENCE && list->n == 1 &&
                 list->values[0]->kind == YAML_NODE_MAPPING && list->values[0]->n == 1 &&
                 list->values[0]->values[0]->kind == YAML_NODE_MAPPING;
  if (!one)
    appspec_error (
        reader, list,
        "\"Resources\" must be a list of one mapping: a name, and behind it \"Type\" and "
        "\"Properties\"");
  return one ? list->values[0]->values[0] : NULL;
}

static void
check_hook (AppSpecReader *reader, const YamlNode *item, gsize at)
{
  const char *const *events = platforms[at].events;
  gsize n = platforms[at].n_events, k = 0;

  if (item->kind != YAML_NODE_MAPPING || item->n != 1) {
    appspec_error (reader, item, "an item of \"Hooks\" must be one event's name and its function");
    return;
  }
  const YamlNode *key = item->keys[0];
  while (k < n && strcmp (key->text, events[k]) != 0)
    k++;
  if (k == n)
    appspec_error (reader, key, "%s has no lifecycle event \"%.100s\"%s", platforms[at].type,
                   key->text, appspec_hint (reader, key->text, events, n));
  if (item->values[0]->kind != YAML_NODE_SCALAR || item->values[0]->length == 0)
    appspec_error (reader, item->values[0], "a hook is the name or ARN of a function");
}

static void
check_hooks (AppSpecReader *reader, const YamlNode *root, gsize at)
{
  const YamlNode *hooks = find (root, "Hooks");
  reader->part = APPSPEC_ERROR_HOOKS;
  if (hooks == NULL || !appspec_is_list (reader, "Hooks", hooks, " of events and functions"))
    return;
  for (gsize i = 0; i < hooks->n; i++)
    check_hook (reader, hooks->values[i], at);
}

static void
check_resource (AppSpecReader *reader, const YamlNode *resource, gsize at)
{
  const YamlNode *properties = find (resource, "Properties");
  if (properties == NULL || properties->kind != YAML_NODE_MAPPING) {
    appspec_error (reader, properties != NULL ? properties : resource,
                   "\"Properties\" must be there, and a mapping");
    return;
  }
  check_properties (reader, properties, platforms[at].properties, platforms[at].n_properties);
  if (platforms[at].platform == APPSPEC_PLATFORM_ECS)
    check_nested (reader, properties);
}

gboolean
appspec_is_for_service (const YamlNode *root)
{
  return find (root, "Resources") != NULL;
}

AppSpecPlatform
appspec_read_service (AppSpecReader *reader, const YamlNode *root)
{
  const char *types[G_N_ELEMENTS (platforms)];
  const YamlNode *resource = the_resource (reader, find (root, "Resources"));
  const YamlNode *type = resource != NULL ? find (resource, "Type") : NULL;
  gsize at = 0;

  appspec_check_version (reader, root, find (root, "version"));
  if (resource == NULL)
    return APPSPEC_PLATFORM_SERVICE;
  for (gsize i = 0; i < G_N_ELEMENTS (platforms); i++)
    types[i] = platforms[i].type;
  if (type == NULL || type->kind != YAML_NODE_SCALAR) {
    appspec_error (reader, resource, "\"Type\" is missing; it must be %s or %s", types[0],
                   types[1]);
    return APPSPEC_PLATFORM_SERVICE;
  }
  while (at < G_N_ELEMENTS (platforms) && strcmp (type->text, types[at]) != 0)
    at++;
  if (at == G_N_ELEMENTS (platforms)) {
    appspec_error (reader, type, "\"Type\" must be %s or %s, not \"%.100s\"%s", types[0], types[1],
                   type->text, appspec_hint (reader, type->text, types, G_N_ELEMENTS (types)));
    return APPSPEC_PLATFORM_SERVICE;
  }
  check_resource (reader, resource, at);
  check_hooks (reader, root, at);
  return platforms[at].platform;
}
