#include "cli/revision-tree.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/archive-judge.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (DIR, closedir)

typedef struct {
  ArchiveJudge judge;
  RevisionTreeFlags flags;
  RevisionReport *report;
} Walk;

static void
refuse (Walk *walk, const char *name, const char *why)
{
  revision_report_add (walk->report, REVISION_SEVERITY_ERROR, name[0] != '\0' ? name : ".",
                       (YamlPlace){ 0 }, "%s", why);
}

static ArchiveEntryKind
kind_of (mode_t mode)
{
  switch (mode & S_IFMT) {
  case S_IFREG:
    return ARCHIVE_ENTRY_FILE;
  case S_IFDIR:
    return ARCHIVE_ENTRY_DIRECTORY;
  case S_IFLNK:
    return ARCHIVE_ENTRY_SYMLINK;
  default:
    return ARCHIVE_ENTRY_OTHER;
  }
}

static gboolean
judge_entry (Walk *walk, int dir_fd, const char *leaf, const char *name, const struct stat *about)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autoptr (GError) reason = NULL;
  ArchiveVerdict verdict;
  char target[PATH_MAX] = "";
  ArchiveEntry entry = { .path = name,
                         .kind = kind_of (about->st_mode),
                         .mode = about->st_mode & 07777,
                         .size_bytes = about->st_size };
  if (entry.kind == ARCHIVE_ENTRY_SYMLINK) {
    gssize n = readlinkat (dir_fd, leaf, target, sizeof target - 1);
    target[MAX (n, 0)] = '\0';
    entry.link_target = target;
  }
  if (archive_judge_entry (&walk->judge, &entry, arena, &verdict, &reason) &&
      (entry.kind != ARCHIVE_ENTRY_FILE ||
       archive_judge_bytes (&walk->judge, verdict.path, about->st_size, &reason))) {
    return TRUE;
  }
  g_autofree char *why = g_strdup_printf ("the agent would not unpack this: %s", reason->message);
  refuse (walk, name, why);
  return FALSE;
}

static void walk_folder (Walk *walk, int dir_fd, const char *prefix);

static void
walk_entry (Walk *walk, int dir_fd, const char *leaf, const char *prefix)
{
  g_autofree char *name =
      prefix[0] != '\0' ? g_strconcat (prefix, "/", leaf, NULL) : g_strdup (leaf);
  struct stat about;
  if (fstatat (dir_fd, leaf, &about, AT_SYMLINK_NOFOLLOW) != 0) {
    refuse (walk, name, g_strerror (errno));
    return;
  }
  /* the judge's limit of levels ends the recursion too */
  if (!judge_entry (walk, dir_fd, leaf, name, &about) || !S_ISDIR (about.st_mode)) {
    return;
  }
  int inner_fd = openat (dir_fd, leaf, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (inner_fd < 0) {
    refuse (walk, name, g_strerror (errno));
    return;
  }
  walk_folder (walk, inner_fd, name);
}

/* Takes dir_fd over. */
static void
walk_folder (Walk *walk, int dir_fd, const char *prefix)
{
  g_autoptr (DIR) dir = fdopendir (dir_fd);
  if (dir == NULL) {
    refuse (walk, prefix, g_strerror (errno));
    close (dir_fd);
    return;
  }
  for (;;) {
    errno = 0;
    /* A DIR of our own: nobody else reads it, so readdir is safe here. NOLINTNEXTLINE(concurrency-mt-unsafe) */
    const struct dirent *entry = readdir (dir);
    if (entry == NULL) {
      break;
    }
    gboolean dots = g_str_equal (entry->d_name, ".") || g_str_equal (entry->d_name, "..");
    gboolean skipped = (walk->flags & REVISION_TREE_SKIP_HIDDEN) != 0 && entry->d_name[0] == '.';
    if (!dots && !skipped) {
      walk_entry (walk, dirfd (dir), entry->d_name, prefix);
    }
  }
  if (errno != 0) {
    refuse (walk, prefix, g_strerror (errno));
  }
}

void
revision_tree_judge (const char *root, RevisionTreeFlags flags, RevisionReport *report)
{
  Walk walk = { ARCHIVE_JUDGE_INIT (&archive_policy_default), flags, report };
  int fd = open (root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) {
    refuse (&walk, "", g_strerror (errno));
    return;
  }
  walk_folder (&walk, fd, "");
}
