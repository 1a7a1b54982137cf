#include "server/named-resources.h"

#include <string.h>

#include "store/records/application.h"
#include "store/records/deployment-group.h"
#include "store/records/deployment.h"
#include "store/records/iam-role.h"
#include "store/records/instance.h"
#include "store/records/resource-tag.h"

/* What a name is resolved with. */
typedef struct {
  const ApiCall *call;
  StoreTx *tx;
  const PermissionNeed *need;
} Asked;

static void
add_spelling (NamedResource *resource, const char *arn)
{
  g_assert (resource->n < G_N_ELEMENTS (resource->spellings));
  resource->spellings[resource->n++] = arn;
}

static void
add_both_spellings (NamedResource *resource, const char *arn, Arena *arena)
{
  add_spelling (resource, arn);
  add_spelling (resource, arn_respelled (arena, arn));
}

/* ---- one kind each ---- */

static void
be_application (const ApiCall *call, const char *name, NamedResource *out)
{
  out->application = name;
  add_both_spellings (out, arn_for_application (call->arena, &call->env->arn, name), call->arena);
}

static void
be_group (const ApiCall *call, const char *application, const char *group, NamedResource *out)
{
  out->application = application;
  out->group = group;
  add_both_spellings (out,
                      arn_for_deployment_group (call->arena, &call->env->arn, application, group),
                      call->arena);
}

static void
be_config (const ApiCall *call, const char *name, NamedResource *out)
{
  add_both_spellings (out, arn_for_deployment_config (call->arena, &call->env->arn, name),
                      call->arena);
}

static gboolean
be_instance (const ApiCall *call, StoreTx *tx, const char *name, NamedResource *out, GError **error)
{
  InstanceRecord *record = NULL;
  const ArnScope *scope = &call->env->arn;
  add_both_spellings (out, arn_for_instance_name (call->arena, scope, name), call->arena);
  if (!instance_record_by_name (tx, name, call->arena, &record, error))
    return FALSE;
  if (record != NULL)
    add_both_spellings (out, arn_for_instance (call->arena, scope, name, record->arn_suffix),
                        call->arena);
  return TRUE;
}

/* Policies name a deployment by its group (api.md 7). What allows "*" allows the group's ARN as well, so one question stands for the
 * group first and "*" then. */
static gboolean
be_deployment (const ApiCall *call, StoreTx *tx, const char *id, NamedResource *out, GError **error)
{
  DeploymentRecord *record = NULL;
  if (!deployment_record_by_id (tx, id, call->arena, &record, error))
    return FALSE;
  if (record != NULL)
    be_group (call, record->application_name, record->group_name, out);
  else
    add_spelling (out, "*");
  return TRUE;
}

/* The configuration that a deployment would use: what the request names, or the group's. *out_name NULL: there is no such group, and so no deployment. */
static gboolean
find_used_config (const Asked *asked, const char **out_name, GError **error)
{
  const ApiCall *call = asked->call;
  const char *application = place_text (&asked->need->of, call->input);
  const char *group = place_text (&asked->need->within, call->input);
  ApplicationRecord *application_record = NULL;
  DeploymentGroupRecord *group_record = NULL;
  *out_name = place_text (&asked->need->name, call->input);
  if (*out_name != NULL || application == NULL || group == NULL)
    return TRUE;
  if (!application_record_by_name (asked->tx, application, call->arena, &application_record,
                                   error) ||
      (application_record != NULL &&
       !deployment_group_record_by_name (asked->tx, application_record->id, group, call->arena,
                                         &group_record, error)))
    return FALSE;
  if (group_record != NULL)
    *out_name = group_record->deployment_config_name;
  return TRUE;
}

/* Account and region are this server's, whatever the ARN says: so do the actions read it. */
static void
be_arn (const ApiCall *call, const char *text, NamedResource *out)
{
  Arn arn;
  ArnResource resource = { ARN_OTHER, NULL, NULL };
  if (arn_parse (text, call->arena, &arn))
    resource = arn_resource (&arn, call->arena);
  switch (resource.kind) {
  case ARN_APPLICATION:
    be_application (call, resource.name, out);
    break;
  case ARN_DEPLOYMENT_GROUP:
    be_group (call, resource.name, resource.group, out);
    break;
  case ARN_DEPLOYMENT_CONFIG:
    be_config (call, resource.name, out);
    break;
  case ARN_INSTANCE:
  case ARN_OTHER: /* the action says what is wrong with it */
    add_spelling (out, text);
    break;
  }
}

static gboolean
be_user (const ApiCall *call, StoreTx *tx, const char *name, NamedResource *out, GError **error)
{
  Principal *principal = NULL;
  if (!principal_record_by_name (tx, name, call->arena, &principal, error))
    return FALSE;
  out->owner = principal != NULL ? principal->arn
                                 : arn_for_iam_user (call->arena, &call->env->arn, "/", name);
  add_spelling (out, out->owner);
  return TRUE;
}

static gboolean
be_role (const ApiCall *call, StoreTx *tx, const char *name, NamedResource *out, GError **error)
{
  IamRole *role = NULL;
  if (!iam_role_record_by_name (tx, name, call->arena, &role, error))
    return FALSE;
  out->owner =
      role != NULL ? role->arn : arn_for_iam_role (call->arena, &call->env->arn, "/", name);
  add_spelling (out, out->owner);
  return TRUE;
}

/* A path that is not one is for the action to refuse. */
static const char *
path_of (const Asked *asked)
{
  const char *path = place_text (&asked->need->of, asked->call->input);
  return path == NULL || *path == '\0' ? "/" : path;
}

static gboolean
be_named (const Asked *asked, const char *name, NamedResource *out, GError **error)
{
  const ApiCall *call = asked->call;
  const ArnScope *scope = &call->env->arn;
  const char *of = place_text (&asked->need->of, call->input);
  switch (asked->need->kind) {
  case RESOURCE_APPLICATION:
    be_application (call, name, out);
    return TRUE;
  case RESOURCE_GROUP:
    if (of != NULL)
      be_group (call, of, name, out);
    else
      add_spelling (out, "*");
    return TRUE;
  case RESOURCE_CONFIG:
    be_config (call, name, out);
    return TRUE;
  case RESOURCE_INSTANCE:
    return be_instance (call, asked->tx, name, out, error);
  case RESOURCE_DEPLOYMENT:
    return be_deployment (call, asked->tx, name, out, error);
  case RESOURCE_ARN:
    be_arn (call, name, out);
    return TRUE;
  case RESOURCE_USER:
    return be_user (call, asked->tx, name, out, error);
  case RESOURCE_ROLE:
    return be_role (call, asked->tx, name, out, error);
  case RESOURCE_NEW_USER:
    add_spelling (out, arn_for_iam_user (call->arena, scope, path_of (asked), name));
    return TRUE;
  case RESOURCE_NEW_ROLE:
    add_spelling (out, arn_for_iam_role (call->arena, scope, path_of (asked), name));
    return TRUE;
  case RESOURCE_GIVEN:
    add_spelling (out, name);
    return TRUE;
  case RESOURCE_ANY:
  case RESOURCE_USED_CONFIG:
    break;
  }
  g_assert_not_reached ();
}

/* Without a name. */
static void
be_unnamed (const Asked *asked, NamedResource *out)
{
  const Principal *principal = asked->call->principal;
  gboolean is_user = asked->need->kind == RESOURCE_USER;
  if (is_user && principal->role_arn == NULL)
    out->owner = principal->arn;
  add_spelling (out, is_user ? principal->arn : "*");
}

static gboolean
be_used_config (const Asked *asked, NamedResources *out, GError **error)
{
  const char *name = NULL;
  if (!find_used_config (asked, &name, error))
    return FALSE;
  out->n = name == NULL ? 0 : 1;
  if (name != NULL)
    be_config (asked->call, name, &out->items[0]);
  return TRUE;
}

gboolean
named_resources_of (const ApiCall *call, StoreTx *tx, const PermissionNeed *need,
                    NamedResources *out, GError **error)
{
  const Asked asked = { call, tx, need };
  gsize n = 0;
  const char *const *names = place_texts (&need->name, call->input, &n);
  out->items = arena_new0_n (call->arena, NamedResource, MAX (n, 1));
  if (need->kind == RESOURCE_USED_CONFIG)
    return be_used_config (&asked, out, error);
  out->n = MAX (n, 1);
  if (n == 0)
    be_unnamed (&asked, &out->items[0]);
  for (gsize i = 0; i < n; i++)
    if (!be_named (&asked, names[i], &out->items[i], error))
      return FALSE;
  return TRUE;
}

/* ---- tags ---- */

gboolean
named_resource_tags (const ApiCall *call, StoreTx *tx, const NamedResource *resource, TagList *out,
                     GError **error)
{
  ApplicationRecord *application = NULL;
  DeploymentGroupRecord *group = NULL;
  const char *id = resource->owner;
  *out = (TagList){ 0, NULL };
  if (resource->application != NULL &&
      !application_record_by_name (tx, resource->application, call->arena, &application, error))
    return FALSE;
  if (application != NULL)
    id = application->id;
  if (resource->group != NULL) {
    if (application != NULL &&
        !deployment_group_record_by_name (tx, application->id, resource->group, call->arena, &group,
                                          error))
      return FALSE;
    id = group == NULL ? NULL : group->id;
  }
  return id == NULL || resource_tag_record_list (tx, id, call->arena, out, error);
}
