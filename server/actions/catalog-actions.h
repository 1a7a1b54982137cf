#pragma once

#include "server/api-call.h"

/* The catalogue's actions, by the file they are in; each is a row of registry.c. See ApiAction. */

#define CATALOG_ACTION(name)                                                                       \
  gboolean name (ApiCall *call, StoreTx *tx, gpointer output, GError **error)                      \
      G_GNUC_WARN_UNUSED_RESULT;

/* applications.c */
CATALOG_ACTION (action_create_application)
CATALOG_ACTION (action_get_application)
CATALOG_ACTION (action_batch_get_applications)
CATALOG_ACTION (action_list_applications)
CATALOG_ACTION (action_update_application)
CATALOG_ACTION (action_delete_application)

/* deployment-groups.c */
CATALOG_ACTION (action_create_deployment_group)
CATALOG_ACTION (action_get_deployment_group)
CATALOG_ACTION (action_batch_get_deployment_groups)
CATALOG_ACTION (action_list_deployment_groups)
CATALOG_ACTION (action_update_deployment_group)
CATALOG_ACTION (action_delete_deployment_group)

/* deployment-configs.c */
CATALOG_ACTION (action_create_deployment_config)
CATALOG_ACTION (action_get_deployment_config)
CATALOG_ACTION (action_list_deployment_configs)
CATALOG_ACTION (action_delete_deployment_config)

/* revisions.c */
CATALOG_ACTION (action_register_application_revision)
CATALOG_ACTION (action_get_application_revision)
CATALOG_ACTION (action_batch_get_application_revisions)
CATALOG_ACTION (action_list_application_revisions)

/* instances.c */
CATALOG_ACTION (action_register_on_premises_instance)
CATALOG_ACTION (action_get_on_premises_instance)
CATALOG_ACTION (action_batch_get_on_premises_instances)
CATALOG_ACTION (action_list_on_premises_instances)
CATALOG_ACTION (action_deregister_on_premises_instance)
CATALOG_ACTION (action_add_tags_to_on_premises_instances)
CATALOG_ACTION (action_remove_tags_from_on_premises_instances)

/* tags.c */
CATALOG_ACTION (action_tag_resource)
CATALOG_ACTION (action_untag_resource)
CATALOG_ACTION (action_list_tags_for_resource)

/* github-tokens.c */
CATALOG_ACTION (action_list_git_hub_account_token_names)
CATALOG_ACTION (action_delete_git_hub_account_token)
CATALOG_ACTION (action_put_git_hub_account_token)
CATALOG_ACTION (action_link_application_to_git_hub)

/* external-resources.c */
CATALOG_ACTION (action_delete_resources_by_external_id)

/* audit.c */
CATALOG_ACTION (action_lookup_events)

/* hosts.c and server.c */
CATALOG_ACTION (action_register_host)
CATALOG_ACTION (action_deregister_host)
CATALOG_ACTION (action_describe_server)
CATALOG_ACTION (action_list_notifications)
CATALOG_ACTION (action_retry_notification)
CATALOG_ACTION (action_drop_notification)

#undef CATALOG_ACTION
