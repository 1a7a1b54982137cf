#pragma once

#include "core/ambient.h"
#include "core/arn.h"
#include "server/errand-runner.h"
#include "server/integrations/aws-client.h"
#include "server/integrations/integrations.h"

/* The services outside, as this server talks to them: what integrations.yml names, put together from its parts, and which of them performs which
 * errand of the engine.
 *
 * Thread rule: made and freed by one thread; performers are called by any. */
typedef struct Services Services;

/* All are borrowed. Nothing is connected to yet. */
Services *services_new (const Integrations *integrations, const ArnScope *arn,
                        const Ambient *ambient) G_GNUC_WARN_UNUSED_RESULT;
/* No errand may be on its way. NULL is allowed. */
void services_free (Services *services);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Services, services_free)

/* Calls to AWS that are on their way end now, and later ones at once; of other balancers each ends with what it is asked. So nothing that
 * stops waits for long. */
void services_abort (Services *services);

/* The client for AWS, for all who call it; NULL without a section aws. */
AwsClient *services_aws (Services *services);

/* Whether errands about EC2 instances and Auto Scaling groups are performed: inventory.ec2, with a section aws. */
gboolean services_list_instances (const Services *services);

/* Sets the rows of the errands that are performed here. */
void services_fill_performers (Services *services, ErrandPerformer performers[ERRAND_N_KINDS]);
