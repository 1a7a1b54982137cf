#pragma once

#include <jansson.h>

#include "core/arena.h"
#include "core/arn.h"
#include "store/records/notification.h"

/* A notification in the words of those who get it: messages of SNS triggers and EventBridge's events as the public service sends them
 * (deployments.md 7.2, 7.3), and CloudEvents 1.0.
 *
 * Pure: the same notification gives the same bytes at every try. tests/golden/notifications holds one of each.
 *
 * Thread rule: any thread. */

/* record->fact_json, parsed; new reference. */
json_t *payload_read_fact (const NotificationRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* What a trigger's subscribers get: JSON text. */
char *payload_sns_message (const ArnScope *scope, const NotificationRecord *record,
                           const json_t *fact, Arena *arena);
/* Its subject: ASCII, less than 100 characters. */
char *payload_sns_subject (const ArnScope *scope, const json_t *fact, Arena *arena);

/* An entry of PutEvents. bus: the event bus's name or ARN. source: "aws.codedeploy" is what the public service writes. New reference. */
json_t *payload_event_entry (const ArnScope *scope, const NotificationRecord *record,
                             const json_t *fact, const char *bus, const char *source);

/* A CloudEvent in structured mode (application/cloudevents+json). */
char *payload_cloud_event (const ArnScope *scope, const NotificationRecord *record,
                           const json_t *fact, Arena *arena);
