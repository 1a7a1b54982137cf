#pragma once

#include "server/api-call.h"
#include "server/permissions.h"

/* The resources that a request names, as ARNs in all the spellings that policies may use for them (api.md 2.3).
 *
 * Thread rule: inside the call's transaction; results live in the call's arena. */
typedef struct {
  gsize n;
  const char *spellings[4]; /* the first is shown to people */
  /* Whose resource tags conditions may look at; NULL: it has none. */
  const char *application;
  const char *group; /* of that application */
  const char *owner; /* a user's or role's ARN */
} NamedResource;

typedef struct {
  gsize n;
  NamedResource *items;
} NamedResources;

/* A need that names nothing (a member that may be absent is absent) is about "*"; the configuration of a group that there is
 * not is about nothing. Unknown names are no error. */
gboolean named_resources_of (const ApiCall *call, StoreTx *tx, const PermissionNeed *need,
                             NamedResources *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The tags that the resource has now; none when it is not there. */
gboolean named_resource_tags (const ApiCall *call, StoreTx *tx, const NamedResource *resource,
                              TagList *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;
