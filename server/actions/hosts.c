#include "core/arn.h"
#include "proto/api-error.h"
#include "server/actions/catalog-actions.h"
#include "server/actions/iam.h"
#include "server/actions/instances.h"
#include "server/gone-principal.h"
#include "server/keyring.h"
#include "store/records/instance.h"

/* RegisterHost and DeregisterHost, of our own: an on-premises instance together with the identity of its agent. */

/* Deletes the principal with its keys if it is a host's; another kind of principal is none of ours. *out_foreign: it is
 * of another kind. */
static gboolean
delete_host_principal (ApiCall *call, StoreTx *tx, const char *arn, gboolean *out_foreign,
                       GError **error)
{
  Principal *principal;
  if (!principal_record_by_arn (tx, arn, call->arena, &principal, error))
    return FALSE;
  *out_foreign = principal != NULL && principal->kind != PRINCIPAL_HOST;
  return principal == NULL || *out_foreign ||
         (gone_principal_user (tx, principal, error) &&
          keyring_delete_principal (call->env->keyring, tx, arn, error));
}

gboolean
action_register_host (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiRegisterHostInput *input = call->input;
  ApiRegisterHostOutput *out = output;
  const char *name = input->instance_name;
  const ApiEnv *env = call->env;
  if (!instances_check_tags (input->tags, error))
    return FALSE;

  Principal host = { .arn = arn_for_iam_user (call->arena, &env->arn, IAM_HOST_PATH, name),
                     .kind = PRINCIPAL_HOST,
                     .path = IAM_HOST_PATH,
                     .name = name,
                     .create_ms = call->now_ms };
  KeyringNewKey key;
  Principal *namesake = NULL;
  gboolean foreign;
  /* A principal left over from an earlier registration of the name goes first: its keys must not come back to life. */
  if (!instances_register (call, tx, name, host.arn, NULL, error) ||
      !instances_add_tags (call, tx, name, input->tags, error) ||
      !delete_host_principal (call, tx, host.arn, &foreign, error))
    return FALSE;
  if (!foreign && !principal_record_by_name (tx, name, call->arena, &namesake, error))
    return FALSE;
  if (foreign || namesake != NULL) {
    api_error_set (error, API_ERR_IAM_USER_ARN_ALREADY_REGISTERED,
                   "%s is a user of this server and not a host",
                   foreign ? host.arn : namesake->arn);
    return FALSE;
  }
  if (!keyring_create_key (env->keyring, tx, &host, call->now_ms, &key, error))
    return FALSE;
  out->instance_name = name;
  out->iam_user_arn = host.arn;
  out->access_key_id = arena_strdup (call->arena, key.id);
  out->secret_access_key = arena_strdup (call->arena, key.secret);
  out->region = env->arn.region;
  out->host_ca_pem = env->ca_pem;
  out->signer_ca_pem = env->signer_ca_pem;
  return TRUE;
}

gboolean
action_deregister_host (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeregisterHostInput *input = call->input;
  const char *name = input->instance_name;
  const InstanceRecord *record;
  gboolean foreign;
  if (!instances_deregister (call, tx, name, &record, error))
    return FALSE;
  if (record == NULL) {
    api_error_set (error, API_ERR_INSTANCE_NOT_REGISTERED,
                   "No on-premises instance is registered under the name %s", name);
    return FALSE;
  }
  /* An instance may be registered with somebody else's identity, who is not to be deleted with it. */
  const char *own = arn_for_iam_user (call->arena, &call->env->arn, IAM_HOST_PATH, name);
  return g_strcmp0 (record->iam_user_arn, own) != 0 ||
         delete_host_principal (call, tx, record->iam_user_arn, &foreign, error);
}
