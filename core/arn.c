#include "core/arn.h"

#include "core/names.h"

#include <string.h>

#define ACCOUNT_DIGITS 12

static gboolean
is_account_id (const char *text)
{
  return strlen (text) == ACCOUNT_DIGITS && strspn (text, "0123456789") == ACCOUNT_DIGITS;
}

/* Cuts the text before the next colon off; NULL when there is none. */
static const char *
take_field (const char **rest, Arena *arena)
{
  const char *colon = strchr (*rest, ':');
  const char *field;

  if (colon == NULL)
    return NULL;
  field = arena_strndup (arena, *rest, (gsize)(colon - *rest));
  *rest = colon + 1;
  return field;
}

gboolean
arn_parse (const char *text, Arena *arena, Arn *out)
{
  const char *rest = text;
  const char *scheme, *partition, *service, *region, *account;

  if (text == NULL || strnlen (text, NAMES_ARN_MAX_LENGTH * 4 + 1) > NAMES_ARN_MAX_LENGTH * 4 ||
      names_length (text) > NAMES_ARN_MAX_LENGTH)
    return FALSE;
  if ((scheme = take_field (&rest, arena)) == NULL ||
      (partition = take_field (&rest, arena)) == NULL ||
      (service = take_field (&rest, arena)) == NULL ||
      (region = take_field (&rest, arena)) == NULL || (account = take_field (&rest, arena)) == NULL)
    return FALSE;
  if (strcmp (scheme, "arn") != 0 || partition[0] == '\0' || service[0] == '\0' || rest[0] == '\0')
    return FALSE;
  *out = (Arn){ partition, service, region, account, arena_strdup (arena, rest) };
  return TRUE;
}

static const struct {
  const char *type;
  ArnKind kind;
} resource_types[] = {
  { "application", ARN_APPLICATION },
  { "deploymentgroup", ARN_DEPLOYMENT_GROUP },
  { "deploymentconfig", ARN_DEPLOYMENT_CONFIG },
  { "instance", ARN_INSTANCE },
};

ArnResource
arn_resource (const Arn *arn, Arena *arena)
{
  const ArnResource other = { ARN_OTHER, NULL, NULL };
  gsize type_length = strcspn (arn->resource, ":/");
  const char *name, *slash;
  ArnKind kind = ARN_OTHER;

  if (strcmp (arn->service, "codedeploy") != 0 || arn->resource[type_length] == '\0')
    return other;
  for (gsize i = 0; i < G_N_ELEMENTS (resource_types); i++)
    if (strlen (resource_types[i].type) == type_length &&
        strncmp (arn->resource, resource_types[i].type, type_length) == 0)
      kind = resource_types[i].kind;

  name = arn->resource + type_length + 1;
  slash = strchr (name, '/');
  if (kind == ARN_OTHER || name[0] == '\0')
    return other;
  if (kind != ARN_DEPLOYMENT_GROUP)
    return slash == NULL ? (ArnResource){ kind, name, NULL } : other;
  if (slash == NULL || slash == name || slash[1] == '\0' || strchr (slash + 1, '/') != NULL)
    return other;
  return (ArnResource){ kind, arena_strndup (arena, name, (gsize)(slash - name)), slash + 1 };
}

/* arn:<partition>:codedeploy:<region>:<account>: */
#define PREFIX             "arn:%s:codedeploy:%s:%s:"
#define PREFIX_ARGS(scope) (scope)->partition, (scope)->region, (scope)->account_id

char *
arn_for_application (Arena *arena, const ArnScope *scope, const char *application)
{
  return arena_printf (arena, PREFIX "application:%s", PREFIX_ARGS (scope), application);
}

char *
arn_for_deployment_group (Arena *arena, const ArnScope *scope, const char *application,
                          const char *group)
{
  return arena_printf (arena, PREFIX "deploymentgroup:%s/%s", PREFIX_ARGS (scope), application,
                       group);
}

char *
arn_for_deployment_config (Arena *arena, const ArnScope *scope, const char *config)
{
  return arena_printf (arena, PREFIX "deploymentconfig:%s", PREFIX_ARGS (scope), config);
}

char *
arn_for_instance (Arena *arena, const ArnScope *scope, const char *name, const char *suffix)
{
  return arena_printf (arena, PREFIX "instance/%s_%s", PREFIX_ARGS (scope), name, suffix);
}

char *
arn_for_instance_name (Arena *arena, const ArnScope *scope, const char *name)
{
  return arena_printf (arena, PREFIX "instance/%s", PREFIX_ARGS (scope), name);
}

char *
arn_for_ec2_instance (Arena *arena, const ArnScope *scope, const char *instance_id)
{
  return arena_printf (arena, "arn:%s:ec2:%s:%s:instance/%s", PREFIX_ARGS (scope), instance_id);
}

char *
arn_for_iam_user (Arena *arena, const ArnScope *scope, const char *path, const char *name)
{
  return arena_printf (arena, "arn:%s:iam::%s:user%s%s", scope->partition, scope->account_id, path,
                       name);
}

char *
arn_for_iam_role (Arena *arena, const ArnScope *scope, const char *path, const char *name)
{
  return arena_printf (arena, "arn:%s:iam::%s:role%s%s", scope->partition, scope->account_id, path,
                       name);
}

char *
arn_for_managed_policy (Arena *arena, const ArnScope *scope, const char *path, const char *name)
{
  return arena_printf (arena, "arn:%s:iam::aws:policy%s%s", scope->partition, path, name);
}

char *
arn_for_sts_session (Arena *arena, const ArnScope *scope, const char *role, const char *session)
{
  return arena_printf (arena, "arn:%s:sts::%s:assumed-role/%s/%s", scope->partition,
                       scope->account_id, role, session);
}

/* An ARN of a global service (no region) of some account, whose resource starts with prefix: what follows it, or NULL. */
static const char *
global_resource (const Arn *arn, const char *service, const char *prefix)
{
  if (strcmp (arn->service, service) != 0 || arn->region[0] != '\0' ||
      !is_account_id (arn->account_id) || !g_str_has_prefix (arn->resource, prefix))
    return NULL;
  return arn->resource + strlen (prefix);
}

/* IAM's own characters for names. */
static gboolean
is_iam_name (const char *text, gsize n)
{
  for (gsize i = 0; i < n; i++)
    if (!g_ascii_isalnum (text[i]) && strchr ("+=,.@_-", text[i]) == NULL)
      return FALSE;
  return n > 0;
}

gboolean
arn_is_iam_user (const char *text)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *name, *last;
  Arn arn;

  if (!arn_parse (text, arena, &arn) || (name = global_resource (&arn, "iam", "user/")) == NULL)
    return FALSE;
  /* A path may hold any printable ASCII character (IAM API reference, CreateUser). */
  for (const char *c = name; *c != '\0'; c++)
    if (*c <= ' ' || *c >= 0x7f)
      return FALSE;
  last = strrchr (name, '/');
  last = last == NULL ? name : last + 1;
  return is_iam_name (last, strlen (last));
}

gboolean
arn_is_sts_session (const char *text)
{
  g_autoptr (Arena) arena = arena_new ();
  const char *role, *slash;
  Arn arn;

  if (!arn_parse (text, arena, &arn) ||
      (role = global_resource (&arn, "sts", "assumed-role/")) == NULL)
    return FALSE;
  slash = strchr (role, '/');
  return slash != NULL && is_iam_name (role, (gsize)(slash - role)) &&
         is_iam_name (slash + 1, strlen (slash + 1));
}

char *
arn_respelled (Arena *arena, const char *arn)
{
  char *copy = arena_strdup (arena, arn);
  char *at = copy;
  for (int colons = 0; *at != '\0' && colons < 5; at++)
    colons += *at == ':';
  at += strcspn (at, ":/");
  if (*at != '\0')
    *at = *at == ':' ? '/' : ':';
  return copy;
}
