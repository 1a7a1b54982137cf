#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <sys/types.h>

#include "proto/archive.h"

/*
 * The reading side of proto/archive.h: a file descriptor as a libarchive stream, and its entries in our words. For
 * archive.c only.
 *
 * Thread rule: a source belongs to one thread.
 */
typedef struct {
  int fd;
  gint64 offset;
  char problem[200]; /* why archive_source_open returned NULL */
  char buffer[64 * 1024];
} ArchiveSource;

/* source must outlive the result, which is freed with archive_read_free. Only filters inside the library are used, no programs. */
struct archive *archive_source_open (ArchiveSource *source, ArchiveFormat format);

/* Borrowed from entry. */
void archive_source_describe (struct archive_entry *entry, ArchiveEntry *out);

/* The account names looked up last: a whole archive usually has one of each. Zeroed: none yet. */
typedef struct {
  char user[64], group[64];
  uid_t uid;
  gid_t gid;
  gboolean user_known, group_known;
} ArchiveAccounts;

/* By name where this host knows the name, else by number; (uid_t) -1 (leave it) for numbers out of range. */
void archive_source_owner (struct archive_entry *entry, ArchiveAccounts *accounts, uid_t *out_uid,
                           gid_t *out_gid);
