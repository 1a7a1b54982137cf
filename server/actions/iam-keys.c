#include "proto/api-enums.h"
#include "proto/api-error.h"
#include "server/actions/iam-actions.h"
#include "server/actions/iam.h"
#include "server/actions/page.h"
#include "server/keyring.h"
#include "store/records/access-key.h"

/* Access keys of users. The secret is shown once; what is kept of it is sealed (server/keyring.h). */

static const char *
show_status (gboolean disabled)
{
  return api_access_key_status_name (disabled ? API_ACCESS_KEY_STATUS_INACTIVE
                                              : API_ACCESS_KEY_STATUS_ACTIVE);
}

gboolean
action_create_access_key (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiCreateAccessKeyInput *input = call->input;
  ApiCreateAccessKeyOutput *out = output;
  gint64 limit = call->env->quotas->access_keys;
  Principal *user;
  AccessKeyList keys;
  KeyringNewKey made;
  if (!iam_find_user (call, tx, input->user_name, &user, error) ||
      !access_key_record_list (tx, user->arn, NULL, (gsize)limit, call->arena, &keys, error))
    return FALSE;
  if ((gint64)keys.n >= limit) {
    api_error_set (error, API_ERR_LIMIT_EXCEEDED,
                   "Cannot exceed quota for AccessKeysPerUser: %" G_GINT64_FORMAT, limit);
    return FALSE;
  }
  if (!keyring_create_key (call->env->keyring, tx, user, call->now_ms, &made, error))
    return FALSE;
  ApiAccessKey *shown = arena_new0 (call->arena, ApiAccessKey);
  shown->user_name = user->name;
  shown->access_key_id = arena_strdup (call->arena, made.id);
  shown->status = show_status (FALSE);
  shown->secret_access_key = arena_strdup (call->arena, made.secret);
  shown->create_date = arena_int64 (call->arena, call->now_ms);
  out->access_key = shown;
  return TRUE;
}

static const char *
key_position (gconstpointer items, gsize i, Arena *arena)
{
  AccessKey *const *keys = items;
  return keys[i]->id;
}

gboolean
action_list_access_keys (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiListAccessKeysInput *input = call->input;
  ApiListAccessKeysOutput *out = output;
  gsize size = iam_page_size (input->max_items);
  const char *after;
  Principal *user;
  AccessKeyList keys;
  if (!iam_find_user (call, tx, input->user_name, &user, error) ||
      !page_begin (call, input->marker, &after, error) ||
      !access_key_record_list (tx, user->arn, after, size + 1, call->arena, &keys, error))
    return FALSE;
  IamPage page = iam_page_end (call, keys.n, size, key_position, keys.items);
  ApiAccessKeyMetadataList *list = arena_new0 (call->arena, ApiAccessKeyMetadataList);
  list->n = page.n;
  list->items = arena_new0_n (call->arena, const ApiAccessKeyMetadata *, page.n + 1);
  for (gsize i = 0; i < page.n; i++) {
    ApiAccessKeyMetadata *shown = arena_new0 (call->arena, ApiAccessKeyMetadata);
    shown->user_name = user->name;
    shown->access_key_id = keys.items[i]->id;
    shown->status = show_status (keys.items[i]->disabled);
    shown->create_date = arena_int64 (call->arena, keys.items[i]->create_ms);
    list->items[i] = shown;
  }
  out->access_key_metadata = list;
  out->is_truncated = page.truncated;
  out->marker = page.marker;
  return TRUE;
}

static gboolean
refuse_unknown_key (const char *id, GError **error)
{
  api_error_set (error, API_ERR_NO_SUCH_ENTITY, "The Access Key with id %s cannot be found.", id);
  return FALSE;
}

/* Nobody could manage the server any more without its data folder. */
static gboolean
check_not_last (StoreTx *tx, const char *id, GError **error)
{
  gboolean last;
  if (!access_key_record_is_last_of_administrators (tx, id, &last, error))
    return FALSE;
  if (last)
    api_error_set (error, API_ERR_UNMODIFIABLE_ENTITY,
                   "%s is the last active key of an administrator. Make another one first.", id);
  return !last;
}

gboolean
action_update_access_key (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiUpdateAccessKeyInput *input = call->input;
  gboolean disable =
      api_access_key_status_from_name (input->status) == API_ACCESS_KEY_STATUS_INACTIVE;
  Principal *user;
  gboolean found;
  if (!iam_find_user (call, tx, input->user_name, &user, error) ||
      (disable && !check_not_last (tx, input->access_key_id, error)) ||
      !access_key_record_set_disabled (tx, user->arn, input->access_key_id, disable, &found, error))
    return FALSE;
  keyring_forget (call->env->keyring, tx);
  return found || refuse_unknown_key (input->access_key_id, error);
}

gboolean
action_delete_access_key (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  const ApiDeleteAccessKeyInput *input = call->input;
  Principal *user;
  gboolean found;
  if (!iam_find_user (call, tx, input->user_name, &user, error) ||
      !check_not_last (tx, input->access_key_id, error) ||
      !access_key_record_delete (tx, user->arn, input->access_key_id, &found, error))
    return FALSE;
  keyring_forget (call->env->keyring, tx);
  return found || refuse_unknown_key (input->access_key_id, error);
}
