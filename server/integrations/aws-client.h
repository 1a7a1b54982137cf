#pragma once

#include <glib.h>

#include "core/ambient.h"
#include "core/arena.h"
#include "proto/json-doc.h"
#include "server/integrations/aws-error.h"
#include "server/integrations/integrations.h"
#include "server/integrations/xml-tree.h"

/*
 * Calls to AWS, or to what answers like it: signed requests of the Query protocol (answers in XML) and of the JSON protocols.
 * One AwsClient serves all threads; each call takes an HTTP client, with its connections, out of a pool and puts it back.
 *
 * The keys are read from the credentials file anew for each call, so that they can be rotated under a server that runs.
 * Nothing is tried twice. A service that throttles is left alone for a while, by all: calls within that time end at once, as throttled,
 * without a request, and each throttled one that is sent doubles it (deployments.md 13, line 32).
 *
 * Messages name service, action and what the service said; no key, no signature.
 *
 * Errors: AWS_ERROR (aws-error.h).
 *
 * Thread rule: any thread. Calls block for up to aws.timeout_seconds, or until the caller's time is over.
 */
typedef struct AwsClient AwsClient;

/* settings and ambient are borrowed. */
AwsClient *aws_client_new (const AwsSettings *settings, const Ambient *ambient)
    G_GNUC_WARN_UNUSED_RESULT;
/* No call may be in progress. NULL is allowed. */
void aws_client_free (AwsClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (AwsClient, aws_client_free)

/* Ends calls in progress, and every later one, with AWS_ERROR_ABORTED. */
void aws_client_abort (AwsClient *client);

/* How long the service is left alone from now on: 0 when it is not. */
gint64 aws_client_pause_ms (AwsClient *client, const char *service);

/* Who calls: on behalf of something that has its time. */
typedef struct {
  AwsClient *client;
  gint64
      end_us; /* of the ambient's monotonic clock; after it nothing is asked any more. 0: each call has its own time only */
} AwsCaller;

/* Services are called as in AWS's host names, which is also what is signed for: "elasticloadbalancing". */
typedef struct {
  const char *service;
  const char *version; /* "2015-12-01" */
  const char *action;  /* "DescribeTargetGroups" */
  const char *region;  /* NULL: aws.region */
  GString *body;
} AwsQuery;

/* Frees with aws_query_clear. */
AwsQuery aws_query (const char *service, const char *version, const char *action);
void aws_query_clear (AwsQuery *query);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AwsQuery, aws_query_clear)
/* One parameter; its name is a format: aws_query_add (&query, id, "Targets.member.%u.Id", 1). */
void aws_query_add (AwsQuery *query, const char *value, const char *name, ...) G_GNUC_PRINTF (3, 4);

/* The answer's root element, in arena. *out_code, in arena: the service's own word when it refused, denied or throttled, else
 * NULL; out_code may be NULL. */
const XmlNode *aws_client_query (const AwsCaller *caller, const AwsQuery *query, Arena *arena,
                                 const char **out_code, GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  const char *service;   /* "events" */
  const char *target;    /* X-Amz-Target: "AWSEvents.PutEvents" */
  const char *version;   /* of the JSON protocol: "1.1" */
  const char *region;    /* NULL: aws.region */
  const char *body_json; /* an object */
} AwsJsonCall;

/* The same with JSON both ways; new reference. */
json_t *aws_client_json (const AwsCaller *caller, const AwsJsonCall *call, Arena *arena,
                         const char **out_code, GError **error) G_GNUC_WARN_UNUSED_RESULT;
