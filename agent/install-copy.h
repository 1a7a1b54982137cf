#pragma once

#include "agent/install-journal.h"
#include "agent/install-permissions.h"

/*
 * One file or link of a revision, copied as Install wants it (agent.md 4.7): content, owner, mode and times of the source, then what
 * the AppSpec says of it. Both ends are given by folder descriptor and name, and no link is followed at either.
 *
 * Thread rule: any thread; blocks on the disk. buffer belongs to the call.
 */
#define INSTALL_COPY_BUFFER_BYTES (128 * 1024)

typedef enum {
  INSTALL_COPY_OPEN, /* others may look into the folder: the file is closed to them until it is complete */
  INSTALL_COPY_CLOSED /* nobody else reaches the folder, so the file is made with its mode */
} InstallCopyReach;

typedef struct {
  int from_dir_fd;
  const char *from_name;
  const char *from_path; /* for messages, as the next but two */
  int to_dir_fd;
  const char *to_name; /* must not be there */
  const char *to_path;
  InstallCopyReach reach;
  InstallOwner
      owner; /* (uid_t)-1: the source's where this process may give files away, else its own */
  const AppSpecPermission *permission; /* NULL: none */
} InstallCopy;

/* *out_made: which file it is. */
gboolean install_copy_file (const InstallCopy *copy, char *buffer, InstallIdentity *out_made,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean install_copy_link (const InstallCopy *copy, InstallIdentity *out_made, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
