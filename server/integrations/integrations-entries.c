#include "server/integrations/integrations-entries.h"

#include <stddef.h>
#include <string.h>

#include "core/nearest-word.h"

typedef struct {
  const char *name; /* of the section */
  gsize size;       /* of an entry, which begins with its name */
  IntegrationsFields fields;
  /* Reads the driver's name into the entry; *out_bit for IntegrationsField.drivers. */
  gboolean (*set_driver) (gpointer entry, const char *text, guint *out_bit);
  const char *(*driver_at) (guint i); /* NULL past the last */
  guint on_aws;                       /* drivers that need the section aws */
  void (*finish) (IntegrationsReader *reader, const char *where, const YamlNode *at,
                  gpointer entry);
} Section;

#define DEFINE_DRIVER(Entry, Driver, prefix)                                                       \
  static gboolean prefix##_set (gpointer entry, const char *text, guint *out_bit)                  \
  {                                                                                                \
    Driver driver;                                                                                 \
    if (!prefix##_from_name (text, &driver))                                                       \
      return FALSE;                                                                                \
    ((Entry *)entry)->driver = driver;                                                             \
    *out_bit = INTEGRATIONS_ONLY (driver);                                                         \
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

#define AWS_BALANCERS                                                                              \
  (INTEGRATIONS_ONLY (BALANCER_DRIVER_ELBV2) | INTEGRATIONS_ONLY (BALANCER_DRIVER_ELB))

static const IntegrationsField balancer_fields[] = {
  { "socket", INTEGRATIONS_FIELD_TEXTS, offsetof (BalancerSettings, sockets),
    INTEGRATIONS_ONLY (BALANCER_DRIVER_HAPROXY), INTEGRATIONS_ONLY (BALANCER_DRIVER_HAPROXY) },
  { "backend", INTEGRATIONS_FIELD_TEXT, offsetof (BalancerSettings, backend),
    INTEGRATIONS_ONLY (BALANCER_DRIVER_HAPROXY) },
  { "server", INTEGRATIONS_FIELD_TEXT, offsetof (BalancerSettings, server),
    INTEGRATIONS_ONLY (BALANCER_DRIVER_HAPROXY) },
  { "drain_seconds", INTEGRATIONS_FIELD_SECONDS, offsetof (BalancerSettings, drain_s),
    INTEGRATIONS_ONLY (BALANCER_DRIVER_HAPROXY), 0, 0, 3600, 300 },
  { "name", INTEGRATIONS_FIELD_TEXT, offsetof (BalancerSettings, aws_name), AWS_BALANCERS },
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
check_socket (IntegrationsReader *reader, const char *where, const YamlNode *at, const char *socket)
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
finish_balancer (IntegrationsReader *reader, const char *where, const YamlNode *at, gpointer entry)
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

static const IntegrationsField alarm_fields[] = {
  { "url", INTEGRATIONS_FIELD_BASE_URL, offsetof (AlarmSettings, url),
    INTEGRATIONS_ONLY (ALARM_DRIVER_PROMETHEUS), INTEGRATIONS_ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "alert", INTEGRATIONS_FIELD_TEXT, offsetof (AlarmSettings, alert),
    INTEGRATIONS_ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "expression", INTEGRATIONS_FIELD_TEXT, offsetof (AlarmSettings, expression),
    INTEGRATIONS_ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "token_file", INTEGRATIONS_FIELD_SECRET_FILE, offsetof (AlarmSettings, token_file),
    INTEGRATIONS_ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "password_file", INTEGRATIONS_FIELD_SECRET_FILE, offsetof (AlarmSettings, password_file),
    INTEGRATIONS_ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "ca_file", INTEGRATIONS_FIELD_FILE, offsetof (AlarmSettings, ca_file),
    INTEGRATIONS_ONLY (ALARM_DRIVER_PROMETHEUS) },
  { "name", INTEGRATIONS_FIELD_TEXT, offsetof (AlarmSettings, aws_name),
    INTEGRATIONS_ONLY (ALARM_DRIVER_CLOUDWATCH) },
};

static void
finish_alarm (IntegrationsReader *reader, const char *where, const YamlNode *at, gpointer entry)
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

static const IntegrationsField trigger_fields[] = {
  { "url", INTEGRATIONS_FIELD_URL, offsetof (TriggerSettings, url),
    INTEGRATIONS_ONLY (TRIGGER_DRIVER_WEBHOOK), INTEGRATIONS_ONLY (TRIGGER_DRIVER_WEBHOOK) },
  { "secret_file", INTEGRATIONS_FIELD_SECRET_FILE, offsetof (TriggerSettings, secret_file),
    INTEGRATIONS_ONLY (TRIGGER_DRIVER_WEBHOOK), INTEGRATIONS_ONLY (TRIGGER_DRIVER_WEBHOOK) },
  { "ca_file", INTEGRATIONS_FIELD_FILE, offsetof (TriggerSettings, ca_file),
    INTEGRATIONS_ONLY (TRIGGER_DRIVER_WEBHOOK) },
};

static const IntegrationsField events_fields[] = {
  { "bus", INTEGRATIONS_FIELD_TEXT, offsetof (EventsSettings, bus),
    INTEGRATIONS_ONLY (EVENTS_DRIVER_EVENTBRIDGE) },
  { "source", INTEGRATIONS_FIELD_TEXT, offsetof (EventsSettings, source),
    INTEGRATIONS_ONLY (EVENTS_DRIVER_EVENTBRIDGE) },
  { "url", INTEGRATIONS_FIELD_URL, offsetof (EventsSettings, url),
    INTEGRATIONS_ONLY (EVENTS_DRIVER_CLOUDEVENTS), INTEGRATIONS_ONLY (EVENTS_DRIVER_CLOUDEVENTS) },
  { "secret_file", INTEGRATIONS_FIELD_SECRET_FILE, offsetof (EventsSettings, secret_file),
    INTEGRATIONS_ONLY (EVENTS_DRIVER_CLOUDEVENTS) },
  { "ca_file", INTEGRATIONS_FIELD_FILE, offsetof (EventsSettings, ca_file),
    INTEGRATIONS_ONLY (EVENTS_DRIVER_CLOUDEVENTS) },
};

static void
finish_events (IntegrationsReader *reader, const char *where, const YamlNode *at, gpointer entry)
{
  EventsSettings *events = entry;
  if (events->bus == NULL)
    events->bus = "default";
  if (events->source == NULL)
    events->source = "aws.codedeploy";
}

static const Section balancers_section = {
  "balancers",         sizeof (BalancerSettings), INTEGRATIONS_FIELDS (balancer_fields),
  balancer_driver_set, balancer_driver_at,        AWS_BALANCERS,
  finish_balancer,
};
static const Section alarms_section = {
  "alarms",         sizeof (AlarmSettings), INTEGRATIONS_FIELDS (alarm_fields),
  alarm_driver_set, alarm_driver_at,        INTEGRATIONS_ONLY (ALARM_DRIVER_CLOUDWATCH),
  finish_alarm,
};
static const Section triggers_section = {
  "triggers",
  sizeof (TriggerSettings),
  INTEGRATIONS_FIELDS (trigger_fields),
  trigger_driver_set,
  trigger_driver_at,
  INTEGRATIONS_ONLY (TRIGGER_DRIVER_SNS),
  NULL,
};
static const Section events_section = {
  "events",          sizeof (EventsSettings), INTEGRATIONS_FIELDS (events_fields),
  events_driver_set, events_driver_at,        INTEGRATIONS_ONLY (EVENTS_DRIVER_EVENTBRIDGE),
  finish_events,
};

static void
note_driver (IntegrationsReader *reader, const char *where, const YamlNode *entry,
             const Section *section)
{
  const YamlNode *driver = yaml_node_get (entry, "driver");
  g_autoptr (GPtrArray) words = g_ptr_array_new ();
  g_autoptr (GString) list = g_string_new (NULL);
  for (guint i = 0; section->driver_at (i) != NULL; i++) {
    g_ptr_array_add (words, (gpointer)section->driver_at (i));
    g_string_append_printf (list, "%s%s", i == 0 ? "" : ", ", section->driver_at (i));
  }
  if (driver == NULL || driver->kind != YAML_NODE_SCALAR) {
    integrations_mistake (reader->mistakes, driver != NULL ? driver->line : entry->line,
                          "%s.driver must be one of %s", where, list->str);
    return;
  }
  const char *meant = nearest_word (driver->text, (const char *const *)words->pdata, words->len);
  g_autofree char *hint =
      meant != NULL ? g_strdup_printf (" (did you mean %s?)", meant) : g_strdup ("");
  integrations_mistake (reader->mistakes, driver->line,
                        "%s.driver must be one of %s, and is \"%.100s\"%s", where, list->str,
                        driver->text, hint);
}

static void
read_entry (IntegrationsReader *reader, const char *where, const YamlNode *node,
            const Section *section, gboolean has_aws, gpointer entry)
{
  if (!integrations_fields_check_mapping (reader, where, node))
    return;
  const YamlNode *driver = yaml_node_get (node, "driver");
  guint bit = 0;
  if (driver == NULL || driver->kind != YAML_NODE_SCALAR ||
      !section->set_driver (entry, driver->text, &bit)) {
    note_driver (reader, where, node, section);
    return;
  }
  if ((bit & section->on_aws) != 0 && !has_aws)
    integrations_mistake (reader->mistakes, driver->line,
                          "%s.driver %s asks AWS: add a section \"aws\" with a credentials_file",
                          where, driver->text);
  integrations_fields_read (reader, where, node, &section->fields, bit, "driver", entry);
  if (section->finish != NULL)
    section->finish (reader, where, node, entry);
}

/* A mapping from names to entries. */
static gpointer
read_named (IntegrationsReader *reader, const YamlNode *node, const Section *section,
            gboolean has_aws, gsize *out_n)
{
  if (yaml_node_is_null (node) || !integrations_fields_check_mapping (reader, section->name, node))
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
read_listed (IntegrationsReader *reader, const YamlNode *node, const Section *section,
             gboolean has_aws, gsize *out_n)
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

void
integrations_entries_read (IntegrationsReader *reader, const YamlNode *root, Integrations *out)
{
  gboolean has_aws = yaml_node_get (root, "aws") != NULL;
  out->balancers = read_named (reader, yaml_node_get (root, "balancers"), &balancers_section,
                               has_aws, &out->n_balancers);
  out->alarms =
      read_named (reader, yaml_node_get (root, "alarms"), &alarms_section, has_aws, &out->n_alarms);
  out->triggers = read_named (reader, yaml_node_get (root, "triggers"), &triggers_section, has_aws,
                              &out->n_triggers);
  out->events = read_listed (reader, yaml_node_get (root, "events"), &events_section, has_aws,
                             &out->n_events);
}
