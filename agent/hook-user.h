#pragma once

#include "agent/hook-spawn.h"
#include "core/arena.h"

/*
 * The user that an AppSpec's "runas" names, from the host's user database, with what switching to it takes.
 *
 * Thread rule: any thread; may block where the database does (LDAP).
 */
typedef struct {
  const char *name;
  const char *home;
  const char *shell;   /* "/bin/sh" where the database has none */
  HookSpawnUser spawn; /* with all of its groups */
} HookUser;

#define HOOK_USER_ERROR (hook_user_error_quark ())
GQuark hook_user_error_quark (void);
typedef enum {
  HOOK_USER_ERROR_UNKNOWN, /* there is no such user */
  HOOK_USER_ERROR_FAILED   /* the database could not say */
} HookUserError;

/* By name only, as su takes it: a number is no name. */
const HookUser *hook_user_find (const char *name, Arena *arena, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
