#pragma once

#include "core/ambient.h"
#include "core/arn.h"
#include "server/keyring.h"
#include "server/settings.h"
#include "store/store.h"

/* A data folder: everything that one server is. Made once by `slipwayd init`, opened by every other verb.
 *
 *   DIR/slipwayd.yml       settings (mode 0600: the store's URL may hold a password); written last, so its presence says that init has finished
 *   DIR/slipway.db         the database, unless the setting `store` says that it is elsewhere
 *   DIR/secrets.key        seals access keys' secrets in the database (32 random bytes, in hex)
 *   DIR/admin.credentials  the administrator's access key, as a shared-credentials file
 *   DIR/integrations.yml   services outside (server/integrations/integrations.h)
 *   DIR/pki/               ca.pem, ca.key, server.pem, server.key; signer.pem, signer.key after the first start
 *   DIR/objects/           contents of the built-in buckets
 *   DIR/slipwayd.lock      locked by the server that runs
 *   DIR/slipwayd.address   where it listens, while it does
 *
 * Thread rule: one thread; functions block on disk. */

#define INSTALLATION_ERROR (installation_error_quark ())
GQuark installation_error_quark (void);
typedef enum {
  INSTALLATION_ERROR_EXISTS, /* init: there is one already, here or in the database, or something else */
  INSTALLATION_ERROR_MISSING, /* not a data folder */
  INSTALLATION_ERROR_LOCKED,  /* a server runs on it */
  INSTALLATION_ERROR_CONTENT, /* a file in it cannot be used */
  INSTALLATION_ERROR_ARGUMENT /* a name or path that cannot be */
} InstallationError;

typedef struct {
  const char *account_id; /* NULL: the setting's default */
  const char *region;     /* NULL: the setting's default */
  const char *const
      *extra_names;      /* of the server, for its certificate; NULL-terminated, may be NULL */
  const char *store_url; /* NULL: SQLite in DIR. The database must hold no installation yet */
} InstallationPlan;

/* Makes DIR (mode 0700) and everything in it. Nothing is made when the database of store_url cannot be used. On a later
 * failure it leaves a folder without settings, which only a later init with an emptied folder makes whole. */
gboolean installation_init (const char *dir, const InstallationPlan *plan, const Ambient *ambient,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  Arena *arena; /* owns the texts */
  const char *dir;
  Settings settings;
  ArnScope arn;
  guint8 master[KEYRING_MASTER_SIZE];
  Store *store;
  const char *store_name; /* as it may be shown */
  int lock_fd;            /* -1: not locked */
} Installation;

typedef enum {
  INSTALLATION_SHARED,   /* beside a server that may run */
  INSTALLATION_EXCLUSIVE /* as the server */
} InstallationAccess;

/* Reads settings and keys, opens (and migrates) the database, which must be the one of this folder: its keys open with
 * this folder's secrets. overrides: "name=value" texts over the file's settings,
 * NULL-terminated; may be NULL. */
Installation *installation_open (const char *dir, InstallationAccess access,
                                 const char *const *overrides, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* NULL is allowed. */
void installation_free (Installation *installation);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Installation, installation_free)

/* Whether no other server can be on its database: it is a file of this machine, and this folder's server has locked it. */
gboolean installation_is_alone (const Installation *installation);

/* DIR/<name>, in the arena. */
char *installation_path (const Installation *installation, const char *name);

/* What a user of the installation is: /AWS/CodeDeploy/ is the path of hosts, as the AWS CLI makes them; everyone else is
 * an administrator. Texts live in arena. */
gboolean installation_principal (const ArnScope *scope, const char *path, const char *name,
                                 gint64 now_ms, Arena *arena, Principal *out, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* One section of a shared-credentials file; token may be NULL. The caller frees (and should wipe) it. */
char *installation_credentials_text (const char *profile, const KeyringNewKey *key,
                                     const char *token);
