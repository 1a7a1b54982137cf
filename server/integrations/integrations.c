#include "server/integrations/integrations.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/failure.h"
#include "proto/aws-ini.h"
#include "server/files.h"
#include "server/integrations/integrations-text.h"

G_DEFINE_QUARK (slipway_integrations_error, integrations_error)

#define MAX_FILE_BYTES (1024 * 1024)

ENUM_NAMES_DEFINE (BalancerDriver, balancer_driver, BALANCER_DRIVER_LIST)
ENUM_NAMES_DEFINE (BalancerKind, balancer_kind, BALANCER_KIND_LIST)
ENUM_NAMES_DEFINE (AlarmDriver, alarm_driver, ALARM_DRIVER_LIST)
ENUM_NAMES_DEFINE (TriggerDriver, trigger_driver, TRIGGER_DRIVER_LIST)
ENUM_NAMES_DEFINE (EventsDriver, events_driver, EVENTS_DRIVER_LIST)

void
integrations_free (Integrations *integrations)
{
  if (integrations == NULL)
    return;
  arena_free (integrations->owner);
  g_free (integrations);
}

static Integrations *
make_empty (const char *file_name)
{
  Integrations *integrations = g_new0 (Integrations, 1);
  integrations->owner = arena_new ();
  integrations->file_name = arena_strdup (integrations->owner, file_name);
  return integrations;
}

Integrations *
integrations_parse (const char *text, gsize length, const char *file_name, const char *dir,
                    const char *region, GError **error)
{
  g_autoptr (Integrations) integrations = make_empty (file_name);
  g_autoptr (GString) noted = g_string_new (NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  IntegrationsMistakes mistakes = { file_name, noted, 0 };
  integrations_read_text (text, length, dir, region, integrations->owner, integrations, files,
                          &mistakes);
  if (!integrations_mistakes_end (&mistakes, error))
    return NULL;
  return g_steal_pointer (&integrations);
}

/* ---- the files that it names ---- */

static void
check_file (const IntegrationsFile *file, IntegrationsMistakes *mistakes)
{
  struct stat status;
  if (stat (file->path, &status) != 0 || access (file->path, R_OK) != 0)
    integrations_mistake (mistakes, file->line, "%s: %s: %s", file->where, file->path,
                          g_strerror (errno));
  else if (!S_ISREG (status.st_mode))
    integrations_mistake (mistakes, file->line, "%s: %s is not a file", file->where, file->path);
  else if (file->secret && (status.st_mode & 077) != 0)
    integrations_mistake (mistakes, file->line,
                          "%s: %s is open to other users (mode %04o): chmod 600 it, and make a new "
                          "secret if somebody may have read it",
                          file->where, file->path, status.st_mode & 07777);
  else if (file->secret && status.st_size == 0)
    integrations_mistake (mistakes, file->line, "%s: %s is empty: a secret is expected there",
                          file->where, file->path);
}

static guint
line_of (const GPtrArray *files, const char *path)
{
  for (guint i = 0; i < files->len; i++) {
    const IntegrationsFile *file = g_ptr_array_index (files, i);
    if (file->path == path)
      return file->line;
  }
  return 0;
}

/* The keys are read anew for each call (aws-client.h), so that they may be rotated; that there are some is checked at start. */
static void
check_profile (const AwsSettings *aws, guint line, IntegrationsMistakes *mistakes)
{
  char *text = NULL;
  gsize length = 0;
  g_autoptr (GError) problem = NULL;
  g_autoptr (AwsIni) ini = NULL;
  if (files_read (aws->credentials_file, AWS_INI_MAX_BYTES, &text, &length, &problem))
    ini = aws_ini_parse (text, length, &problem);
  if (ini == NULL)
    integrations_mistake (mistakes, line, "aws.credentials_file %s: %s", aws->credentials_file,
                          problem->message);
  else if (aws_ini_get (ini, aws->profile, "aws_access_key_id") == NULL ||
           aws_ini_get (ini, aws->profile, "aws_secret_access_key") == NULL)
    integrations_mistake (mistakes, line,
                          "aws.credentials_file %s has no section [%s] with aws_access_key_id and "
                          "aws_secret_access_key",
                          aws->credentials_file, aws->profile);
  if (text != NULL)
    explicit_bzero (text, length);
  g_free (text);
}

static void
check_files (const Integrations *integrations, const GPtrArray *files,
             IntegrationsMistakes *mistakes)
{
  guint before = mistakes->n;
  for (guint i = 0; i < files->len; i++)
    check_file (g_ptr_array_index (files, i), mistakes);
  const AwsSettings *aws = integrations->aws;
  if (mistakes->n == before && aws != NULL && aws->credentials_file != NULL)
    check_profile (aws, line_of (files, aws->credentials_file), mistakes);
}

Integrations *
integrations_load (const char *dir, const char *region, GError **error)
{
  g_autofree char *path = g_build_filename (dir, INTEGRATIONS_FILE, NULL);
  g_autoptr (Integrations) integrations = make_empty (path);
  g_autoptr (GString) noted = g_string_new (NULL);
  g_autoptr (GPtrArray) files = g_ptr_array_new ();
  g_autoptr (GError) problem = NULL;
  IntegrationsMistakes mistakes = { path, noted, 0 };
  g_autofree char *text = NULL;
  gsize length = 0;
  if (!files_read (path, MAX_FILE_BYTES, &text, &length, &problem)) {
    if (g_error_matches (problem, G_FILE_ERROR, G_FILE_ERROR_NOENT))
      return g_steal_pointer (&integrations);
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  integrations_read_text (text, length, dir, region, integrations->owner, integrations, files,
                          &mistakes);
  check_files (integrations, files, &mistakes);
  if (!integrations_mistakes_end (&mistakes, error))
    return NULL;
  return g_steal_pointer (&integrations);
}

/* ---- what a name means ---- */

static gboolean
refuse_unknown (const Integrations *integrations, const char *what, const char *name,
                const char *section, GError **error)
{
  return failure_set (
      error, INTEGRATIONS_ERROR, INTEGRATIONS_ERROR_UNKNOWN,
      "%s \"%.300s\" is not known: name it among the %s of %s, or add a section aws "
      "there to have AWS asked, and restart slipwayd",
      what, name, section, integrations->file_name);
}

gboolean
integrations_find_balancer (const Integrations *integrations, BalancerKind kind, const char *name,
                            BalancerSettings *out, GError **error)
{
  for (gsize i = 0; i < integrations->n_balancers; i++) {
    if (strcmp (integrations->balancers[i].name, name) == 0) {
      *out = integrations->balancers[i];
      return TRUE;
    }
  }
  gboolean group = kind == BALANCER_KIND_TARGET_GROUP;
  if (integrations->aws == NULL)
    return refuse_unknown (integrations, group ? "target group" : "load balancer", name,
                           "balancers", error);
  *out = (BalancerSettings){ .name = name,
                             .driver = group ? BALANCER_DRIVER_ELBV2 : BALANCER_DRIVER_ELB,
                             .aws_name = name };
  return TRUE;
}

gboolean
integrations_find_alarm (const Integrations *integrations, const char *name, AlarmSettings *out,
                         GError **error)
{
  for (gsize i = 0; i < integrations->n_alarms; i++) {
    if (strcmp (integrations->alarms[i].name, name) == 0) {
      *out = integrations->alarms[i];
      return TRUE;
    }
  }
  if (integrations->aws == NULL)
    return refuse_unknown (integrations, "alarm", name, "alarms", error);
  *out = (AlarmSettings){ .name = name, .driver = ALARM_DRIVER_CLOUDWATCH, .aws_name = name };
  return TRUE;
}

gboolean
integrations_find_trigger (const Integrations *integrations, const char *arn, TriggerSettings *out,
                           GError **error)
{
  for (gsize i = 0; i < integrations->n_triggers; i++) {
    if (strcmp (integrations->triggers[i].name, arn) == 0) {
      *out = integrations->triggers[i];
      return TRUE;
    }
  }
  if (integrations->aws == NULL)
    return refuse_unknown (integrations, "trigger target", arn, "triggers", error);
  *out = (TriggerSettings){ .name = arn, .driver = TRIGGER_DRIVER_SNS };
  return TRUE;
}

gboolean
integrations_carries_registered_hosts (gpointer integrations, const char *kind, const char *name)
{
  BalancerKind known;
  BalancerSettings balancer;
  return balancer_kind_from_name (kind, &known) &&
         integrations_find_balancer (integrations, known, name, &balancer, NULL) &&
         balancer.driver == BALANCER_DRIVER_HAPROXY;
}

/* ---- the sample ---- */

const char *
integrations_sample (void)
{
  return "# Services outside that Slipway works with. Read at start; docs/integrations.md tells "
         "more.\n"
         "# Secrets stand in files of their own, relative to this folder, with mode 0600.\n"
         "\n"
         "# AWS, for everything that has no entry of its own below.\n"
         "# aws:\n"
         "#   region: us-east-1             # default: this server's\n"
         "#   credentials_file: aws.ini     # [default] aws_access_key_id = ... "
         "aws_secret_access_key = ...\n"
         "#   profile: default\n"
         "#   ca_file: ca.pem               # default: the system's\n"
         "#   timeout_seconds: 20           # of one call\n"
         "#   endpoints:                    # default: https://SERVICE.REGION.amazonaws.com\n"
         "#     elasticloadbalancing: https://elb.example\n"
         "\n"
         "# Balancers, by their names in a deployment group's loadBalancerInfo.\n"
         "# balancers:\n"
         "#   web:\n"
         "#     driver: haproxy\n"
         "#     socket: /run/haproxy/admin.sock   # or host:port; a list for several HAProxys\n"
         "#     backend: web                      # default: the balancer's name\n"
         "#     server: \"{instance}\"              # what a host's server is called\n"
         "#     drain_seconds: 300                # then open connections are cut off\n"
         "#   api: {driver: elbv2, name: api-blue}  # a target group; name: default the same\n"
         "#   old: {driver: elb}                    # a classic load balancer\n"
         "\n"
         "# Alarms, by their names in a deployment group's alarmConfiguration.\n"
         "# alarms:\n"
         "#   high-errors: {driver: prometheus, url: \"http://127.0.0.1:9090\", alert: "
         "HighErrors}\n"
         "#   slow: {driver: prometheus, url: \"http://127.0.0.1:9090\", expression: \"p99 > 2\"}\n"
         "#   cpu: {driver: cloudwatch, name: cpu-high}\n"
         "\n"
         "# Where triggers go, by triggerTargetArn.\n"
         "# triggers:\n"
         "#   \"arn:aws:sns:us-east-1:123456789012:ops\":\n"
         "#     {driver: webhook, url: \"https://ops.example/hook\", secret_file: hook.key}\n"
         "\n"
         "# Who gets every event.\n"
         "# events:\n"
         "#   - {driver: eventbridge, bus: default}\n"
         "#   - {driver: cloudevents, url: \"https://ops.example/events\", secret_file: hook.key}\n"
         "\n"
         "# Whether tag filters and Auto Scaling groups are asked of EC2.\n"
         "# inventory: {ec2: true}\n";
}
