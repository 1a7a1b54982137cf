#pragma once

#include "proto/api-operation.h"
#include "proto/api-types.h"

/* What a caller needs for each operation (api.md 7; for identity the service authorization reference of IAM and STS): one
 * constant table, indexed by ApiOp. server/authorize.h asks for it.
 *
 * Thread rule: constant; any thread. */

/* Where a value stands in an operation's input. */
typedef enum {
  PLACE_NOWHERE,
  PLACE_TEXT,
  PLACE_TEXTS, /* a list */
  PLACE_TAGS,  /* a list of key and value */
  PLACE_VALUE, /* of any other type: it only counts whether it is given */
} PlaceKind;

typedef struct {
  PlaceKind kind;
  gsize offset;
} Place;

/* Is there a value? An empty list of tags is none. */
gboolean place_is_given (const Place *place, const void *input);
/* The text, or the elements of the list: *out_n of them. */
const char *const *place_texts (const Place *place, const void *input, gsize *out_n);
/* NULL when it is not given, or not of that kind. */
const char *place_text (const Place *place, const void *input);
const ApiTagList *place_tags (const Place *place, const void *input);

/* The kind of resource that an action is evaluated on, and which places name it. */
typedef enum {
  RESOURCE_ANY,         /* "*": the action has no resource */
  RESOURCE_APPLICATION, /* name */
  RESOURCE_GROUP,       /* of, an application; name */
  RESOURCE_CONFIG,      /* name */
  RESOURCE_USED_CONFIG, /* name, or the one that the group has: of, within */
  RESOURCE_INSTANCE,    /* name, of an on-premises instance */
  RESOURCE_DEPLOYMENT, /* name, an id: the deployment's group, or "*" when there is no such deployment */
  RESOURCE_ARN,        /* name, an ARN of this service */
  RESOURCE_USER,       /* name, or the caller itself */
  RESOURCE_NEW_USER, /* of, a path; name */
  RESOURCE_ROLE,     /* name */
  RESOURCE_NEW_ROLE, /* of, a path; name */
  RESOURCE_GIVEN,    /* name, an ARN that is taken as it is */
} ResourceKind;

typedef struct {
  const char *action;    /* NULL: the operation's own */
  const char *or_action; /* allowed as well; or NULL */
  ResourceKind kind;
  Place name; /* a list names several resources; all have to be allowed */
  Place of;
  Place within;
  Place when;            /* asked only when this is given */
  const char *passed_to; /* iam:PassedToService, of iam:PassRole; or NULL */
} PermissionNeed;

/* A value of the input that conditions may look at. */
typedef struct {
  const char *key; /* "iam:PolicyARN" */
  Place place;
} PermissionFact;

typedef enum {
  PERMISSION_UNKNOWN,   /* an operation without a row: for administrators only */
  PERMISSION_NEEDED,    /* all of needs */
  PERMISSION_FREE,      /* for whoever has a key: GetCallerIdentity */
  PERMISSION_HOST,      /* for hosts, as themselves */
  PERMISSION_BY_ACTION, /* the action judges: AssumeRole, by the role's trust policy */
} PermissionRule;

#define PERMISSION_MAX_NEEDS 4
#define PERMISSION_MAX_FACTS 2

typedef struct {
  PermissionRule rule;
  PermissionNeed needs[PERMISSION_MAX_NEEDS];
  guint n_needs;
  Place tags;     /* aws:RequestTag/..., aws:TagKeys */
  Place tag_keys; /* aws:TagKeys */
  PermissionFact facts[PERMISSION_MAX_FACTS];
} Permission;

const Permission *permission_of (ApiOp op);

/* What stands before the colon in the operation's action: "codedeploy". */
const char *permission_prefix (const ApiOperation *op);
