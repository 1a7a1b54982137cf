#pragma once

#include <sys/types.h>

#include "proto/archive-feed.h"

/*
 * Whose an archive's entry is on this host: by name where the host knows the name, else by number. For archive-writer.c only.
 *
 * Thread rule: a value belongs to one thread; may block on name services.
 */

/* The account names looked up last: a whole archive usually has one of each. Zeroed: none yet. */
typedef struct {
  char user[64], group[64];
  uid_t uid;
  gid_t gid;
  gboolean user_known, group_known;
} ArchiveAccounts;

/* (uid_t) -1 (leave it) for numbers out of range. */
void archive_accounts_owner (ArchiveAccounts *accounts, const ArchiveFeedEntry *entry,
                             uid_t *out_uid, gid_t *out_gid);
