#include "server/integrations/integrations-text.h"

#include <stddef.h>
#include <string.h>

#include "core/nearest-word.h"
#include "core/yaml-tree.h"

#define MAX_TEXT 4096

typedef struct {
  const char *dir;
  Arena *arena;
  GPtrArray *files;
  IntegrationsMistakes *mistakes;
} Reader;

void
integrations_mistake (IntegrationsMistakes *mistakes, guint line, const char *format, ...)
{
  va_list arguments;
  if (mistakes->n++ >= INTEGRATIONS_MAX_MISTAKES)
    return;
  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_autofree char *shown = g_utf8_make_valid (what, -1);
  g_string_append_printf (mistakes->text, "%s%s:%u: %s", mistakes->text->len == 0 ? "" : "\n",
                          mistakes->file_name, line, shown);
}

gboolean
integrations_mistakes_end (const IntegrationsMistakes *mistakes, GError **error)
{
  if (mistakes->n == 0)
    return TRUE;
  guint hidden = mistakes->n - MIN (mistakes->n, INTEGRATIONS_MAX_MISTAKES);
  g_autofree char *more = hidden == 0 ? NULL : g_strdup_printf ("\nand %u more", hidden);
  g_set_error (error, INTEGRATIONS_ERROR, INTEGRATIONS_ERROR_FILE, "%s%s", mistakes->text->str,
               more != NULL ? more : "");
  return FALSE;
}

/* ---- one value ---- */

typedef enum {
  FIELD_TEXT,
  FIELD_URL,
  FIELD_BASE_URL,    /* one that paths are appended to */
  FIELD_TEXTS,       /* one, or a sequence */
  FIELD_FILE,        /* a path, which becomes relative to the working directory */
  FIELD_SECRET_FILE, /* the same, closed to others */
  FIELD_SECONDS,
  FIELD_FLAG
} FieldType;

/* A key of a mapping and the member of a structure that it fills. */
typedef struct {
  const char *key;
  FieldType type;
  gsize offset;
  guint drivers;  /* that have it, a bit each */
  guint required; /* of those that must have it */
  gint64 smallest, greatest, fallback;
} Field;

#define ALL_DRIVERS  G_MAXUINT
#define ONLY(driver) (1u << (driver))

static gboolean
check_text (Reader *reader, const char *where, const YamlNode *node)
{
  if (node->kind == YAML_NODE_SCALAR && node->length > 0 && node->length <= MAX_TEXT)
    return TRUE;
  integrations_mistake (reader->mistakes, node->line, "%s must be a text of 1 to %d bytes", where,
                        MAX_TEXT);
  return FALSE;
}

static void
read_text (Reader *reader, const char *where, const YamlNode *node, const char **out)
{
  if (check_text (reader, where, node))
    *out = arena_strdup (reader->arena, node->text);
}

/* Messages don't quote it: some receivers' URLs are secrets themselves. */
static void
read_url (Reader *reader, const char *where, const YamlNode *node, FieldType type, const char **out)
{
  if (!check_text (reader, where, node))
    return;
  g_autoptr (GUri) uri = g_uri_parse (node->text, G_URI_FLAGS_NON_DNS | G_URI_FLAGS_ENCODED, NULL);
  const char *scheme = uri == NULL ? "" : g_uri_get_scheme (uri);
  if ((strcmp (scheme, "http") != 0 && strcmp (scheme, "https") != 0) ||
      g_uri_get_host (uri) == NULL || *g_uri_get_host (uri) == '\0') {
    integrations_mistake (reader->mistakes, node->line,
                          "%s must be an absolute URL: http://HOST:PORT or https://HOST", where);
    return;
  }
  if (g_uri_get_userinfo (uri) != NULL || g_uri_get_fragment (uri) != NULL) {
    integrations_mistake (reader->mistakes, node->line,
                          "%s must have no user, password or #fragment", where);
    return;
  }
  if (type == FIELD_BASE_URL && g_uri_get_query (uri) != NULL) {
    integrations_mistake (reader->mistakes, node->line,
                          "%s must have no ?query: paths are appended to it", where);
    return;
  }
  gsize length = node->length;
  while (node->text[length - 1] == '/')
    length--;
  *out = arena_strndup (reader->arena, node->text, length);
}

static void
read_texts (Reader *reader, const char *where, const YamlNode *node, const char *const **out)
{
  const YamlNode *const alone[] = { node };
  gboolean many = node->kind == YAML_NODE_SEQUENCE;
  gsize n = many ? node->n : 1;
  const YamlNode *const *items = many ? (const YamlNode *const *)node->values : alone;
  const char **texts = arena_new0_n (reader->arena, const char *, n + 1);
  if (n == 0)
    integrations_mistake (reader->mistakes, node->line, "%s is empty", where);
  for (gsize i = 0; i < n; i++) {
    if (!check_text (reader, where, items[i]))
      return;
    texts[i] = arena_strdup (reader->arena, items[i]->text);
  }
  *out = texts;
}

static void
read_file (Reader *reader, const char *where, const YamlNode *node, FieldType type,
           const char **out)
{
  if (!check_text (reader, where, node))
    return;
  *out = g_path_is_absolute (node->text)
             ? arena_strdup (reader->arena, node->text)
             : arena_printf (reader->arena, "%s/%s", reader->dir, node->text);
  IntegrationsFile *file = arena_new0 (reader->arena, IntegrationsFile);
  *file = (IntegrationsFile){ arena_strdup (reader->arena, where), *out, node->line,
                              type == FIELD_SECRET_FILE };
  g_ptr_array_add (reader->files, file);
}

static void
read_seconds (Reader *reader, const char *where, const YamlNode *node, const Field *field,
              gint64 *out)
{
  gint64 number = 0;
  if (node->kind == YAML_NODE_SCALAR &&
      g_ascii_string_to_signed (node->text, 10, field->smallest, field->greatest, &number, NULL))
    *out = number;
  else
    integrations_mistake (reader->mistakes, node->line,
                          "%s must be a whole number of seconds from %" G_GINT64_FORMAT
                          " to %" G_GINT64_FORMAT,
                          where, field->smallest, field->greatest);
}

static void
read_flag (Reader *reader, const char *where, const YamlNode *node, gboolean *out)
{
  gboolean scalar = node->kind == YAML_NODE_SCALAR;
  *out = scalar && strcmp (node->text, "true") == 0;
  if (!*out && !(scalar && strcmp (node->text, "false") == 0))
    integrations_mistake (reader->mistakes, node->line, "%s must be true or false", where);
}

static void
read_value (Reader *reader, const char *where, const YamlNode *node, const Field *field,
            gpointer entry)
{
  gpointer at = (char *)entry + field->offset;
  switch (field->type) {
  case FIELD_TEXT:
    read_text (reader, where, node, at);
    break;
  case FIELD_URL:
  case FIELD_BASE_URL:
    read_url (reader, where, node, field->type, at);
    break;
  case FIELD_TEXTS:
    read_texts (reader, where, node, at);
    break;
  case FIELD_FILE:
  case FIELD_SECRET_FILE:
    read_file (reader, where, node, field->type, at);
    break;
  case FIELD_SECONDS:
    read_seconds (reader, where, node, field, at);
    break;
  case FIELD_FLAG:
    read_flag (reader, where, node, at);
    break;
  }
}

/* ---- one mapping ---- */

typedef struct {
  const Field *fields;
  gsize n;
} Fields;

static gboolean
check_mapping (Reader *reader, const char *where, const YamlNode *node)
{
  if (node->kind == YAML_NODE_MAPPING)
    return TRUE;
  integrations_mistake (reader->mistakes, node->line,
                        "%s must be a mapping, \"key: value\" lines, not a %s", where,
                        yaml_node_is_null (node) ? "nothing" : yaml_node_kind_name (node));
  return FALSE;
}

/* words: what can stand there. */
static void
note_unknown (Reader *reader, const char *where, const YamlNode *key, GPtrArray *words)
{
  const char *meant = nearest_word (key->text, (const char *const *)words->pdata, words->len);
  g_autoptr (GString) list = g_string_new (NULL);
  for (guint i = 0; i < words->len; i++)
    g_string_append_printf (list, "%s%s", i == 0 ? "" : ", ",
                            (const char *)g_ptr_array_index (words, i));
  g_autofree char *hint =
      meant != NULL ? g_strdup_printf (" (did you mean %s?)", meant) : g_strdup ("");
  integrations_mistake (reader->mistakes, key->line, "%s has no \"%.100s\"%s: it can have %s",
                        where, key->text, hint, list->str);
}

static const Field *
find_field (const Fields *fields, guint driver, const char *key)
{
  for (gsize i = 0; i < fields->n; i++)
    if ((fields->fields[i].drivers & driver) != 0 && strcmp (fields->fields[i].key, key) == 0)
      return &fields->fields[i];
  return NULL;
}

static void
note_unknown_field (Reader *reader, const char *where, const YamlNode *key, const Fields *fields,
                    guint driver)
{
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (gsize i = 0; i < fields->n; i++)
    if ((fields->fields[i].drivers & driver) != 0)
      g_ptr_array_add (words, (gpointer)fields->fields[i].key);
  note_unknown (reader, where, key, words);
}

/* passed: a key that is read elsewhere; NULL: none. */
static void
read_fields (Reader *reader, const char *where, const YamlNode *mapping, const Fields *fields,
             guint driver, const char *passed, gpointer entry)
{
  for (gsize i = 0; i < fields->n; i++)
    if (fields->fields[i].type == FIELD_SECONDS)
      *(gint64 *)((char *)entry + fields->fields[i].offset) = fields->fields[i].fallback;
  for (gsize i = 0; i < mapping->n; i++) {
    const char *key = mapping->keys[i]->text;
    const Field *field = find_field (fields, driver, key);
    g_autofree char *place = g_strdup_printf ("%s.%.100s", where, key);
    if (field != NULL)
      read_value (reader, place, mapping->values[i], field, entry);
    else if (passed == NULL || strcmp (key, passed) != 0)
      note_unknown_field (reader, where, mapping->keys[i], fields, driver);
  }
  for (gsize i = 0; i < fields->n; i++)
    if ((fields->fields[i].required & driver) != 0 &&
        yaml_node_get (mapping, fields->fields[i].key) == NULL)
      integrations_mistake (reader->mistakes, mapping->line, "%s needs \"%s\"", where,
                            fields->fields[i].key);
}

/* ---- sections of entries with drivers ---- */

typedef struct {
  const char *name; /* of the section */
  gsize size;       /* of an entry, which begins with its name */
  Fields fields;
  /* Reads the driver's name into the entry; *out_bit for Field.drivers. */
  gboolean (*set_driver) (gpointer entry, const char *text, guint *out_bit);
  const char *(*driver_at) (guint i); /* NULL past the last */
  guint on_aws;                       /* drivers that need the section aws */
  void (*finish) (Reader *reader, const char *where, const YamlNode *at, gpointer entry);
} Section;

#define DEFINE_DRIVER(Entry, Driver, prefix)                                                       \
  static gboolean prefix##_set (gpointer entry, const char *text, guint *out_bit)                  \
  {                                                                                                \
    Driver driver;                                                                                 \
    if (!prefix##_from_name (text, &driver))                                                       \
      return FALSE;                                                                                \
    ((Entry *)entry)->driver = driver;                                                             \
    *out_bit = ONLY (driver);                                                                      \
    return TRUE;                                                                                   \
  }                                                                                                \
  static const char *prefix##_at (guint i)                                                         \
  {                                                                                                \
    return prefix##_name ((Driver)i);                                                              \
  }

DEFINE_DRIVER (BalancerSettings, BalancerDriver, balancer_driver)
DEFINE_DRIVER (AlarmSettings, AlarmDriver, alarm_driver)
DEFINE_DRIVER (TriggerSettings, TriggerDriver, trigger_driver)
DEFINE_DRIVER (EventsSettings, EventsDriver, events_driver)

#define AWS_BALANCERS (ONLY (BALANCER_DRIVER_ELBV2) | ONLY (BALANCER_DRIVER_ELB))

static const Field balancer_fields[] = {
  { "socket", FIELD_TEXTS, offsetof (BalancerSettings, sockets), ONLY (BALANCER_DRIVER_HAPROXY),
    ONLY (BALANCER_DRIVER_HAPROXY) },
  { "backend", FIELD_TEXT, offsetof (BalancerSettings, backend), ONLY (BALANCER_DRIVER_HAPROXY) },
  { "server", FIELD_TEXT, offsetof (BalancerSettings, server), ONLY (BALANCER_DRIVER_HAPROXY) },
  { "drain_seconds", FIELD_SECONDS, offsetof (BalancerSettings, drain_s),
    ONLY (BALANCER_DRIVER_HAPROXY), 0, 0, 3600, 300 },
  { "name", FIELD_TEXT, offsetof (BalancerSettings, aws_name), AWS_BALANCERS },
};

/* A word of HAProxy's command line: blanks, ';' and '/' would end it, and a newline begin another command. */
static gboolean
is_haproxy_name (const char *text)
{
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum (*text) && strchr ("-_.:{}", *text) == NULL)
      return FALSE;
  return TRUE;
}

static void
check_socket (Reader *reader, const char *where, const YamlNode *at, const char *socket)
{
  const char *colon = strrchr (socket, ':');
  guint64 port = 0;
  if (*socket == '/' || (colon != NULL && colon != socket &&
                         g_ascii_string_to_unsigned (colon + 1, 10, 1, G_MAXUINT16, &port, NULL)))
    return;
  integrations_mistake (reader->mistakes, at->line,
                        "%s.socket \"%.100s\" must be a socket's absolute path, or host:port",
                        where, socket);
}

static void
finish_balancer (Reader *reader, const char *where, const YamlNode *at, gpointer entry)
{
  BalancerSettings *balancer = entry;
  if (balancer->aws_name == NULL)
    balancer->aws_name = balancer->name;
  if (balancer->driver != BALANCER_DRIVER_HAPROXY)
    return;
  if (balancer->backend == NULL)
    balancer->backend = balancer->name;
  if (balancer->server == NULL)
    balancer->server = "{instance}";
  if (!is_haproxy_name (balancer->backend))
    integrations_mistake (reader->mistakes, at->line,
                          "%s.backend \"%.100s\" must be HAProxy's name of a backend: letters, "
                          "digits and -_.:",
                          where, balancer->backend);
  const char *place = strstr (balancer->server, "{instance}");
  if (place == NULL || !is_haproxy_name (balancer->server) ||
      strcspn (balancer->server, "{") != (gsize)(place - balancer->server) ||
      strpbrk (place + strlen ("{instance}"), "{}") != NULL)
    integrations_mistake (reader->mistakes, at->line,
                          "%s.server \"%.100s\" must be the name of a host's server there, with "
                          "{instance} once where the host's name stands",
                          where, balancer->server);
  for (const char *const *socket = balancer->sockets; socket != NULL && *socket != NULL; socket++)
    check_socket (reader, where, at, *socket);
}

static const Field alarm_fields[] = {
  { "url", FIELD_BASE_URL, offsetof (AlarmSettings, url), ONLY (ALARM_DRIVER_PROMETHEUS),
    ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "alert", FIELD_TEXT, offsetof (AlarmSettings, alert), ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "expression", FIELD_TEXT, offsetof (AlarmSettings, expression),
    ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "token_file", FIELD_SECRET_FILE, offsetof (AlarmSettings, token_file),
    ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "password_file", FIELD_SECRET_FILE, offsetof (AlarmSettings, password_file),
    ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "ca_file", FIELD_FILE, offsetof (AlarmSettings, ca_file), ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "name", FIELD_TEXT, offsetof (AlarmSettings, aws_name), ONLY (ALARM_DRIVER_CLOUDWATCH) },
};

static void
finish_alarm (Reader *reader, const char *where, const YamlNode *at, gpointer entry)
{
  AlarmSettings *alarm = entry;
  if (alarm->aws_name == NULL)
    alarm->aws_name = alarm->name;
  if (alarm->driver == ALARM_DRIVER_PROMETHEUS &&
      (alarm->alert == NULL) == (alarm->expression == NULL))
    integrations_mistake (reader->mistakes, at->line,
                          "%s needs either \"alert\", a rule's name, or \"expression\"", where);
  if (alarm->token_file != NULL && alarm->password_file != NULL)
    integrations_mistake (reader->mistakes, at->line,
                          "%s can have \"token_file\" or \"password_file\", not both", where);
}

static const Field trigger_fields[] = {
  { "url", FIELD_URL, offsetof (TriggerSettings, url), ONLY (TRIGGER_DRIVER_WEBHOOK),
    ONLY (TRIGGER_DRIVER_WEBHOOK) },
  { "secret_file", FIELD_SECRET_FILE, offsetof (TriggerSettings, secret_file),
    ONLY (TRIGGER_DRIVER_WEBHOOK), ONLY (TRIGGER_DRIVER_WEBHOOK) },
  { "ca_file", FIELD_FILE, offsetof (TriggerSettings, ca_file), ONLY (TRIGGER_DRIVER_WEBHOOK) },
};

static const Field events_fields[] = {
  { "bus", FIELD_TEXT, offsetof (EventsSettings, bus), ONLY (EVENTS_DRIVER_EVENTBRIDGE) },
  { "source", FIELD_TEXT, offsetof (EventsSettings, source), ONLY (EVENTS_DRIVER_EVENTBRIDGE) },
  { "url", FIELD_URL, offsetof (EventsSettings, url), ONLY (EVENTS_DRIVER_CLOUDEVENTS),
    ONLY (EVENTS_DRIVER_CLOUDEVENTS) },
  { "secret_file", FIELD_SECRET_FILE, offsetof (EventsSettings, secret_file),
    ONLY (EVENTS_DRIVER_CLOUDEVENTS) },
  { "ca_file", FIELD_FILE, offsetof (EventsSettings, ca_file), ONLY (EVENTS_DRIVER_CLOUDEVENTS) },
};

static void
finish_events (Reader *reader, const char *where, const YamlNode *at, gpointer entry)
{
  EventsSettings *events = entry;
  if (events->bus == NULL)
    events->bus = "default";
  if (events->source == NULL)
    events->source = "aws.codedeploy";
}

#define FIELDS(table)                                                                              \
  {                                                                                                \
    table, G_N_ELEMENTS (table)                                                                    \
  }

static const Section balancers_section = {
  "balancers",         sizeof (BalancerSettings), FIELDS (balancer_fields),
  balancer_driver_set, balancer_driver_at,        AWS_BALANCERS,
  finish_balancer,
};
static const Section alarms_section = {
  "alarms",        sizeof (AlarmSettings),         FIELDS (alarm_fields), alarm_driver_set,
  alarm_driver_at, ONLY (ALARM_DRIVER_CLOUDWATCH), finish_alarm,
};
static const Section triggers_section = {
  "triggers",
  sizeof (TriggerSettings),
  FIELDS (trigger_fields),
  trigger_driver_set,
  trigger_driver_at,
  ONLY (TRIGGER_DRIVER_SNS),
  NULL,
};
static const Section events_section = {
  "events",         sizeof (EventsSettings),          FIELDS (events_fields), events_driver_set,
  events_driver_at, ONLY (EVENTS_DRIVER_EVENTBRIDGE), finish_events,
};

static void
note_driver (Reader *reader, const char *where, guint line, const Section *section)
{
  g_autoptr (GString) list = g_string_new (NULL);
  for (guint i = 0; section->driver_at (i) != NULL; i++)
    g_string_append_printf (list, "%s%s", i == 0 ? "" : ", ", section->driver_at (i));
  integrations_mistake (reader->mistakes, line, "%s.driver must be one of %s", where, list->str);
}

static void
read_entry (Reader *reader, const char *where, const YamlNode *node, const Section *section,
            gboolean has_aws, gpointer entry)
{
  if (!check_mapping (reader, where, node))
    return;
  const YamlNode *driver = yaml_node_get (node, "driver");
  guint bit = 0;
  if (driver == NULL || driver->kind != YAML_NODE_SCALAR ||
      !section->set_driver (entry, driver->text, &bit)) {
    note_driver (reader, where, driver != NULL ? driver->line : node->line, section);
    return;
  }
  if ((bit & section->on_aws) != 0 && !has_aws)
    integrations_mistake (reader->mistakes, driver->line,
                          "%s.driver %s asks AWS: add a section \"aws\" with a credentials_file",
                          where, driver->text);
  read_fields (reader, where, node, &section->fields, bit, "driver", entry);
  if (section->finish != NULL)
    section->finish (reader, where, node, entry);
}

/* A mapping from names to entries. */
static gpointer
read_named (Reader *reader, const YamlNode *node, const Section *section, gboolean has_aws,
            gsize *out_n)
{
  if (yaml_node_is_null (node) || !check_mapping (reader, section->name, node))
    return NULL;
  char *entries = arena_alloc_n (reader->arena, node->n, section->size);
  for (gsize i = 0; i < node->n; i++) {
    gpointer entry = entries + i * section->size;
    *(const char **)entry = arena_strdup (reader->arena, node->keys[i]->text);
    g_autofree char *where = g_strdup_printf ("%s.%.100s", section->name, node->keys[i]->text);
    read_entry (reader, where, node->values[i], section, has_aws, entry);
  }
  *out_n = node->n;
  return entries;
}

/* A sequence of entries. */
static gpointer
read_listed (Reader *reader, const YamlNode *node, const Section *section, gboolean has_aws,
             gsize *out_n)
{
  if (yaml_node_is_null (node))
    return NULL;
  if (node->kind != YAML_NODE_SEQUENCE) {
    integrations_mistake (reader->mistakes, node->line,
                          "%s must be a list, lines that begin with \"- \"", section->name);
    return NULL;
  }
  char *entries = arena_alloc_n (reader->arena, node->n, section->size);
  for (gsize i = 0; i < node->n; i++) {
    gpointer entry = entries + i * section->size;
    const char *where = arena_printf (reader->arena, "%s[%zu]", section->name, i);
    *(const char **)entry = where;
    read_entry (reader, where, node->values[i], section, has_aws, entry);
  }
  *out_n = node->n;
  return entries;
}

/* ---- the others ---- */

static const Field aws_fields[] = {
  { "region", FIELD_TEXT, offsetof (AwsSettings, region), ALL_DRIVERS },
  { "credentials_file", FIELD_SECRET_FILE, offsetof (AwsSettings, credentials_file), ALL_DRIVERS,
    ALL_DRIVERS },
  { "profile", FIELD_TEXT, offsetof (AwsSettings, profile), ALL_DRIVERS },
  { "ca_file", FIELD_FILE, offsetof (AwsSettings, ca_file), ALL_DRIVERS },
  { "timeout_seconds", FIELD_SECONDS, offsetof (AwsSettings, timeout_s), ALL_DRIVERS, 0, 1, 120,
    20 },
};

/* The services that are asked for anything; a misspelt one would silently be AWS's own. */
static const char *const aws_services[] = { "elasticloadbalancing", "autoscaling", "ec2",
                                            "monitoring",           "sns",         "events" };

static void
read_endpoints (Reader *reader, const YamlNode *node, AwsSettings *aws)
{
  if (yaml_node_is_null (node) || !check_mapping (reader, "aws.endpoints", node))
    return;
  AwsEndpoint *endpoints = arena_new0_n (reader->arena, AwsEndpoint, node->n);
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (aws_services); i++)
    g_ptr_array_add (words, (gpointer)aws_services[i]);
  for (gsize i = 0; i < node->n; i++) {
    const char *service = node->keys[i]->text;
    g_autofree char *where = g_strdup_printf ("aws.endpoints.%.100s", service);
    if (!g_ptr_array_find_with_equal_func (words, service, g_str_equal, NULL))
      note_unknown (reader, "aws.endpoints", node->keys[i], words);
    endpoints[i].service = arena_strdup (reader->arena, service);
    read_url (reader, where, node->values[i], FIELD_BASE_URL, &endpoints[i].url);
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
read_aws (Reader *reader, const YamlNode *node, const char *region)
{
  if (node == NULL || !check_mapping (reader, "aws", node))
    return NULL;
  static const Fields fields = FIELDS (aws_fields);
  AwsSettings *aws = arena_new0 (reader->arena, AwsSettings);
  aws->region = arena_strdup (reader->arena, region);
  aws->profile = "default";
  read_fields (reader, "aws", node, &fields, ALL_DRIVERS, "endpoints", aws);
  if (!is_region (aws->region))
    integrations_mistake (reader->mistakes, node->line,
                          "aws.region \"%.100s\" must be letters, digits and -", aws->region);
  read_endpoints (reader, yaml_node_get (node, "endpoints"), aws);
  return aws;
}

static const Field inventory_fields[] = {
  { "ec2", FIELD_FLAG, offsetof (InventorySettings, ec2), ALL_DRIVERS },
};

static void
read_inventory (Reader *reader, const YamlNode *node, const Integrations *integrations,
                InventorySettings *out)
{
  static const Fields fields = FIELDS (inventory_fields);
  if (yaml_node_is_null (node) || !check_mapping (reader, "inventory", node))
    return;
  read_fields (reader, "inventory", node, &fields, ALL_DRIVERS, NULL, out);
  if (out->ec2 && integrations->aws == NULL)
    integrations_mistake (reader->mistakes, node->line,
                          "inventory.ec2 asks AWS: add a section \"aws\" with a credentials_file");
}

/* ---- the whole ---- */

static void
check_sections (Reader *reader, const YamlNode *root)
{
  static const char *const names[] = { "aws",      "balancers", "alarms",
                                       "triggers", "events",    "inventory" };
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    g_ptr_array_add (words, (gpointer)names[i]);
  for (gsize i = 0; i < root->n; i++)
    if (!g_ptr_array_find_with_equal_func (words, root->keys[i]->text, g_str_equal, NULL))
      note_unknown (reader, "the file", root->keys[i], words);
}

static void
read_sections (Reader *reader, const YamlNode *root, const char *region, Integrations *out)
{
  check_sections (reader, root);
  const YamlNode *aws = yaml_node_get (root, "aws");
  gboolean has_aws = aws != NULL;
  out->aws = read_aws (reader, aws, region);
  out->balancers = read_named (reader, yaml_node_get (root, "balancers"), &balancers_section,
                               has_aws, &out->n_balancers);
  out->alarms =
      read_named (reader, yaml_node_get (root, "alarms"), &alarms_section, has_aws, &out->n_alarms);
  out->triggers = read_named (reader, yaml_node_get (root, "triggers"), &triggers_section, has_aws,
                              &out->n_triggers);
  out->events = read_listed (reader, yaml_node_get (root, "events"), &events_section, has_aws,
                             &out->n_events);
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
  Reader reader = { dir, arena, out_files, mistakes };
  g_autoptr (GError) problem = NULL;
  YamlPlace place = { 0 };
  if (says_nothing (text, length))
    return;
  const YamlNode *root =
      yaml_tree_parse_located (text, length, YAML_TREE_STRICT, NULL, arena, &place, &problem);
  if (root == NULL)
    integrations_mistake (mistakes, place.line, "%s", problem->message);
  else if (!yaml_node_is_null (root) && check_mapping (&reader, "the file", root))
    read_sections (&reader, root, region, out);
}
