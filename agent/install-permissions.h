#pragma once

#include <sys/stat.h>

#include "agent/host.h"

/*
 * Owner, mode and ACL of what an Install makes (agent.md 4.4, 4.5). They are set by descriptor, on the file or folder that this
 * Install made, whatever may stand under its name by then; owner first, because a change of owner clears set-id bits.
 *
 * Thread rule: any thread; account and ACL look-ups may block on the name service.
 */
typedef struct {
  uid_t uid; /* (uid_t)-1: left as it is */
  gid_t gid; /* (gid_t)-1: left as it is */
} InstallOwner;

/*
 * The accounts of a plan's CHOWNs: AppSpecPermission -> InstallOwner; the caller unrefs the table. *out_n is the number of instructions
 * before the first one whose user or group this host does not have, which *out_problem then names (agent.md 10.5: the Install fails
 * there, after the copies).
 */
GHashTable *install_permissions_resolve (const InstallPlan *plan, gsize *out_n,
                                         GError **out_problem) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  InstallOwner owner;
  guint mode;                    /* all twelve bits */
  const AppSpecPermission *item; /* for its ACL; NULL: none */
  const char *path;              /* for messages */
} InstallRights;

/* now: what fd is like so far. */
gboolean install_permissions_apply (int fd, const struct stat *now, const InstallRights *rights,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Of a link: name in dir_fd, which must be one that was just made there. */
gboolean install_permissions_own_link (int dir_fd, const char *name, InstallOwner owner,
                                       const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
