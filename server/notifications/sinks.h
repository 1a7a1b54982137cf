#pragma once

#include "core/ambient.h"
#include "core/arn.h"
#include "server/engine/engine.h"
#include "server/integrations/aws-client.h"
#include "server/integrations/integrations.h"
#include "store/records/notification.h"

/* Where notifications go: triggers' targets (SNS topics, or signed webhooks in their place) and receivers of all events (EventBridge,
 * CloudEvents), as integrations.yml names them. One delivery is one request; who repeats it is the courier.
 *
 * A trigger's sink is its target's ARN. A receiver's is "eventbridge:BUS" or "cloudevents:URL", without the URL's query.
 *
 * Thread rule: any thread. Deliveries block for up to half a minute. */
typedef struct Sinks Sinks;

/* All is borrowed; aws: NULL without a section aws. */
Sinks *sinks_new (const Integrations *integrations, AwsClient *aws, const ArnScope *scope,
                  const Ambient *ambient) G_GNUC_WARN_UNUSED_RESULT;
/* No delivery may be on its way. NULL is allowed. */
void sinks_free (Sinks *sinks);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Sinks, sinks_free)

/* Names of the receivers of all events, NULL-terminated. */
const char *const *sinks_receivers (const Sinks *sinks);
/* Whether a trigger's target can be told anything; data: a Sinks. */
gboolean sinks_reaches (gpointer data, const char *target_arn);

/* TRUE once the receiver has taken it. The error is for people, and shows no secret. */
gboolean sinks_deliver (Sinks *sinks, const NotificationRecord *record, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
