#pragma once

#include <glib.h>

#include "core/enum-names.h"

/* The services outside that a server works with, as DIR/integrations.yml names them: balancers, alarms, triggers, receivers of
 * events, EC2. The API's names stay; this file says what they mean here (design: "Outside AWS"). A target group called web can be an
 * ELBv2 target group, a classic balancer or a HAProxy backend; an alarm CloudWatch's or a Prometheus rule.
 *
 *   aws: {credentials_file: aws.ini}
 *   balancers:
 *     web: {driver: haproxy, socket: /run/haproxy/admin.sock}
 *
 * No file: nothing is configured. It is read whole at start, and every mistake in it is told with its line; one is enough to
 * not start. Secrets are never in it: it names files that hold them, by paths relative to the data folder, and those
 * must be closed to other users.
 *
 * What has no entry is AWS's, under its own name, if there is a section aws; else it is unknown: the functions at the end
 * say so with a remedy.
 *
 * Thread rule: constant once read, any thread. */

#define INTEGRATIONS_FILE "integrations.yml"

#define BALANCER_DRIVER_LIST(X)                                                                    \
  X (BALANCER_DRIVER_HAPROXY, "haproxy")                                                           \
  X (BALANCER_DRIVER_ELBV2, "elbv2")                                                               \
  X (BALANCER_DRIVER_ELB, "elb")
ENUM_NAMES_TYPE (BalancerDriver, BALANCER_DRIVER_LIST);
ENUM_NAMES_DECLARE (BalancerDriver, balancer_driver)

/* Under which of loadBalancerInfo's lists a balancer is named. The texts are those of errands' requests. */
#define BALANCER_KIND_LIST(X)                                                                      \
  X (BALANCER_KIND_ELB, "elb")                                                                     \
  X (BALANCER_KIND_TARGET_GROUP, "targetGroup")
ENUM_NAMES_TYPE (BalancerKind, BALANCER_KIND_LIST);
ENUM_NAMES_DECLARE (BalancerKind, balancer_kind)

#define ALARM_DRIVER_LIST(X)                                                                       \
  X (ALARM_DRIVER_PROMETHEUS, "prometheus")                                                        \
  X (ALARM_DRIVER_CLOUDWATCH, "cloudwatch")
ENUM_NAMES_TYPE (AlarmDriver, ALARM_DRIVER_LIST);
ENUM_NAMES_DECLARE (AlarmDriver, alarm_driver)

#define TRIGGER_DRIVER_LIST(X)                                                                     \
  X (TRIGGER_DRIVER_SNS, "sns")                                                                    \
  X (TRIGGER_DRIVER_WEBHOOK, "webhook")
ENUM_NAMES_TYPE (TriggerDriver, TRIGGER_DRIVER_LIST);
ENUM_NAMES_DECLARE (TriggerDriver, trigger_driver)

#define EVENTS_DRIVER_LIST(X)                                                                      \
  X (EVENTS_DRIVER_EVENTBRIDGE, "eventbridge")                                                     \
  X (EVENTS_DRIVER_CLOUDEVENTS, "cloudevents")
ENUM_NAMES_TYPE (EventsDriver, EVENTS_DRIVER_LIST);
ENUM_NAMES_DECLARE (EventsDriver, events_driver)

typedef struct {
  const char *service; /* as in host names of AWS: "elasticloadbalancing" */
  const char *url;     /* without a slash at the end */
} AwsEndpoint;

/* Paths in here are absolute or relative to the working directory, not to the data folder any more. */
typedef struct {
  const char *region;
  const char *credentials_file; /* shared-credentials format; closed to others */
  const char *profile;          /* its section */
  const char *ca_file;          /* NULL: the system's */
  gint64 timeout_s;             /* of one call */
  gsize n_endpoints;
  const AwsEndpoint *endpoints; /* of services that are elsewhere than AWS's own */
} AwsSettings;

typedef struct {
  const char *name; /* in loadBalancerInfo */
  BalancerDriver driver;
  const char *const
      *sockets;        /* haproxy: all of a pair or more; "/path" or "host:port"; NULL-terminated */
  const char *backend; /* haproxy */
  const char *server;  /* haproxy: how a host's server is called, with {instance} */
  gint64 drain_s;      /* haproxy: then a host is cut off with its connections open */
  const char *aws_name; /* elbv2, elb: its name or ARN there */
} BalancerSettings;

typedef struct {
  const char *name; /* in alarmConfiguration */
  AlarmDriver driver;
  const char *url;           /* prometheus */
  const char *alert;         /* prometheus: the name of a rule; or */
  const char *expression;    /* an expression that has a result as long as the alarm is active */
  const char *token_file;    /* prometheus: a bearer token; NULL: none */
  const char *password_file; /* prometheus: USER:PASSWORD; NULL: none */
  const char *ca_file;       /* prometheus; NULL: the system's */
  const char *aws_name;      /* cloudwatch: its name there */
} AlarmSettings;

typedef struct {
  const char *name; /* triggerTargetArn */
  TriggerDriver driver;
  const char *url;         /* webhook */
  const char *secret_file; /* webhook: signs what is sent */
  const char *ca_file;     /* webhook; NULL: the system's */
} TriggerSettings;

typedef struct {
  const char *name; /* its place: "events[0]" */
  EventsDriver driver;
  const char *bus;         /* eventbridge */
  const char *source;      /* eventbridge: what its events say where they come from */
  const char *url;         /* cloudevents */
  const char *secret_file; /* cloudevents; NULL: unsigned */
  const char *ca_file;     /* cloudevents; NULL: the system's */
} EventsSettings;

typedef struct {
  gboolean ec2; /* tag filters and Auto Scaling groups are asked of EC2 */
} InventorySettings;

typedef struct Integrations Integrations;
struct Integrations {
  gpointer owner;         /* of all the texts */
  const char *file_name;  /* for messages */
  const AwsSettings *aws; /* NULL: there is no such section */
  gsize n_balancers;
  const BalancerSettings *balancers;
  gsize n_alarms;
  const AlarmSettings *alarms;
  gsize n_triggers;
  const TriggerSettings *triggers;
  gsize n_events;
  const EventsSettings *events;
  InventorySettings inventory;
};

#define INTEGRATIONS_ERROR (integrations_error_quark ())
GQuark integrations_error_quark (void);
typedef enum {
  INTEGRATIONS_ERROR_FILE,   /* mistakes, one a line: "FILE:LINE: what and what to do" */
  INTEGRATIONS_ERROR_UNKNOWN /* no entry, and no section aws */
} IntegrationsError;

/* Mistakes past so many are only counted. */
#define INTEGRATIONS_MAX_MISTAKES 20

/* The text alone; no file is looked at. dir: what paths are relative to; region: the default of aws.region. */
Integrations *integrations_parse (const char *text, gsize length, const char *file_name,
                                  const char *dir, const char *region, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* DIR/integrations.yml with the files that it names, which must be there, readable, and closed to others where they hold
 * secrets. Empty when there is no such file. Blocks on the disk. */
Integrations *integrations_load (const char *dir, const char *region, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* NULL is allowed. */
void integrations_free (Integrations *integrations);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Integrations, integrations_free)

/* A commented-out example of everything, for `slipwayd init`. A constant. */
const char *integrations_sample (void);

/* What a name means: its entry, or AWS's of that name. *out refers to name and to integrations. Errors:
 * INTEGRATIONS_ERROR_UNKNOWN, which names the file and what to write there. */
gboolean integrations_find_balancer (const Integrations *integrations, BalancerKind kind,
                                     const char *name, BalancerSettings *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean integrations_find_alarm (const Integrations *integrations, const char *name,
                                  AlarmSettings *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean integrations_find_trigger (const Integrations *integrations, const char *arn,
                                    TriggerSettings *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether a balancer can have hosts that are no EC2 instances: EngineConfig.carries_registered_hosts, with an Integrations. kind:
 * a BalancerKind's text. */
gboolean integrations_carries_registered_hosts (gpointer integrations, const char *kind,
                                                const char *name);
