#include "server/integrations/integrations.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "server/files.h"

static Integrations *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  Integrations *integrations =
      integrations_parse (text, strlen (text), "x.yml", "/data", "eu-west-3", &error);
  g_assert_no_error (error);
  return integrations;
}

static void
expect_mistakes (const char *text, const char *lines)
{
  g_autoptr (GError) error = NULL;
  g_assert_null (integrations_parse (text, strlen (text), "x.yml", "/data", "eu-west-3", &error));
  g_assert_error (error, INTEGRATIONS_ERROR, INTEGRATIONS_ERROR_FILE);
  g_assert_cmpstr (error->message, ==, lines);
}

#define EVERYTHING                                                                                 \
  "aws:\n"                                                                                         \
  "  region: eu-west-1\n"                                                                          \
  "  credentials_file: aws.ini\n"                                                                  \
  "  profile: ci\n"                                                                                \
  "  ca_file: /etc/ca.pem\n"                                                                       \
  "  timeout_seconds: 7\n"                                                                         \
  "  endpoints: {elasticloadbalancing: 'http://127.0.0.1:1/', ec2: 'https://ec2.example/x'}\n"     \
  "balancers:\n"                                                                                   \
  "  web: {driver: haproxy, socket: /run/h.sock}\n"                                                \
  "  pair: {driver: haproxy, socket: ['10.0.0.1:9999', '[::1]:9999'], backend: be,\n"              \
  "         server: 's-{instance}', drain_seconds: 0}\n"                                           \
  "  api: {driver: elbv2, name: api-blue}\n"                                                       \
  "  old: {driver: elb}\n"                                                                         \
  "alarms:\n"                                                                                      \
  "  errors: {driver: prometheus, url: 'http://p:9090', alert: Errors, token_file: t}\n"           \
  "  slow: {driver: prometheus, url: 'http://p:9090', expression: 'p99 > 2'}\n"                    \
  "  cpu: {driver: cloudwatch}\n"                                                                  \
  "triggers:\n"                                                                                    \
  "  'arn:aws:sns:x:1:ops': {driver: webhook, url: 'https://h/x?y=z', secret_file: hook.key}\n"    \
  "events:\n"                                                                                      \
  "  - {driver: eventbridge}\n"                                                                    \
  "  - {driver: cloudevents, url: 'https://h/e'}\n"                                                \
  "inventory: {ec2: true}\n"

static void
test_aws (void)
{
  g_autoptr (Integrations) in = parse (EVERYTHING);
  g_assert_cmpstr (in->aws->region, ==, "eu-west-1");
  g_assert_cmpstr (in->aws->credentials_file, ==, "/data/aws.ini");
  g_assert_cmpstr (in->aws->profile, ==, "ci");
  g_assert_cmpstr (in->aws->ca_file, ==, "/etc/ca.pem");
  g_assert_cmpint (in->aws->timeout_s, ==, 7);
  g_assert_cmpuint (in->aws->n_endpoints, ==, 2);
  g_assert_cmpstr (in->aws->endpoints[0].service, ==, "elasticloadbalancing");
  g_assert_cmpstr (in->aws->endpoints[0].url, ==, "http://127.0.0.1:1");
  g_assert_true (in->inventory.ec2);
  g_autoptr (Integrations) least = parse ("aws: {credentials_file: a}\n");
  g_assert_cmpstr (least->aws->region, ==, "eu-west-3");
  g_assert_cmpstr (least->aws->profile, ==, "default");
  g_assert_cmpint (least->aws->timeout_s, ==, 20);
  g_assert_false (least->inventory.ec2);
}

static void
test_balancers (void)
{
  g_autoptr (Integrations) in = parse (EVERYTHING);
  g_assert_cmpuint (in->n_balancers, ==, 4);
  const BalancerSettings *web = &in->balancers[0];
  g_assert_cmpstr (web->sockets[0], ==, "/run/h.sock");
  g_assert_null (web->sockets[1]);
  g_assert_cmpstr (web->backend, ==, "web");
  g_assert_cmpstr (web->server, ==, "{instance}");
  g_assert_cmpint (web->drain_s, ==, 300);
  const BalancerSettings *pair = &in->balancers[1];
  g_assert_cmpstr (pair->sockets[1], ==, "[::1]:9999");
  g_assert_cmpstr (pair->backend, ==, "be");
  g_assert_cmpstr (pair->server, ==, "s-{instance}");
  g_assert_cmpint (pair->drain_s, ==, 0);
  g_assert_cmpstr (in->balancers[2].aws_name, ==, "api-blue");
  g_assert_cmpint (in->balancers[3].driver, ==, BALANCER_DRIVER_ELB);
  g_assert_cmpstr (in->balancers[3].aws_name, ==, "old");
}

static void
test_others (void)
{
  g_autoptr (Integrations) in = parse (EVERYTHING);
  g_assert_cmpstr (in->alarms[0].alert, ==, "Errors");
  g_assert_cmpstr (in->alarms[0].token_file, ==, "/data/t");
  g_assert_cmpstr (in->alarms[1].expression, ==, "p99 > 2");
  g_assert_cmpstr (in->alarms[2].aws_name, ==, "cpu");
  g_assert_cmpstr (in->triggers[0].url, ==, "https://h/x?y=z");
  g_assert_cmpstr (in->triggers[0].secret_file, ==, "/data/hook.key");
  g_assert_cmpuint (in->n_events, ==, 2);
  g_assert_cmpstr (in->events[0].bus, ==, "default");
  g_assert_cmpstr (in->events[1].name, ==, "events[1]");
  g_assert_cmpstr (in->events[1].url, ==, "https://h/e");
}

static void
test_every_mistake (void)
{
  expect_mistakes (
      "balancers:\n"
      "  a: {driver: haproxi}\n"
      "  b:\n"
      "    driver: haproxy\n"
      "    sockt: /x\n"
      "  c: {driver: elbv2}\n"
      "  d: {driver: haproxy, socket: relative, backend: 'a b', drain_seconds: -1}\n"
      "alarms: [x]\n"
      "alarmz: {}\n",
      "x.yml:9: the file has no \"alarmz\" (did you mean alarms?): it can have aws, "
      "balancers, alarms, triggers, events, inventory\n"
      "x.yml:2: balancers.a.driver must be one of haproxy, elbv2, elb, and is \"haproxi\" (did "
      "you mean haproxy?)\n"
      "x.yml:5: balancers.b has no \"sockt\" (did you mean socket?): it can have "
      "socket, backend, server, drain_seconds\n"
      "x.yml:4: balancers.b needs \"socket\"\n"
      "x.yml:6: balancers.c.driver elbv2 asks AWS: add a section \"aws\" with a "
      "credentials_file\n"
      "x.yml:7: balancers.d.drain_seconds must be a whole number of seconds from 0 to "
      "3600\n"
      "x.yml:7: balancers.d.backend \"a b\" must be HAProxy's name of a backend: "
      "letters, digits and -_.:\n"
      "x.yml:7: balancers.d.socket \"relative\" must be a socket's absolute path, or "
      "host:port\n"
      "x.yml:8: alarms must be a mapping, \"key: value\" lines, not a sequence");
}

static void
test_mistakes_by_kind (void)
{
  static const struct {
    const char *text, *lines;
  } cases[] = {
    { "- a\n", "x.yml:1: the file must be a mapping, \"key: value\" lines, not a sequence" },
    { "aws:\n", "x.yml:1: aws must be a mapping, \"key: value\" lines, not nothing" },
    { "aws: {credentials_file: a, region: 'x/y'}\n",
      "x.yml:1: aws.region \"x/y\" must be letters, digits and -" },
    { "aws: {credentials_file: a, endpoints: {elb: 'http://x'}}\n",
      "x.yml:1: aws.endpoints has no \"elb\": it can have elasticloadbalancing, autoscaling, ec2, "
      "monitoring, sns, events" },
    { "balancers: {a: {driver: haproxy, socket: /s, server: web}}\n",
      "x.yml:1: balancers.a.server \"web\" must be the name of a host's server there, with "
      "{instance} once where the host's name stands" },
    { "balancers: {a: {driver: haproxy, socket: /s, server: 'a;{instance}'}}\n",
      "x.yml:1: balancers.a.server \"a;{instance}\" must be the name of a host's server there, "
      "with {instance} once where the host's name stands" },
    { "balancers: {a: {driver: haproxy, socket: []}}\n", "x.yml:1: balancers.a.socket is empty" },
    { "alarms: {a: {driver: prometheus, url: 'ftp://x', alert: a, expression: b}}\n",
      "x.yml:1: alarms.a.url must be an absolute URL: http://HOST:PORT or https://HOST\n"
      "x.yml:1: alarms.a needs either \"alert\", a rule's name, or \"expression\"" },
    { "alarms: {a: {driver: prometheus, url: 'http://me:pw@x', alert: a}}\n",
      "x.yml:1: alarms.a.url must have no user, password or #fragment" },
    { "alarms: {a: {driver: prometheus, url: 'http://x/?token=t', alert: a}}\n",
      "x.yml:1: alarms.a.url must have no ?query: paths are appended to it" },
    { "aws: {credentials_file: a, endpoints: {sns: 'http://x?y'}}\n",
      "x.yml:1: aws.endpoints.sns must have no ?query: paths are appended to it" },
    { "triggers: {a: {driver: webhook, url: 'http://x'}}\n",
      "x.yml:1: triggers.a needs \"secret_file\"" },
    { "events: {}\n", "x.yml:1: events must be a list, lines that begin with \"- \"" },
    { "inventory: {ec2: yes}\n", "x.yml:1: inventory.ec2 must be true or false" },
    { "inventory: {ec2: true}\n",
      "x.yml:1: inventory.ec2 asks AWS: add a section \"aws\" with a credentials_file" },
    { "alarms: {}\nalarms: {}\n", "x.yml:2: key \"alarms\" is given twice" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_mistakes (cases[i].text, cases[i].lines);
}

static void
test_many_mistakes (void)
{
  g_autoptr (GString) text = g_string_new ("alarms:\n");
  for (int i = 0; i < 100; i++)
    g_string_append_printf (text, "  a%d: {}\n", i);
  g_autoptr (GError) error = NULL;
  g_assert_null (integrations_parse (text->str, text->len, "x.yml", "/data", "eu-west-3", &error));
  g_assert_true (g_str_has_suffix (error->message, "\nand 80 more"));
}

static void
test_nothing (void)
{
  g_autoptr (Integrations) empty = parse ("");
  g_assert_null (empty->aws);
  g_autoptr (Integrations) sample = parse (integrations_sample ());
  g_assert_cmpuint (sample->n_balancers, ==, 0);
  g_autoptr (Integrations) sections = parse ("balancers:\nalarms: {}\nevents:\n");
  g_assert_cmpuint (sections->n_events, ==, 0);
}

/* What stands behind "# " at the margin is meant to be used as it is. */
static void
test_sample_means_what_it_says (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_auto (GStrv) lines = g_strsplit (integrations_sample (), "\n", -1);
  for (char **line = lines; *line != NULL; line++) {
    const char *inner = g_str_has_prefix (*line, "# ") ? *line + 2 : "";
    gboolean prose = g_ascii_isupper (*inner);
    g_string_append_printf (text, "%s\n", prose ? "" : inner);
  }
  g_autoptr (Integrations) in = parse (text->str);
  g_assert_nonnull (in->aws);
  g_assert_cmpuint (in->aws->n_endpoints, ==, 1);
  g_assert_cmpuint (in->n_balancers, ==, 3);
  g_assert_cmpstr (in->balancers[0].server, ==, "{instance}");
  g_assert_cmpuint (in->n_alarms, ==, 3);
  g_assert_cmpuint (in->n_triggers, ==, 1);
  g_assert_cmpuint (in->n_events, ==, 2);
  g_assert_true (in->inventory.ec2);
}

static void
test_names (void)
{
  g_autoptr (Integrations) with = parse (EVERYTHING);
  g_autoptr (Integrations) without = parse ("balancers: {web: {driver: haproxy, socket: /s}}\n");
  g_autoptr (GError) error = NULL;
  BalancerSettings balancer;
  AlarmSettings alarm;
  TriggerSettings trigger;
  g_assert_true (
      integrations_find_balancer (with, BALANCER_KIND_TARGET_GROUP, "old", &balancer, &error));
  g_assert_cmpint (balancer.driver, ==, BALANCER_DRIVER_ELB);
  g_assert_true (
      integrations_find_balancer (with, BALANCER_KIND_TARGET_GROUP, "new", &balancer, &error));
  g_assert_cmpint (balancer.driver, ==, BALANCER_DRIVER_ELBV2);
  g_assert_cmpstr (balancer.aws_name, ==, "new");
  g_assert_true (integrations_find_balancer (with, BALANCER_KIND_ELB, "new", &balancer, &error));
  g_assert_cmpint (balancer.driver, ==, BALANCER_DRIVER_ELB);
  g_assert_true (integrations_find_alarm (with, "other", &alarm, &error));
  g_assert_cmpint (alarm.driver, ==, ALARM_DRIVER_CLOUDWATCH);
  g_assert_true (integrations_find_trigger (with, "arn:aws:sns:x:1:ops", &trigger, &error));
  g_assert_cmpint (trigger.driver, ==, TRIGGER_DRIVER_WEBHOOK);
  g_assert_true (integrations_carries_registered_hosts (with, "targetGroup", "web"));
  g_assert_false (integrations_carries_registered_hosts (with, "targetGroup", "new"));
  g_assert_false (integrations_carries_registered_hosts (with, "targetGroupPair", "web"));

  g_assert_false (
      integrations_find_balancer (without, BALANCER_KIND_TARGET_GROUP, "new", &balancer, &error));
  g_assert_error (error, INTEGRATIONS_ERROR, INTEGRATIONS_ERROR_UNKNOWN);
  g_assert_cmpstr (error->message, ==,
                   "target group \"new\" is not known: name it among the balancers of x.yml, or "
                   "add a section aws there to have AWS asked, and restart slipwayd");
  g_clear_error (&error);
  g_assert_false (integrations_find_alarm (without, "other", &alarm, &error));
  g_clear_error (&error);
  g_assert_false (integrations_find_trigger (without, "arn:x", &trigger, &error));
  g_assert_false (integrations_carries_registered_hosts (without, "targetGroup", "new"));
}

/* ---- on disk ---- */

typedef struct {
  char *dir;
  GError *error;
} Folder;

static void
set_up (Folder *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("slipway-integrations-XXXXXX", &f->error);
  g_assert_no_error (f->error);
}

static void
tear_down (Folder *f, gconstpointer data)
{
  static const char *const names[] = { "integrations.yml", "aws.ini", "hook.key" };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (f->dir, names[i], NULL);
    g_unlink (path);
  }
  g_rmdir (f->dir);
  g_free (f->dir);
  g_clear_error (&f->error);
}

static void
put (Folder *f, const char *name, int mode, const char *text)
{
  g_autofree char *path = g_build_filename (f->dir, name, NULL);
  g_assert_true (files_write_unsynced (path, text, -1, mode, &f->error));
}

static Integrations *
load (Folder *f)
{
  return integrations_load (f->dir, "eu-west-3", &f->error);
}

static void
expect_load_mistake (Folder *f, const char *part)
{
  g_assert_null (load (f));
  g_assert_error (f->error, INTEGRATIONS_ERROR, INTEGRATIONS_ERROR_FILE);
  if (strstr (f->error->message, part) == NULL)
    g_error ("\"%s\" does not say \"%s\"", f->error->message, part);
  g_clear_error (&f->error);
}

#define KEYS "[default]\naws_access_key_id = A\naws_secret_access_key = hush\n"

static void
test_no_file (Folder *f, gconstpointer data)
{
  g_autoptr (Integrations) none = load (f);
  g_assert_no_error (f->error);
  g_assert_cmpuint (none->n_balancers, ==, 0);
  g_assert_null (none->aws);
}

static void
test_good_files (Folder *f, gconstpointer data)
{
  put (f, "integrations.yml", 0644, "aws: {credentials_file: aws.ini}\n");
  put (f, "aws.ini", 0600, KEYS);
  g_autoptr (Integrations) in = load (f);
  g_assert_no_error (f->error);
  g_assert_true (g_str_has_suffix (in->aws->credentials_file, "/aws.ini"));
}

static void
test_bad_files (Folder *f, gconstpointer data)
{
  put (f, "integrations.yml", 0644,
       "aws:\n  credentials_file: aws.ini\n"
       "triggers:\n  x: {driver: webhook, url: 'http://x', secret_file: hook.key}\n");
  expect_load_mistake (f, "integrations.yml:2: aws.credentials_file: ");
  put (f, "aws.ini", 0644, KEYS);
  put (f, "hook.key", 0640, "hush");
  expect_load_mistake (f, "aws.ini is open to other users (mode 0644): chmod 600 it");
  expect_load_mistake (f, "integrations.yml:4: triggers.x.secret_file: ");
  put (f, "hook.key", 0600, "");
  expect_load_mistake (f, "hook.key is empty: a secret is expected there");
  put (f, "hook.key", 0600, "hush");
  put (f, "aws.ini", 0600, "[other]\nhush\n");
  expect_load_mistake (f, "aws.ini: line 2: expected");
  put (f, "aws.ini", 0600, "[other]\na=hush\n");
  expect_load_mistake (f, "aws.ini has no section [default] with aws_access_key_id");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/integrations/aws-with-its-defaults", test_aws);
  g_test_add_func ("/integrations/balancers-with-their-defaults", test_balancers);
  g_test_add_func ("/integrations/alarms-triggers-events", test_others);
  g_test_add_func ("/integrations/every-mistake-is-told-with-its-line", test_every_mistake);
  g_test_add_func ("/integrations/mistakes-by-kind", test_mistakes_by_kind);
  g_test_add_func ("/integrations/too-many-mistakes-are-counted", test_many_mistakes);
  g_test_add_func ("/integrations/nothing-is-configured", test_nothing);
  g_test_add_func ("/integrations/the-sample-can-be-used", test_sample_means_what_it_says);
  g_test_add_func ("/integrations/names-without-an-entry-are-aws-s", test_names);
#define ADD(name, test) g_test_add ("/integrations/" name, Folder, NULL, set_up, test, tear_down)
  ADD ("no-file-is-fine", test_no_file);
  ADD ("named-files-are-looked-at", test_good_files);
  ADD ("bad-files-are-told-with-the-line-that-names-them", test_bad_files);
  return g_test_run ();
}
