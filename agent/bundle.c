#include "agent/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bundle-etag.h"
#include "agent/fs-atomic.h"
#include "agent/tree-copy.h"
#include "proto/archive.h"

#define BUNDLE         "bundle.tar" /* whatever its type (agent.md 3.2) */
#define GROWTH_LOOK_MS 20
#define MAX_REUSED_ID  64
#define REMEDY_FOR_FULL                                                                            \
  "; the disk is full: free some space, or keep fewer revisions (max_revisions)"

/* One DownloadBundle at work. */
typedef struct {
  const BundleContext *context;
  const DeploymentSpec *spec;
  DeploymentFolder folder;
} Download;

/* --- unpacking ------------------------------------------------------------------------------ */

static ArchivePolicy
policy_of (const AgentConfig *config)
{
  ArchivePolicy policy = archive_policy_default;

  if (config->reject_symlinks_in_bundle)
    policy.links = ARCHIVE_LINKS_NONE;
  else if (config->allow_outside_links_in_bundle)
    policy.links = ARCHIVE_LINKS_ANY;
  if (config->reject_unsafe_permissions_in_bundle)
    policy.unsafe_modes = ARCHIVE_UNSAFE_MODES_REFUSE;
  if (config->archive_max_extraction_bytes > 0)
    policy.max_total_bytes = config->archive_max_extraction_bytes;
  if (config->archive_max_entries > 0)
    policy.max_entries = config->archive_max_entries;
  return policy;
}

static ArchiveFormat
format_of (const SpecRevision *revision)
{
  ArchiveFormat format;
  return archive_format_from_name (revision->bundle_type, &format) ? format : ARCHIVE_TAR;
}

/* A full disk is told with what to do about it, whichever part ran into it. */
static void
tell_remedy (GError **error)
{
  if (g_error_matches (*error, ARCHIVE_ERROR, ARCHIVE_ERROR_DISK_FULL) ||
      g_error_matches (*error, G_FILE_ERROR, G_FILE_ERROR_NOSPC)) {
    GError *with_remedy =
        g_error_new ((*error)->domain, (*error)->code, "%s" REMEDY_FOR_FULL, (*error)->message);
    g_clear_error (error);
    *error = with_remedy;
  }
}

/* Unpacks into a new archive folder that has not got its name yet. growth NULL: the bundle is whole. */
static gboolean
unpack (const Download *download, int bundle_fd, const ArchiveGrowth *growth, GError **error)
{
  const AgentHost *host = download->context->host;
  ArchivePolicy policy = policy_of (host->config);
  gboolean owners = geteuid () == 0 && !host->config->ignore_ownership_in_bundle;
  ArchiveUnpackOptions options = {
    .format = format_of (&download->spec->revision),
    .flags = owners ? ARCHIVE_UNPACK_OWNERS : ARCHIVE_UNPACK_PLAIN,
    .policy = &policy,
    .growth = growth,
  };

  int dir_fd = deployment_folder_begin_archive (&download->folder, error);
  if (dir_fd < 0)
    return FALSE;
  gboolean ok = archive_unpack (bundle_fd, &options, dir_fd, NULL, error);
  close (dir_fd);
  if (!ok) {
    tell_remedy (error);
    g_prefix_error (
        error, "cannot unpack the bundle \"%s/" BUNDLE "\" (%s): ", download->folder.path,
        download->spec->revision.bundle_type != NULL ? download->spec->revision.bundle_type
                                                     : "tar");
  }
  return ok;
}

void
bundle_fetched_clear (BundleFetched *fetched)
{
  g_clear_pointer (&fetched->etag, g_free);
}

/* --- fetching, and unpacking meanwhile ------------------------------------------------------ */

/* A fetch in a thread of its own. */
typedef struct {
  const BundleContext *context;
  BundleRequest request;
  int fd;
  GThread *thread;

  GMutex lock;
  GCond changed;
  gboolean over;
  gboolean ok;
  BundleFetched fetched;
  GError *error;
} Fetch;

static gpointer
run_fetch (gpointer data)
{
  Fetch *fetch = data;
  g_autoptr (GError) error = NULL;
  BundleFetched fetched = { BUNDLE_FETCH_ANEW, NULL };
  gboolean ok = fetch->context->fetch (fetch->context->fetch_ctx, &fetch->request, fetch->fd,
                                       &fetched, &error);

  g_mutex_lock (&fetch->lock);
  fetch->ok = ok;
  fetch->fetched = fetched;
  fetch->error = g_steal_pointer (&error);
  fetch->over = TRUE;
  g_cond_signal (&fetch->changed);
  g_mutex_unlock (&fetch->lock);
  return NULL;
}

/* An ArchiveGrowth: where the bundle ends for now, its end is looked for again after a moment, or when the fetch is over. */
static ArchiveGrowthState
wait_for_more (gpointer ctx)
{
  Fetch *fetch = ctx;
  gint64 until = g_get_monotonic_time () + GROWTH_LOOK_MS * G_TIME_SPAN_MILLISECOND;

  g_mutex_lock (&fetch->lock);
  if (!fetch->over)
    g_cond_wait_until (&fetch->changed, &fetch->lock, until);
  ArchiveGrowthState state = !fetch->over ? ARCHIVE_GROWTH_PERHAPS
                             : fetch->ok  ? ARCHIVE_GROWTH_OVER
                                          : ARCHIVE_GROWTH_BROKEN;
  g_mutex_unlock (&fetch->lock);
  return state;
}

static gboolean
fetch_begin (Fetch *fetch, const Download *download, int fd, GError **error)
{
  fetch->context = download->context;
  fetch->request = (BundleRequest){ download->spec->revision, download->spec->github_token };
  fetch->fd = fd;
  g_mutex_init (&fetch->lock);
  g_cond_init (&fetch->changed);
  fetch->thread = g_thread_try_new ("fetch", run_fetch, fetch, error);
  return fetch->thread != NULL;
}

/* Waits for it. FALSE: it failed, and error says how. */
static gboolean
fetch_end (Fetch *fetch, GError **error)
{
  g_thread_join (fetch->thread);
  if (!fetch->ok) {
    g_propagate_error (error, g_steal_pointer (&fetch->error));
    tell_remedy (error);
  }
  g_mutex_clear (&fetch->lock);
  g_cond_clear (&fetch->changed);
  return fetch->ok;
}

/*
 * A tar is unpacked while it still comes in; a zip has its directory at the end. What was read of a fetch that began anew may be
 * anything, and is done again. A bundle that is refused early is still fetched to its end: only then is it known to be the bundle.
 */
static gboolean
fetch_and_unpack (const Download *download, int fd, GError **error)
{
  gboolean alongside = format_of (&download->spec->revision) != ARCHIVE_ZIP;
  g_autoptr (GError) problem = NULL;
  gboolean unpacked = FALSE;
  Fetch fetch = { 0 };

  if (!fetch_begin (&fetch, download, fd, error))
    return FALSE;
  if (alongside) {
    ArchiveGrowth growth = { wait_for_more, &fetch };
    unpacked = unpack (download, fd, &growth, &problem);
  }
  if (!fetch_end (&fetch, error))
    return FALSE;
  g_auto (BundleFetched) fetched = fetch.fetched;
  if (!alongside || fetched.course == BUNDLE_FETCH_ANEW) {
    g_clear_error (&problem);
    unpacked = unpack (download, fd, NULL, &problem);
  }
  if (!unpacked) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return FALSE;
  }
  return fetched.etag == NULL || !bundle_etag_is_plain (fetched.etag) ||
         bundle_etag_note (&download->folder, fetched.etag, error);
}

static gboolean
take_remote (const Download *download, GError **error)
{
  if (download->context->fetch == NULL) {
    g_set_error_literal (error, HOST_ERROR, HOST_ERROR_FAILED,
                         "only local revisions can be deployed here");
    return FALSE;
  }
  int fd = deployment_folder_create_file (&download->folder, BUNDLE, error);
  if (fd < 0)
    return FALSE;
  gboolean ok = fetch_and_unpack (download, fd, error) &&
                deployment_folder_strip_archive (&download->folder, error);
  if (close (fd) != 0 && ok)
    return fs_fail (error, errno, "close", BUNDLE);
  return ok;
}

/* --- local revisions ------------------------------------------------------------------------ */

static gboolean
take_local_file (const Download *download, GError **error)
{
  const char *location = download->spec->revision.location;
  int dir_fd = download->folder.fd;

  if (!fs_remove_tree_at (dir_fd, BUNDLE))
    return fs_fail (error, errno, "remove", BUNDLE);
  if (symlinkat (location, dir_fd, BUNDLE) != 0)
    return fs_fail (error, errno, "create the link", BUNDLE);
  int fd = open (location, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fs_fail (error, errno, "open the revision", location);
  gboolean ok = unpack (download, fd, NULL, error) &&
                deployment_folder_strip_archive (&download->folder, error);
  close (fd);
  return ok;
}

static gboolean
copy_archive (const Download *download, int from_fd, const char *shown, GError **error)
{
  int to_fd = deployment_folder_begin_archive (&download->folder, error);
  if (to_fd < 0)
    return FALSE;
  gboolean ok = tree_copy (from_fd, to_fd, shown, error);
  close (to_fd);
  if (!ok)
    tell_remedy (error);
  return ok;
}

static gboolean
take_local_directory (const Download *download, GError **error)
{
  const char *location = download->spec->revision.location;
  int fd = open (location, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return fs_fail (error, errno, "open the revision", location);
  gboolean ok = copy_archive (download, fd, location, error);
  close (fd);
  return ok;
}

/* --- an earlier deployment's archive (agent.md 3.11) ---------------------------------------- */

static gboolean
is_reusable_id (const char *id)
{
  gsize n = strlen (id);
  return g_str_has_prefix (id, "d-") && n > 2 && n <= MAX_REUSED_ID &&
         strspn (id + 2, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == n - 2;
}

static gboolean
copy_earlier (const Download *download, const DeploymentFolder *earlier, GError **error)
{
  g_autofree char *archive = g_build_filename (earlier->path, "deployment-archive", NULL);
  gsize n;
  g_autofree char *appspec =
      host_read_appspec (archive, download->spec->appspec_filename, &n, error);
  if (appspec == NULL)
    return FALSE;
  int fd =
      openat (earlier->fd, "deployment-archive", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return fs_fail (error, errno, "open", archive);
  gboolean ok = copy_archive (download, fd, archive, error) &&
                bundle_etag_share (earlier, &download->folder, error);
  close (fd);
  if (ok && (!fs_remove_tree_at (download->folder.fd, BUNDLE) ||
             linkat (earlier->fd, BUNDLE, download->folder.fd, BUNDLE, 0) != 0))
    ok = fs_fail (error, errno, "link the earlier bundle to", download->folder.path);
  return ok;
}

/* FALSE: there is nothing to reuse, or it does not work, and the log says so; the bundle is downloaded then. */
static gboolean
reuse_earlier (const Download *download)
{
  const AgentHost *host = download->context->host;
  const DeploymentSpec *spec = download->spec;
  const char *id = spec->reuse_archive_from;
  g_auto (DeploymentFolder) earlier = { 0 };
  g_autoptr (GError) problem = NULL;

  if (id == NULL || !host->config->enable_archive_reuse)
    return FALSE;
  if (!is_reusable_id (id) || strcmp (id, spec->deployment_id) == 0) {
    agent_log (host->log, AGENT_LOG_WARN,
               "ReuseArchiveFromDeploymentId is not the id of another deployment; downloading");
    return FALSE;
  }
  if (deployment_folder_open (host, spec->group_id, id, &earlier, &problem) &&
      copy_earlier (download, &earlier, &problem)) {
    agent_log (host->log, AGENT_LOG_INFO, "took the archive of %s over", id);
    return TRUE;
  }
  agent_log (host->log, AGENT_LOG_WARN, "cannot reuse the archive of %s, downloading: %s", id,
             problem->message);
  return FALSE;
}

/* --- the command ---------------------------------------------------------------------------- */

static gboolean
make_archive (const Download *download, GError **error)
{
  if (reuse_earlier (download))
    return TRUE;
  switch (download->spec->revision.type) {
  case SPEC_REVISION_S3:
  case SPEC_REVISION_GITHUB:
    return take_remote (download, error);
  case SPEC_REVISION_LOCAL_FILE:
    return take_local_file (download, error);
  case SPEC_REVISION_LOCAL_DIRECTORY:
  default:
    return take_local_directory (download, error);
  }
}

/* As the official agent 1.8 the download succeeds without an AppSpec, but the log says now what will fail later. */
static void
look_for_appspec (const Download *download)
{
  g_autofree char *archive = g_build_filename (download->folder.path, "deployment-archive", NULL);
  g_autoptr (GError) problem = NULL;
  gsize n;
  g_autofree char *appspec =
      host_read_appspec (archive, download->spec->appspec_filename, &n, &problem);
  if (appspec == NULL)
    agent_log (download->context->host->log, AGENT_LOG_WARN, "the next event will fail: %s",
               problem->message);
}

static gboolean
download_into (const Download *download, GError **error)
{
  const AgentHost *host = download->context->host;
  const DeploymentSpec *spec = download->spec;

  if (!deployment_folder_forget_archive (&download->folder, error) ||
      !bundle_etag_forget (&download->folder, error))
    return FALSE;
  if (!make_archive (download, error)) {
    g_autoptr (GError) ignored = NULL; /* the first failure is the one to tell */
    if (!deployment_folder_forget_archive (&download->folder, &ignored))
      agent_log (host->log, AGENT_LOG_WARN, "%s", ignored->message);
    return FALSE;
  }
  if (!deployment_folder_finish_archive (&download->folder, error))
    return FALSE;
  look_for_appspec (download);
  return host_write_pointer (host, spec->group_id, HOST_MOST_RECENT, download->folder.path, error);
}

gboolean
bundle_download (const BundleContext *context, const DeploymentSpec *spec, GError **error)
{
  Download download = { .context = context, .spec = spec };

  bundle_prune (context->host, spec);
  if (!deployment_folder_make (context->host, spec->group_id, spec->deployment_id, &download.folder,
                               error))
    return FALSE;
  gboolean ok = download_into (&download, error);
  deployment_folder_clear (&download.folder);
  return ok;
}

/* --- retention ------------------------------------------------------------------------------ */

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
