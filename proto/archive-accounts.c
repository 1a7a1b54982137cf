#include "proto/archive-accounts.h"

#include <grp.h>
#include <pwd.h>
#include <string.h>

#define MAX_ACCOUNT_BYTES 16384

static void
look_up_user (ArchiveAccounts *accounts, const char *name)
{
  char buffer[MAX_ACCOUNT_BYTES];
  struct passwd passwd, *found = NULL;

  accounts->user_known =
      getpwnam_r (name, &passwd, buffer, sizeof buffer, &found) == 0 && found != NULL;
  accounts->uid = accounts->user_known ? found->pw_uid : 0;
  g_strlcpy (accounts->user, name, sizeof accounts->user);
}

static void
look_up_group (ArchiveAccounts *accounts, const char *name)
{
  char buffer[MAX_ACCOUNT_BYTES];
  struct group group, *found = NULL;

  accounts->group_known =
      getgrnam_r (name, &group, buffer, sizeof buffer, &found) == 0 && found != NULL;
  accounts->gid = accounts->group_known ? found->gr_gid : 0;
  g_strlcpy (accounts->group, name, sizeof accounts->group);
}

void
archive_accounts_owner (ArchiveAccounts *accounts, const ArchiveFeedEntry *entry, uid_t *out_uid,
                        gid_t *out_gid)
{
  *out_uid = entry->uid >= 0 && entry->uid < G_MAXUINT32 ? (uid_t)entry->uid : (uid_t)-1;
  *out_gid = entry->gid >= 0 && entry->gid < G_MAXUINT32 ? (gid_t)entry->gid : (gid_t)-1;
  if (entry->user[0] != '\0') {
    if (strcmp (entry->user, accounts->user) != 0)
      look_up_user (accounts, entry->user);
    if (accounts->user_known)
      *out_uid = accounts->uid;
  }
  if (entry->group[0] != '\0') {
    if (strcmp (entry->group, accounts->group) != 0)
      look_up_group (accounts, entry->group);
    if (accounts->group_known)
      *out_gid = accounts->gid;
  }
}
