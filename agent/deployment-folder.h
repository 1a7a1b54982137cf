#pragma once

#include "agent/host.h"

/*
 * The folder of one deployment, ROOT_DIR/GROUP/DEPLOYMENT (agent.md 3.2), held open: what DownloadBundle does in it is relative to its
 * descriptor, so that nobody who could exchange a folder on the way has it done elsewhere. root_dir itself may be a link, as
 * its owner likes; nothing below is followed. What is made here is never writable for others, whatever the umask.
 *
 * An archive is made in a folder of another name and gets its own when it is whole, and loses it before it is taken apart:
 * whoever finds "deployment-archive" finds all of it, after a crash as well. Leftovers are removed by the next attempt.
 *
 * Thread rule: a value belongs to one thread at a time; blocks on the disk.
 */
typedef struct {
  int fd;
  char *path; /* for messages and links */
} DeploymentFolder;

void deployment_folder_clear (DeploymentFolder *folder);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (DeploymentFolder, deployment_folder_clear)

/* Makes what is missing of it. */
gboolean deployment_folder_make (const AgentHost *host, const char *group_id,
                                 const char *deployment_id, DeploymentFolder *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The folder of an earlier deployment; an error when it is not there. */
gboolean deployment_folder_open (const AgentHost *host, const char *group_id,
                                 const char *deployment_id, DeploymentFolder *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* An empty file in place of whatever has the name; a link is not written through. -1 with error set. */
int deployment_folder_create_file (const DeploymentFolder *folder, const char *name, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Takes the archive away, if there is one, and what earlier attempts left of theirs. */
gboolean deployment_folder_forget_archive (const DeploymentFolder *folder, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* An empty folder to make an archive in. -1 with error set. */
int deployment_folder_begin_archive (const DeploymentFolder *folder, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The leading-directory rule (agent.md 3.6): one folder alone, with something named like an AppSpec in it, is the archive. */
gboolean deployment_folder_strip_archive (const DeploymentFolder *folder, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* The archive that was begun is whole. */
gboolean deployment_folder_finish_archive (const DeploymentFolder *folder, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
