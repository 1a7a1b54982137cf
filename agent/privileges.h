#pragma once

#include <glib.h>
#include <sys/types.h>

/*
 * How a process that talks to the network gives its privileges up for good (docs/architecture.md, "The agent's processes").
 *
 * Thread rule: before the process has other threads.
 */
#define PRIVILEGES_ERROR (privileges_error_quark ())
GQuark privileges_error_quark (void);
typedef enum {
  PRIVILEGES_ERROR_USER, /* there is no such user, or it has privileges itself */
  PRIVILEGES_ERROR_FAILED
} PrivilegesError;

typedef struct {
  const char *name; /* as found */
  uid_t uid;
  gid_t gid;
} NetworkUser;

/* name NULL: "slipway-agent" where there is such an account, else "nobody". Never root. The name is the caller's to free. */
gboolean privileges_find_user (const char *name, NetworkUser *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Can this process fork one without privileges? NULL: it can; else why not, for the log. */
const char *privileges_why_not_separate (void);

/*
 * From now on: that user and its group, no other group, no way to new privileges (no_new_privs), no core dumps, not to be traced or
 * looked into, and killed when the parent dies.
 */
gboolean privileges_give_up (const NetworkUser *user, GError **error) G_GNUC_WARN_UNUSED_RESULT;
