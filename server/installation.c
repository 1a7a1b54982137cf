#include "server/installation.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/digest.h"
#include "server/files.h"
#include "server/integrations/integrations.h"
#include "server/pki.h"
#include "server/store-location.h"
#include "server/store-owner.h"

G_DEFINE_QUARK (slipway_installation_error, installation_error)

#define SETTINGS_FILE      "slipwayd.yml"
#define DATABASE_FILE      "slipway.db"
#define SECRETS_FILE       "secrets.key"
#define CREDENTIALS_FILE   "admin.credentials"
#define LOCK_FILE          "slipwayd.lock"
#define PKI_FOLDER         "pki"
#define MAX_SETTINGS_BYTES (1024 * 1024)
#define MAX_USER_NAME      64
#define MAX_USER_PATH      512
#define HOST_PATH          "/AWS/CodeDeploy/"
#define ADMIN_NAME         "admin"

/* ---- users ---- */

static gboolean
is_made_of (const char *text, const char *extra)
{
  for (; *text != '\0'; text++)
    if (!g_ascii_isalnum (*text) && strchr (extra, *text) == NULL)
      return FALSE;
  return TRUE;
}

gboolean
installation_principal (const ArnScope *scope, const char *path, const char *name, gint64 now_ms,
                        Arena *arena, Principal *out, GError **error)
{
  if (*name == '\0' || strlen (name) > MAX_USER_NAME || !is_made_of (name, "+=,.@_-")) {
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_ARGUMENT,
                 "user name \"%.100s\" must be 1 to %d letters, digits and +=,.@_-", name,
                 MAX_USER_NAME);
    return FALSE;
  }
  gsize length = strlen (path);
  if (length == 0 || length > MAX_USER_PATH || path[0] != '/' || path[length - 1] != '/' ||
      strstr (path, "//") != NULL || !is_made_of (path, "/+=,.@_-")) {
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_ARGUMENT,
                 "user path \"%.100s\" must begin and end with / and name its parts with letters, "
                 "digits and +=,.@_-",
                 path);
    return FALSE;
  }
  *out = (Principal){
    .arn = arn_for_iam_user (arena, scope, path, name),
    .kind = strcmp (path, HOST_PATH) == 0 ? PRINCIPAL_HOST : PRINCIPAL_ADMINISTRATOR,
    .path = arena_strdup (arena, path),
    .name = arena_strdup (arena, name),
    .create_ms = now_ms,
  };
  return TRUE;
}

char *
installation_credentials_text (const char *profile, const KeyringNewKey *key, const char *token)
{
  return g_strdup_printf ("[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n%s%s%s",
                          profile, key->id, key->secret,
                          token == NULL ? "" : "aws_session_token = ", token == NULL ? "" : token,
                          token == NULL ? "" : "\n");
}

/* ---- init ---- */

static gboolean
fail_system (GError **error, int kind, const char *what, const char *path, int code)
{
  g_set_error (error, INSTALLATION_ERROR, kind, "cannot %s %s: %s", what, path, g_strerror (code));
  return FALSE;
}

static gboolean
is_initialised (const char *dir)
{
  g_autofree char *settings = g_build_filename (dir, SETTINGS_FILE, NULL);
  return g_file_test (settings, G_FILE_TEST_EXISTS);
}

/* The settings are written last, so with them all is there. */
static gboolean
require_initialised (const char *dir, GError **error)
{
  g_autofree char *settings = g_build_filename (dir, SETTINGS_FILE, NULL);
  struct stat status;
  if (stat (settings, &status) == 0)
    return TRUE;
  if (errno != ENOENT && errno != ENOTDIR)
    return fail_system (error, INSTALLATION_ERROR_CONTENT, "read", settings, errno);
  g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_MISSING,
               "%s is not a data folder: make one with slipwayd init --data %s", dir, dir);
  return FALSE;
}

static gboolean
refuse_initialised (const char *dir, GError **error)
{
  if (!is_initialised (dir))
    return TRUE;
  g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_EXISTS,
               "%s is initialised already; nothing was changed", dir);
  return FALSE;
}

static gboolean
make_empty_folder (const char *dir, GError **error)
{
  if (g_mkdir_with_parents (dir, 0700) != 0)
    return fail_system (error, INSTALLATION_ERROR_ARGUMENT, "make the folder", dir, errno);
  g_autoptr (GError) problem = NULL;
  g_autoptr (GDir) folder = g_dir_open (dir, 0, &problem);
  const char *entry = folder == NULL ? NULL : g_dir_read_name (folder);
  if (folder == NULL || entry != NULL) {
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_EXISTS,
                 "%s cannot become a data folder: %s%s", dir,
                 folder == NULL ? problem->message : "it is not empty, there is ",
                 folder == NULL ? "" : entry);
    return FALSE;
  }
  if (chmod (dir, 0700) != 0)
    return fail_system (error, INSTALLATION_ERROR_ARGUMENT, "protect", dir, errno);
  return TRUE;
}

/* All files are written first and synced together: init has to be quick, and until the settings are there nothing of it counts. */
static gboolean
put (const char *dir, const char *name, const char *text, int mode, GError **error)
{
  g_autofree char *path = g_build_filename (dir, name, NULL);
  return files_write_unsynced (path, text, -1, mode, error);
}

static Pki *
make_pki (const InstallationPlan *plan, const Ambient *ambient, GError **error)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  static const char *const fixed[] = { "localhost", "*.localhost", "127.0.0.1", "::1" };
  for (gsize i = 0; i < G_N_ELEMENTS (fixed); i++)
    g_ptr_array_add (names, (gpointer)fixed[i]);
  /* A host name that cannot stand in a certificate is no reason to have none. */
  const char *host = g_get_host_name ();
  if (is_made_of (host, ".-") && g_ascii_isalnum (*host) && strcmp (host, "localhost") != 0)
    g_ptr_array_add (names, (gpointer)host);
  for (const char *const *extra = plan->extra_names; extra != NULL && *extra != NULL; extra++)
    g_ptr_array_add (names, (gpointer)*extra);
  g_ptr_array_add (names, NULL);

  return pki_make ((const char *const *)names->pdata, ambient, error);
}

static gboolean
put_pki (const char *dir, const Pki *pki, GError **error)
{
  g_autofree char *folder = g_build_filename (dir, PKI_FOLDER, NULL);
  if (mkdir (folder, 0700) != 0)
    return fail_system (error, INSTALLATION_ERROR_ARGUMENT, "make the folder", folder, errno);
  return put (folder, "ca.pem", pki->ca_cert_pem, 0644, error) &&
         put (folder, "ca.key", pki->ca_key_pem, 0600, error) &&
         put (folder, "server.pem", pki->server_cert_pem, 0644, error) &&
         put (folder, "server.key", pki->server_key_pem, 0600, error);
}

/* ---- the database of an installation ---- */

/* The database that the plan names, while nothing has been made yet; *out NULL: none is named. */
static gboolean
open_planned_store (const InstallationPlan *plan, Store **out, GError **error)
{
  *out = NULL;
  if (plan->store_url == NULL)
    return TRUE;
  g_auto (StoreUrl) described = { 0 };
  if (!store_url_describe (plan->store_url, &described, error))
    return FALSE;
  g_autoptr (Store) store = store_open (plan->store_url, error);
  if (store == NULL || !store_owner_check_none (store, described.name, error))
    return FALSE;
  *out = g_steal_pointer (&store);
  return TRUE;
}

typedef struct {
  Keyring *keyring;
  Principal principal;
  gint64 now_ms;
  KeyringNewKey key;
} FirstKey;

/* Looks again: of two that initialise on one database, one is refused here. */
static gboolean
create_first_key (StoreTx *tx, gpointer data, GError **error)
{
  FirstKey *first = data;
  return store_owner_check_none_in (tx, "the database", error) &&
         keyring_create_key (first->keyring, tx, &first->principal, first->now_ms, &first->key,
                             error);
}

static char *
default_store_url (const char *dir)
{
  return g_strdup_printf ("sqlite:%s/" DATABASE_FILE, dir);
}

/* planned: the database that the plan names; NULL: the one in the folder, which is made. */
static gboolean
put_database (const char *dir, Store *planned, const guint8 *master, const ArnScope *scope,
              const Ambient *ambient, GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  g_autofree char *url = default_store_url (dir);
  g_autoptr (Keyring) keyring = keyring_new (master, ambient);
  FirstKey first = { .keyring = keyring, .now_ms = ambient_now_ms (ambient) };
  if (!installation_principal (scope, "/", ADMIN_NAME, first.now_ms, arena, &first.principal,
                               error))
    return FALSE;
  g_autoptr (Store) made = planned == NULL ? store_open (url, error) : NULL;
  Store *store = planned == NULL ? made : planned;
  if (store == NULL || !store_run (store, STORE_WRITE, create_first_key, &first, error))
    return FALSE;
  char *text = installation_credentials_text ("default", &first.key, NULL);
  gboolean ok = put (dir, CREDENTIALS_FILE, text, 0600, error);
  explicit_bzero (text, strlen (text));
  explicit_bzero (&first.key, sizeof first.key);
  g_free (text);
  return ok;
}

/* The sample, with the lines that the plan asks for. */
static char *
settings_text (const InstallationPlan *plan)
{
  g_autofree char *sample = settings_sample ();
  GString *text = g_string_new (NULL);
  if (plan->account_id != NULL)
    g_string_append_printf (text, "account_id: \"%s\"\n", plan->account_id);
  if (plan->region != NULL)
    g_string_append_printf (text, "region: \"%s\"\n", plan->region);
  if (plan->store_url != NULL) {
    char *line = store_location_setting (plan->store_url);
    g_string_append (text, line);
    store_location_free (line);
  }
  if (text->len > 0)
    g_string_append_c (text, '\n');
  g_string_append (text, sample);
  return g_string_free (text, FALSE);
}

static gboolean
check_plan (const InstallationPlan *plan, Settings *settings, Arena *arena, GError **error)
{
  settings_init (settings);
  return (plan->account_id == NULL ||
          settings_set (settings, "account_id", plan->account_id, arena, error)) &&
         (plan->region == NULL || settings_set (settings, "region", plan->region, arena, error)) &&
         (plan->store_url == NULL ||
          settings_set (settings, "store", plan->store_url, arena, error));
}

static gboolean
sync_all (const char *dir, GError **error)
{
  static const char *const names[] = { SECRETS_FILE,
                                       CREDENTIALS_FILE,
                                       INTEGRATIONS_FILE,
                                       PKI_FOLDER "/ca.pem",
                                       PKI_FOLDER "/ca.key",
                                       PKI_FOLDER "/server.pem",
                                       PKI_FOLDER "/server.key",
                                       PKI_FOLDER,
                                       "." };
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (dir, names[i], NULL);
    if (!files_sync (path, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
installation_init (const char *dir, const InstallationPlan *plan, const Ambient *ambient,
                   GError **error)
{
  g_autoptr (Arena) arena = arena_new ();
  Settings settings;
  if (!check_plan (plan, &settings, arena, error) || !refuse_initialised (dir, error))
    return FALSE;
  g_autoptr (Pki) pki =
      make_pki (plan, ambient, error); /* before anything is written: it checks the names */
  g_autoptr (Store) planned = NULL;
  if (pki == NULL || !open_planned_store (plan, &planned, error) || !make_empty_folder (dir, error))
    return FALSE;
  const ArnScope scope = { settings.partition, settings.region, settings.account_id };

  guint8 master[KEYRING_MASTER_SIZE];
  char master_hex[2 * KEYRING_MASTER_SIZE + 1];
  ambient_random (ambient, master, sizeof master);
  digest_hex (master, sizeof master, master_hex);
  char *text = settings_text (plan);
  g_autofree char *settings_path = g_build_filename (dir, SETTINGS_FILE, NULL);
  gboolean ok = put (dir, SECRETS_FILE, master_hex, 0600, error) &&
                put (dir, INTEGRATIONS_FILE, integrations_sample (), 0600, error) &&
                put_pki (dir, pki, error) &&
                put_database (dir, planned, master, &scope, ambient, error) &&
                sync_all (dir, error) && files_write (settings_path, text, -1, 0600, error);
  store_location_free (text); /* it holds the URL */
  explicit_bzero (master, sizeof master);
  explicit_bzero (master_hex, sizeof master_hex);
  if (!ok)
    g_prefix_error (error, "cannot initialise %s (empty it%s before another try): ", dir,
                    planned != NULL ? ", and the database," : "");
  return ok;
}

/* ---- open ---- */

char *
installation_path (const Installation *installation, const char *name)
{
  return arena_printf (installation->arena, "%s/%s", installation->dir, name);
}

gboolean
installation_is_alone (const Installation *installation)
{
  const char *url = installation->settings.store;
  return installation->lock_fd >= 0 && (*url == '\0' || g_str_has_prefix (url, "sqlite:"));
}

static gboolean
lock_folder (Installation *installation, GError **error)
{
  const char *path = installation_path (installation, LOCK_FILE);
  installation->lock_fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (installation->lock_fd < 0)
    return fail_system (error, INSTALLATION_ERROR_CONTENT, "open", path, errno);
  if (flock (installation->lock_fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK)
      return fail_system (error, INSTALLATION_ERROR_CONTENT, "lock", path, errno);
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_LOCKED,
                 "another slipwayd serves %s (it holds %s)", installation->dir, path);
    return FALSE;
  }
  return TRUE;
}

static gboolean
apply_override (Installation *installation, const char *override, GError **error)
{
  const char *equals = strchr (override, '=');
  if (equals == NULL) {
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_ARGUMENT,
                 "\"%.100s\" is not NAME=VALUE", override);
    return FALSE;
  }
  const char *name = arena_strndup (installation->arena, override, (gsize)(equals - override));
  const char *before = installation->settings.store;
  return settings_set (&installation->settings, name, equals + 1, installation->arena, error) &&
         (installation->settings.store == before ||
          store_location_check_argument (installation->settings.store, error));
}

static gboolean
read_settings (Installation *installation, const char *const *overrides, GError **error)
{
  g_autofree char *text = NULL;
  gsize length = 0;
  const char *path = installation_path (installation, SETTINGS_FILE);
  settings_init (&installation->settings);
  if (!files_read (path, MAX_SETTINGS_BYTES, &text, &length, error) ||
      !settings_parse (&installation->settings, text, length, path, installation->arena, error) ||
      (*installation->settings.store != '\0' &&
       !store_location_check_file (installation->settings.store, path, error)))
    return FALSE;
  for (; overrides != NULL && *overrides != NULL; overrides++)
    if (!apply_override (installation, *overrides, error))
      return FALSE;
  const Settings *settings = &installation->settings;
  installation->arn = (ArnScope){ settings->partition, settings->region, settings->account_id };
  return TRUE;
}

static gboolean
read_master (Installation *installation, GError **error)
{
  char *text = NULL;
  const char *path = installation_path (installation, SECRETS_FILE);
  struct stat status;
  if (stat (path, &status) == 0 && (status.st_mode & 077) != 0) {
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_CONTENT,
                 "%s is open to other users (mode %04o); it unseals every key: chmod 600 %s, and "
                 "make new keys if somebody may have read it",
                 path, status.st_mode & 07777, path);
    return FALSE;
  }
  if (!g_file_test (path, G_FILE_TEST_EXISTS)) {
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_CONTENT,
                 "%s is missing; it unseals every key in the database: restore it from a backup",
                 path);
    return FALSE;
  }
  if (!files_read (path, 1024, &text, NULL, error))
    return FALSE;
  gboolean ok = digest_unhex (g_strchomp (text), installation->master, sizeof installation->master);
  explicit_bzero (text, strlen (text));
  g_free (text);
  if (!ok)
    g_set_error (error, INSTALLATION_ERROR, INSTALLATION_ERROR_CONTENT,
                 "%s does not hold %d bytes in hex", path, KEYRING_MASTER_SIZE);
  return ok;
}

static gboolean
open_store (Installation *installation, GError **error)
{
  const char *setting = installation->settings.store;
  g_autofree char *url =
      *setting != '\0' ? g_strdup (setting) : default_store_url (installation->dir);
  g_auto (StoreUrl) described = { 0 };
  if (!store_url_describe (url, &described, error))
    return FALSE;
  installation->store_name = arena_strdup (installation->arena, described.name);
  installation->store = store_open (url, error);
  return installation->store != NULL &&
         store_owner_check (installation->store, installation->store_name, installation->master,
                            installation->dir, error);
}

Installation *
installation_open (const char *dir, InstallationAccess access, const char *const *overrides,
                   GError **error)
{
  if (!require_initialised (dir, error))
    return NULL;
  g_autoptr (Installation) installation = g_new0 (Installation, 1);
  installation->lock_fd = -1;
  installation->arena = arena_new ();
  installation->dir = arena_strdup (installation->arena, dir);
  if ((access == INSTALLATION_EXCLUSIVE && !lock_folder (installation, error)) ||
      !read_settings (installation, overrides, error) || !read_master (installation, error))
    return NULL;
  if (!open_store (installation, error))
    return NULL;
  return g_steal_pointer (&installation);
}

void
installation_free (Installation *installation)
{
  if (installation == NULL)
    return;
  store_close (installation->store);
  if (installation->lock_fd >= 0)
    close (installation->lock_fd);
  explicit_bzero (installation->master, sizeof installation->master);
  arena_free (installation->arena);
  g_free (installation);
}
