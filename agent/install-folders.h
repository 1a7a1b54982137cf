#pragma once

#include "agent/install-journal.h"
#include "core/install-layout.h"

/*
 * Descriptors of the folders in which an Install works, by the index of the creation that is staged there. Siblings come in runs, so the
 * last folder is kept open; nothing walks a whole path for each file.
 *
 * Thread rule: a cursor belongs to one thread; what it points at may be shared.
 */
typedef struct {
  const InstallJournal *journal;
  const InstallLayout *layout;
  const InstallIdentity
      *identities; /* by creation, of the folders that are roots; NULL: not known */
  int fd;          /* -1: none is open */
  gsize root;      /* what the folder is in; G_MAXSIZE: where a root stands */
  GString *parent; /* the path that it will have, with a slash at the end */
  GString *name;
} InstallFolders;

void install_folders_init (InstallFolders *folders, const InstallJournal *journal,
                           const InstallLayout *layout, const InstallIdentity *identities);
void install_folders_clear (InstallFolders *folders);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (InstallFolders, install_folders_clear)

/*
 * Makes fd the folder in which creation index is staged, and name its name there; both are good until the next call. In a root's
 * place another folder than the one that was staged is an error.
 */
gboolean install_folders_enter (InstallFolders *folders, gsize index, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Makes fd the folder that path is in, following links as safe-path.h says. */
gboolean install_folders_enter_parent (InstallFolders *folders, const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* FALSE and errno when there is nothing. */
gboolean install_identity_at (int dir_fd, const char *name, InstallIdentity *out);
gboolean install_identity_equal (const InstallIdentity *one, const InstallIdentity *other);
