#include "agent/bundle-etag.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "core/pathname.h"
#include "proto/write-all.h"

#define ETAG_FILE      ".bundle-etag"
#define MAX_ETAG_BYTES 1024

gboolean
bundle_etag_is_plain (const char *etag)
{
  gsize n = 0;
  while (n < MAX_ETAG_BYTES && g_ascii_isgraph (etag[n]))
    n++;
  return n > 0 && etag[n] == '\0';
}

static gboolean
fail (GError **error, int saved_errno, const char *what, const DeploymentFolder *folder)
{
  g_autofree char *path = g_build_filename (folder->path, ETAG_FILE, NULL);
  return fs_fail (error, saved_errno, what, path);
}

gboolean
bundle_etag_note (const DeploymentFolder *folder, const char *etag, GError **error)
{
  int fd = deployment_folder_create_file (folder, ETAG_FILE, error);
  if (fd < 0)
    return FALSE;
  gboolean ok = write_all (fd, etag, strlen (etag));
  int saved_errno = errno;
  close (fd);
  return ok || fail (error, saved_errno, "write", folder);
}

gboolean
bundle_etag_forget (const DeploymentFolder *folder, GError **error)
{
  return fs_remove_tree_at (folder->fd, ETAG_FILE) || fail (error, errno, "remove", folder);
}

gboolean
bundle_etag_share (const DeploymentFolder *earlier, const DeploymentFolder *folder, GError **error)
{
  return linkat (earlier->fd, ETAG_FILE, folder->fd, ETAG_FILE, 0) == 0 || errno == ENOENT ||
         fail (error, errno, "link the earlier deployment's ETag to", folder);
}

const char *
bundle_etag_observed (const char *deployment_dir, Arena *arena)
{
  const char *path = pathname_join (deployment_dir, ETAG_FILE, arena);
  gboolean missing;
  g_autoptr (GError) error = NULL; /* what cannot be read is not known */
  g_autofree char *text =
      fs_read_regular_optional (path, MAX_ETAG_BYTES + 2, NULL, &missing, &error);
  return text != NULL && bundle_etag_is_plain (g_strstrip (text)) ? arena_strdup (arena, text)
                                                                  : NULL;
}
