#include "proto/api-types.h"
#include "server/actions/catalog-actions.h"

/* DescribeServer, of our own: what the command line needs to know of a server. */
gboolean
action_describe_server (ApiCall *call, StoreTx *tx, gpointer output, GError **error)
{
  ApiDescribeServerOutput *out = output;
  out->version = SLIPWAY_VERSION;
  out->account_id = call->env->arn.account_id;
  out->region = call->env->arn.region;
  out->default_bucket = call->env->settings->default_bucket;
  return TRUE;
}
