#include "server/integrations/services.h"

#include "server/integrations/alarm-reader.h"
#include "server/integrations/balancers.h"
#include "server/integrations/cloudwatch.h"
#include "server/integrations/elb.h"
#include "server/integrations/elbv2.h"
#include "server/integrations/fleet-errands.h"
#include "server/integrations/haproxy.h"
#include "server/integrations/prometheus.h"

struct Services {
  AwsClient *aws;
  Elbv2 *elbv2;
  Balancers *balancers;
  AlarmReader *alarms;
  gboolean lists_instances;
  FleetErrands fleet; /* with lists_instances */
};

Services *
services_new (const Integrations *integrations, const ArnScope *arn, const Ambient *ambient)
{
  Services *services = g_new0 (Services, 1);
  if (integrations->aws != NULL) {
    services->aws = aws_client_new (integrations->aws, ambient);
    services->elbv2 = elbv2_new (services->aws, ambient);
    services->lists_instances = integrations->inventory.ec2;
    services->fleet =
        (FleetErrands){ { services->aws, 0 }, arn->partition, integrations->aws->region };
  }
  /* Without a section aws no name means a balancer of AWS's (integrations.h), so theirs are never asked. */
  const BalancersConfig balancers = {
    .integrations = integrations,
    .ambient = ambient,
    .drivers = {
      [BALANCER_DRIVER_HAPROXY] = { &haproxy_balancer, (gpointer)ambient },
      [BALANCER_DRIVER_ELBV2] = { &elbv2_balancer, services->elbv2 },
      [BALANCER_DRIVER_ELB] = { &elb_balancer, services->aws },
    },
  };
  services->balancers = balancers_new (&balancers);
  const AlarmReaderConfig alarms = {
    .integrations = integrations,
    .ambient = ambient,
    .drivers = {
      [ALARM_DRIVER_PROMETHEUS] = { &prometheus_alarms, (gpointer)ambient },
      [ALARM_DRIVER_CLOUDWATCH] = { &cloudwatch_alarms, services->aws },
    },
  };
  services->alarms = alarm_reader_new (&alarms);
  return services;
}

void
services_free (Services *services)
{
  if (services == NULL)
    return;
  alarm_reader_free (services->alarms);
  balancers_free (services->balancers);
  elbv2_free (services->elbv2);
  aws_client_free (services->aws);
  g_free (services);
}

void
services_abort (Services *services)
{
  if (services == NULL)
    return;
  balancers_abort (services->balancers);
  if (services->aws != NULL)
    aws_client_abort (services->aws);
}

AwsClient *
services_aws (Services *services)
{
  return services->aws;
}

gboolean
services_list_instances (const Services *services)
{
  return services->lists_instances;
}

void
services_fill_performers (Services *services, ErrandPerformer performers[ERRAND_N_KINDS])
{
  const ErrandPerformer balancers = { balancers_perform, services->balancers };
  performers[ERRAND_BLOCK_TRAFFIC] = balancers;
  performers[ERRAND_ALLOW_TRAFFIC] = balancers;
  if (services->lists_instances)
    fleet_errands_install (&services->fleet, performers);
  performers[ERRAND_READ_ALARMS] = (ErrandPerformer){ alarm_reader_perform, services->alarms };
}
