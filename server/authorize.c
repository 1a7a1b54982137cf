#include "server/authorize.h"

#include <jansson.h>

#include "proto/shape.h"

/* The resource that the request names, for the message: its ARN, or "*". */
static const char *
resource_of (const ApiCall *call)
{
  const ArnScope *scope = &call->env->arn;
  json_t *input = shape_encode (call->op->input, call->input);
  const char *application = json_string_value (json_object_get (input, "applicationName"));
  const char *group = json_string_value (json_object_get (input, "deploymentGroupName"));
  const char *config = json_string_value (json_object_get (input, "deploymentConfigName"));
  const char *arn = "*";
  if (application != NULL && group != NULL)
    arn = arn_for_deployment_group (call->arena, scope, application, group);
  else if (application != NULL)
    arn = arn_for_application (call->arena, scope, application);
  else if (config != NULL)
    arn = arn_for_deployment_config (call->arena, scope, config);
  json_decref (input);
  return arn;
}

gboolean
authorize_call (const ApiCall *call, StoreTx *tx, GError **error)
{
  const ApiOperation *op = call->op;
  switch (call->principal->kind) {
  case PRINCIPAL_ADMINISTRATOR:
    return TRUE;
  case PRINCIPAL_HOST:
    if (op->service == API_SERVICE_HOST_COMMANDS)
      return TRUE;
    break;
  case PRINCIPAL_USER:
  case PRINCIPAL_SESSION:
    break;
  }
  api_error_set (error, API_ERR_ACCESS_DENIED,
                 "User: %s is not authorized to perform: %s:%s on resource: %s because a host may "
                 "only take its own commands",
                 call->principal->arn,
                 op->service == API_SERVICE_SLIPWAY ? "slipway" : "codedeploy", op->name,
                 resource_of (call));
  return FALSE;
}
