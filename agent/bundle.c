#include "agent/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/fs-atomic.h"
#include "core/pathname.h"
#include "proto/archive.h"

static gboolean
unpack_into (const AgentHost *host, const char *bundle, const char *type, const char *target,
             GError **error)
{
  const AgentConfig *config = host->config;
  ArchivePolicy policy = archive_policy_default;
  ArchiveUnpackFlags flags = ARCHIVE_UNPACK_PLAIN;
  ArchiveFormat format = ARCHIVE_TAR;

  if (!archive_format_from_name (type, &format))
    format = ARCHIVE_TAR;
  if (config->reject_symlinks_in_bundle)
    policy.links = ARCHIVE_LINKS_NONE;
  else if (config->allow_outside_links_in_bundle)
    policy.links = ARCHIVE_LINKS_ANY;
  if (config->reject_unsafe_permissions_in_bundle)
    policy.set_id = ARCHIVE_SET_ID_REFUSE;
  if (config->archive_max_extraction_bytes > 0)
    policy.max_total_bytes = config->archive_max_extraction_bytes;
  if (geteuid () == 0 && !config->ignore_ownership_in_bundle)
    flags |= ARCHIVE_UNPACK_OWNERS;

  int fd = open (bundle, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fs_fail (error, errno, "open", bundle);
  int dir_fd = open (target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  ArchiveUnpackOptions options = { format, flags, &policy, NULL };
  gboolean ok = dir_fd >= 0 ? archive_unpack (fd, &options, dir_fd, NULL, error)
                            : fs_fail (error, errno, "open", target);
  close (fd);
  if (dir_fd >= 0)
    close (dir_fd);
  if (!ok)
    g_prefix_error (error, "cannot unpack the bundle \"%s\" (%s): ", bundle, type);
  return ok;
}

/* The only entry of a folder, if it is a folder that has something named like an AppSpec in it. */
static char *
leading_directory (const char *archive_dir, GError **error)
{
  g_autoptr (GDir) dir = g_dir_open (archive_dir, 0, error);
  struct stat status;

  if (dir == NULL)
    return NULL;
  g_autofree char *only = g_strdup (g_dir_read_name (dir));
  if (only == NULL || g_dir_read_name (dir) != NULL)
    return NULL;
  g_autofree char *path = g_build_filename (archive_dir, only, NULL);
  if (lstat (path, &status) != 0 || !S_ISDIR (status.st_mode))
    return NULL;
  g_autoptr (GDir) inner = g_dir_open (path, 0, error);
  const char *name;
  while (inner != NULL && (name = g_dir_read_name (inner)) != NULL) {
    g_autofree char *lower = g_ascii_strdown (name, -1);
    if (strstr (lower, "appspec") != NULL)
      return g_steal_pointer (&only);
  }
  return NULL;
}

gboolean
bundle_strip_leading_directory (const char *archive_dir, GError **error)
{
  g_autoptr (GError) local = NULL;
  g_autofree char *name = leading_directory (archive_dir, &local);
  if (local != NULL) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  if (name == NULL)
    return TRUE;

  g_autofree char *aside = g_strconcat (archive_dir, "-temp", NULL);
  g_autofree char *inner = g_build_filename (aside, name, NULL);
  if (!fs_remove_tree (aside, error))
    return FALSE;
  if (rename (archive_dir, aside) != 0)
    return fs_fail (error, errno, "rename", archive_dir);
  if (rename (inner, archive_dir) != 0)
    return fs_fail (error, errno, "rename", inner);
  return fs_remove_tree (aside, error);
}

/* Unpacked beside its place first, so that the folder's being there means that it is whole. */
static gboolean
unpack (const AgentHost *host, const char *bundle, const char *type, const char *archive_dir,
        GError **error)
{
  g_autofree char *partial = g_strconcat (archive_dir, "-partial", NULL);

  if (!fs_remove_tree (archive_dir, error) || !fs_remove_tree (partial, error) ||
      !fs_make_directory (partial, error))
    return FALSE;
  if (!unpack_into (host, bundle, type, partial, error) ||
      !bundle_strip_leading_directory (partial, error)) {
    g_autoptr (GError) ignored = NULL; /* the first failure is the one to tell */
    if (!fs_remove_tree (partial, &ignored))
      agent_log (host->log, AGENT_LOG_WARN, "%s", ignored->message);
    return FALSE;
  }
  return rename (partial, archive_dir) == 0 || fs_fail (error, errno, "rename", partial);
}

static gboolean
link_local_file (const char *location, const char *bundle, GError **error)
{
  if (unlink (bundle) != 0 && errno != ENOENT)
    return fs_fail (error, errno, "remove", bundle);
  return symlink (location, bundle) == 0 || fs_fail (error, errno, "create the link", bundle);
}

/* A new file in place of whatever is there; a link left by a local revision is not written through. */
static int
create_bundle (const char *path, GError **error)
{
  if (unlink (path) != 0 && errno != ENOENT) {
    fs_fail (error, errno, "remove", path);
    return -1;
  }
  int fd = open (path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
  if (fd < 0)
    fs_fail (error, errno, "create", path);
  return fd;
}

static gboolean
fetch (const BundleContext *context, const DeploymentSpec *spec, const char *bundle, GError **error)
{
  BundleRequest request = { spec->revision, spec->github_token };
  int fd = create_bundle (bundle, error);
  if (fd < 0)
    return FALSE;
  BundleFetchCourse course;
  gboolean ok = context->fetch (context->fetch_ctx, &request, fd, &course, error);
  if (close (fd) != 0 && ok)
    return fs_fail (error, errno, "close", bundle);
  return ok;
}

static gboolean
fetch_and_unpack (const BundleContext *context, const DeploymentSpec *spec,
                  const char *deployment_dir, GError **error)
{
  const SpecRevision *revision = &spec->revision;
  g_autoptr (Arena) arena = arena_new ();
  const char *bundle = pathname_join (deployment_dir, "bundle.tar", arena);
  const char *archive_dir = host_archive_dir (deployment_dir, arena);
  const char *type = revision->bundle_type;

  switch (revision->type) {
  case SPEC_REVISION_S3:
    if (!fetch (context, spec, bundle, error))
      return FALSE;
    break;
  case SPEC_REVISION_GITHUB:
    if (!fetch (context, spec, bundle, error))
      return FALSE;
    if (type == NULL)
      type = "tar";
    break;
  case SPEC_REVISION_LOCAL_FILE:
    if (!link_local_file (revision->location, bundle, error))
      return FALSE;
    break;
  case SPEC_REVISION_LOCAL_DIRECTORY:
  default:
    return fs_remove_tree (archive_dir, error) &&
           fs_copy_tree (revision->location, archive_dir, error);
  }
  return unpack (context->host, bundle, type, archive_dir, error);
}

gboolean
bundle_download (const BundleContext *context, const DeploymentSpec *spec, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  const AgentHost *host = context->host;
  const char *deployment_dir =
      host_deployment_dir (host, spec->group_id, spec->deployment_id, arena);

  bundle_prune (host, spec);
  return fs_make_directory (deployment_dir, error) &&
         fetch_and_unpack (context, spec, deployment_dir, error) &&
         host_write_pointer (host, spec->group_id, HOST_MOST_RECENT, deployment_dir, error);
}

typedef struct {
  char *path;
  struct timespec modified;
} Candidate;

static void
candidate_clear (gpointer data)
{
  g_free (((Candidate *)data)->path);
}

static int
oldest_first (gconstpointer a, gconstpointer b)
{
  const Candidate *one = a, *other = b;
  if (one->modified.tv_sec != other->modified.tv_sec)
    return one->modified.tv_sec < other->modified.tv_sec ? -1 : 1;
  return one->modified.tv_nsec < other->modified.tv_nsec
             ? -1
             : one->modified.tv_nsec > other->modified.tv_nsec;
}

void
bundle_prune (const AgentHost *host, const DeploymentSpec *spec)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  const char *group_dir = host_group_dir (host, spec->group_id, arena);
  g_autoptr (GDir) dir = g_dir_open (group_dir, 0, NULL);
  const char *name, *kept;
  gint64 others = 0;

  if (dir == NULL)
    return; /* the group's first deployment */
  g_array_set_clear_func (candidates, candidate_clear);
  if (!host_read_pointer (host, spec->group_id, HOST_LAST_SUCCESSFUL, arena, &kept, &error)) {
    agent_log (host->log, AGENT_LOG_WARN, "no old deployment is pruned: %s", error->message);
    return;
  }
  while ((name = g_dir_read_name (dir)) != NULL) {
    struct stat status;
    if (strcmp (name, spec->deployment_id) == 0)
      continue;
    others++;
    Candidate candidate = { .path = g_build_filename (group_dir, name, NULL) };
    if (g_strcmp0 (candidate.path, kept) == 0 || lstat (candidate.path, &status) != 0) {
      candidate_clear (&candidate);
      continue;
    }
    candidate.modified = status.st_mtim;
    g_array_append_val (candidates, candidate);
  }
  g_array_sort (candidates, oldest_first);
  gint64 extra = others - host->config->max_revisions + 1;
  for (guint i = 0; i < candidates->len && (gint64)i < extra; i++) {
    const char *path = g_array_index (candidates, Candidate, i).path;
    g_autoptr (GError) problem = NULL;
    if (fs_remove_tree (path, &problem))
      agent_log (host->log, AGENT_LOG_INFO, "pruned the old deployment %s", path);
    else
      agent_log (host->log, AGENT_LOG_WARN, "cannot prune: %s", problem->message);
  }
}
