#pragma once

#include "core/arena.h"

/*
 * Amazon resource names (api.md 2.3): made here and taken apart here, nowhere else.
 *
 * Thread rule: any thread.
 */
typedef struct {
  const char *partition; /* aws, aws-cn, aws-us-gov */
  const char *region;
  const char *account_id; /* twelve digits */
} ArnScope;

/* arn:<partition>:<service>:<region>:<account>:<resource>; region and account may be empty. */
typedef struct {
  const char *partition;
  const char *service;
  const char *region;
  const char *account_id;
  const char *resource; /* all after the fifth colon, colons and slashes included */
} Arn;

typedef enum {
  ARN_OTHER, /* well formed, of no kind that this service has */
  ARN_APPLICATION,
  ARN_DEPLOYMENT_GROUP,
  ARN_DEPLOYMENT_CONFIG,
  ARN_INSTANCE
} ArnKind;

/* A codedeploy resource. name is the application's, configuration's or instance's (with its suffix); group is set for a deployment group only. */
typedef struct {
  ArnKind kind;
  const char *name;
  const char *group;
} ArnResource;

/* FALSE when text is NULL, longer than 1011, or not an ARN. Strings live in arena. */
gboolean arn_parse (const char *text, Arena *arena, Arn *out) G_GNUC_WARN_UNUSED_RESULT;
/* What a parsed ARN of service codedeploy names; after the type stands ':' or '/'. ARN_OTHER for all else. */
ArnResource arn_resource (const Arn *arn, Arena *arena);

char *arn_for_application (Arena *arena, const ArnScope *scope, const char *application);
char *arn_for_deployment_group (Arena *arena, const ArnScope *scope, const char *application,
                                const char *group);
char *arn_for_deployment_config (Arena *arena, const ArnScope *scope, const char *config);
/* On-premises instance: ...:instance/<name>_<suffix>. */
char *arn_for_instance (Arena *arena, const ArnScope *scope, const char *name, const char *suffix);
/* As policies name it: ...:instance/<name>. */
char *arn_for_instance_name (Arena *arena, const ArnScope *scope, const char *name);
char *arn_for_ec2_instance (Arena *arena, const ArnScope *scope, const char *instance_id);
/* arn:<p>:iam::<account>:user<path><name>; path begins and ends with '/'. */
char *arn_for_iam_user (Arena *arena, const ArnScope *scope, const char *path, const char *name);

/* The same with role instead of user. */
char *arn_for_iam_role (Arena *arena, const ArnScope *scope, const char *path, const char *name);
/* arn:<p>:iam::aws:policy<path><name>: a policy that is built in. */
char *arn_for_managed_policy (Arena *arena, const ArnScope *scope, const char *path,
                              const char *name);
/* arn:<p>:sts::<account>:assumed-role/<role>/<session> */
char *arn_for_sts_session (Arena *arena, const ArnScope *scope, const char *role,
                           const char *session);

/* arn:<p>:iam::<12 digits>:user/[path/]<name> */
gboolean arn_is_iam_user (const char *text);
/* arn:<p>:sts::<12 digits>:assumed-role/<role>/<session> */
gboolean arn_is_sts_session (const char *text);

/* The other spelling of a codedeploy ARN: a slash for the colon behind the resource's type, a colon for the slash. */
char *arn_respelled (Arena *arena, const char *arn);
