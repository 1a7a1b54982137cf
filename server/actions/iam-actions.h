#pragma once

#include "server/api-call.h"

/* The actions of identity: users, keys, policies, roles (iam-*.c) and temporary keys (sts.c). ApiAction all of them; see
 * server/api-call.h for what they get and must do. */

gboolean action_create_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_get_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_users (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_delete_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_tag_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_untag_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_user_tags (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_create_access_key (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_access_keys (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_update_access_key (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_delete_access_key (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_put_user_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_get_user_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_user_policies (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_delete_user_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_attach_user_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_detach_user_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_attached_user_policies (ApiCall *call, StoreTx *tx, gpointer output,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean action_put_role_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_get_role_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_role_policies (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_delete_role_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_attach_role_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_detach_role_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_attached_role_policies (ApiCall *call, StoreTx *tx, gpointer output,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_policies (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_get_policy (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_get_policy_version (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_create_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_get_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_roles (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_update_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_update_assume_role_policy (ApiCall *call, StoreTx *tx, gpointer output,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean action_delete_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_tag_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_untag_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_role_tags (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_groups_for_user (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_mfa_devices (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_ssh_public_keys (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_service_specific_credentials (ApiCall *call, StoreTx *tx, gpointer output,
                                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_signing_certificates (ApiCall *call, StoreTx *tx, gpointer output,
                                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean action_list_instance_profiles_for_role (ApiCall *call, StoreTx *tx, gpointer output,
                                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean action_get_login_profile (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_delete_login_profile (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_get_caller_identity (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_assume_role (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
gboolean action_get_session_token (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
