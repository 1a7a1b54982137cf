#pragma once

#include "agent/bundle.h"
#include "agent/diagnostics.h"
#include "cli/local-events.h"
#include "cli/local-interrupt.h"
#include "cli/local-location.h"

/*
 * A deployment to this machine without a server (agent.md 7): what was asked for is checked, a deployment specification made of it, and
 * the agent's own executor runs the events, in the folders that the agent uses.
 *
 * Thread rule: main thread; blocks for as long as the deployment takes.
 */
typedef struct {
  const char *location; /* path or URI */
  const char *type;     /* "tgz", "tar", "zip", "directory" */
  const char *file_exists;
  const char *group_id;
  const char *group_name;
  const char *application_name; /* NULL: the location */
  const char *events;           /* comma separated; NULL: all eleven */
  const char *appspec_filename; /* NULL: appspec.yml, or appspec.yaml */
  const char *github_token;     /* NULL: anonymous */
  const char *github_endpoint;  /* the agent's */
} LocalRequest;

typedef struct {
  const DeploymentSpec *spec;
  LocalEvents events; /* in the order of running */
} LocalDeployment;

#define LOCAL_DEPLOYMENT_ERROR (local_deployment_error_quark ())
GQuark local_deployment_error_quark (void);
typedef enum {
  LOCAL_DEPLOYMENT_ERROR_TYPE,     /* none of the four, or not what is at the location */
  LOCAL_DEPLOYMENT_ERROR_MISSING,  /* nothing is at the location */
  LOCAL_DEPLOYMENT_ERROR_APPSPEC,  /* the folder has none */
  LOCAL_DEPLOYMENT_ERROR_LOCATION, /* bundles do not come from there */
  LOCAL_DEPLOYMENT_ERROR_VALUE
} LocalDeploymentError;

/* The checks of agent.md 7.2 in their order; nothing is written. Also: LOCAL_LOCATION_ERROR, LOCAL_EVENTS_ERROR. Results live in arena. */
gboolean local_deployment_prepare (const LocalRequest *request, const Ambient *ambient,
                                   Arena *arena, LocalDeployment *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* How an event went. */
typedef struct {
  const char *event;
  const CommandResult *result;
  gint64 took_ms;
} LocalEventReport;

typedef struct {
  void (*starts) (gpointer ctx, const char *event);
  void (*ended) (gpointer ctx, const LocalEventReport *report);
  gpointer ctx;
} LocalObserver;

/* Runs the events until one fails or a signal comes. FALSE: not all of them ran and succeeded. */
gboolean local_deployment_run (const BundleContext *context, const LocalDeployment *deployment,
                               LocalInterrupt *interrupt, const LocalObserver *observer);
