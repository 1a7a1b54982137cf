#pragma once

/* For tests only: a deployment, d-AAAAAAAA1, of the group g ("web") of the application 1 ("shop"). */

#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment.h"
#include "store/test-database.h"

static void
test_insert_deployment (StoreTx *tx)
{
  const ApplicationRecord application = { .id = "1", .name = "shop", .create_ms = 1 };
  const DeploymentGroupRecord group = { .id = "g",
                                        .application_id = "1",
                                        .name = "web",
                                        .deployment_config_name = "c",
                                        .service_role_arn = "r",
                                        .settings_json = "{}",
                                        .create_ms = 1 };
  const DeploymentRecord deployment = { .id = "d-AAAAAAAA1",
                                        .application_id = "1",
                                        .group_id = "g",
                                        .config_name = "c",
                                        .info_json = "{}",
                                        .create_ms = 1 };
  DeploymentGroupWrite written;
  gboolean taken;
  TEST_STORE_OK (application_record_insert (tx, &application, &taken, &error));
  TEST_STORE_OK (deployment_group_record_insert (tx, &group, &written, &error));
  TEST_STORE_OK (deployment_record_insert (tx, &deployment, &taken, &error));
}
