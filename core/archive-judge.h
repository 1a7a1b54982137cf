#pragma once

#include "core/arena.h"

/*
 * Judges the entries of an archive from outside, one by one, before anything is written (agent.md 3.6). It refuses names and links
 * that leave the folder, things that are neither file, folder nor link, and archives past their limits.
 *
 * A symbolic link is accepted when it cannot lead out: relative, its ".." components all at the front and not more of them than
 * the link is deep. Then, whatever other accepted links its way passes through, it ends inside; links with ".." after a
 * name do not have this property and are refused even if they look harmless. Whoever extracts must in turn
 * never write through a link.
 *
 * Thread rule: a judge belongs to one thread at a time. Nothing here touches a disk.
 */
typedef enum {
  ARCHIVE_ENTRY_FILE,
  ARCHIVE_ENTRY_DIRECTORY,
  ARCHIVE_ENTRY_SYMLINK,
  ARCHIVE_ENTRY_HARD_LINK,
  ARCHIVE_ENTRY_ENCRYPTED, /* whatever it is */
  ARCHIVE_ENTRY_OTHER      /* device, pipe, socket */
} ArchiveEntryKind;

typedef struct {
  const char *path; /* as the archive says */
  ArchiveEntryKind kind;
  const char *link_target; /* for both kinds of link */
  guint32 mode;            /* permission bits with set-id and sticky */
  gint64 size_bytes;       /* as announced; -1: not known yet */
} ArchiveEntry;

/* Of files and folders with a set-id bit, and of files, and folders without sticky bit, that everybody may write. */
typedef enum {
  ARCHIVE_UNSAFE_MODES_KEEP,
  ARCHIVE_UNSAFE_MODES_REFUSE
} ArchiveUnsafeModes;

typedef enum {
  ARCHIVE_LINKS_INSIDE, /* links that stay inside */
  ARCHIVE_LINKS_ANY, /* symbolic links with any target; hard links must stay inside all the same */
  ARCHIVE_LINKS_NONE /* no symbolic link at all */
} ArchiveLinks;

typedef struct {
  gint64 max_total_bytes;
  gint64 max_entries;
  guint max_path_bytes;
  guint max_depth;
  ArchiveUnsafeModes unsafe_modes;
  ArchiveLinks links;
} ArchivePolicy;

/* 64 GiB, 2,000,000 entries, 4,095 bytes, 128 levels, KEEP, INSIDE. */
extern const ArchivePolicy archive_policy_default;

typedef struct {
  const ArchivePolicy *policy;
  gint64 entries;
  gint64 total_bytes; /* of what archive_judge_bytes was told */
} ArchiveJudge;

typedef struct {
  const char *path;        /* normalised, inside; "" is the folder itself: nothing to write */
  const char *link_target; /* symbolic: as the archive says; hard: normalised, inside */
  guint32 mode;            /* what to give it */
} ArchiveVerdict;

#define ARCHIVE_JUDGE_ERROR (archive_judge_error_quark ())
GQuark archive_judge_error_quark (void);
typedef enum {
  ARCHIVE_JUDGE_ERROR_PATH, /* absolute with "..", too long, too deep, not a name */
  ARCHIVE_JUDGE_ERROR_LINK,
  ARCHIVE_JUDGE_ERROR_KIND,
  ARCHIVE_JUDGE_ERROR_MODE,
  ARCHIVE_JUDGE_ERROR_TOO_LARGE,
  ARCHIVE_JUDGE_ERROR_TWICE /* a name that is there already */
} ArchiveJudgeError;

/* A judge with nothing seen yet: ArchiveJudge judge = ARCHIVE_JUDGE_INIT (&policy). policy must outlive it. */
#define ARCHIVE_JUDGE_INIT(policy_)                                                                \
  {                                                                                                \
    .policy = (policy_)                                                                            \
  }

/* FALSE: refused, and the archive with it. The verdict's strings live in arena. */
gboolean archive_judge_entry (ArchiveJudge *judge, const ArchiveEntry *entry, Arena *arena,
                              ArchiveVerdict *out, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Counts n bytes of content about to be written to path, a verdict's; announced sizes lie. */
gboolean archive_judge_bytes (ArchiveJudge *judge, const char *path, gint64 n, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
