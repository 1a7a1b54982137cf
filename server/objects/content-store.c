#include "server/objects/content-store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/write-all.h"
#include "store/records/object.h"

#define FOLDER      "objects"
#define TEMP_FOLDER "tmp"
#define SWEEP_BATCH 64
#define NAME_SIZE   (DIGEST_SHA256_HEX_SIZE + 1) /* xx/..., NUL included */

struct ContentStore {
  Store *store;
  const Log *log;
  int folder;
  int temp_folder;
  gint next_temp;
  GMutex lock;      /* guards pins, and orders removing against publishing */
  GHashTable *pins; /* sha256 -> how often */
};

struct ContentTemp {
  ContentStore *contents;
  int fd;
  char name[32];
  gboolean published;
};

static gboolean
file_error (GError **error, int code, const char *what, const char *name)
{
  g_set_error (error, G_FILE_ERROR, (int)g_file_error_from_errno (code), "cannot %s \"%s\": %s",
               what, name, g_strerror (code));
  return FALSE;
}

static void
name_of (const char *sha256, char out[NAME_SIZE])
{
  g_snprintf (out, NAME_SIZE, "%.2s/%s", sha256, sha256 + 2);
}

static int
open_folder (int at, const char *name, GError **error)
{
  if (mkdirat (at, name, 0700) != 0 && errno != EEXIST) {
    file_error (error, errno, "make the folder", name);
    return -1;
  }
  int fd = openat (at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    file_error (error, errno, "open the folder", name);
  return fd;
}

static DIR *
list_folder (int at, const char *name)
{
  int fd = openat (at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    return NULL;
  DIR *dir = fdopendir (fd);
  if (dir == NULL)
    close (fd);
  return dir;
}

/* Uploads that were cut short by the end of an earlier process. */
static void
empty_temp_folder (ContentStore *contents)
{
  DIR *dir = list_folder (contents->folder, TEMP_FOLDER);
  if (dir == NULL)
    return;
  const struct dirent *entry;
  while ((entry = readdir (dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe): dir is ours alone */
    if (entry->d_name[0] != '.')
      unlinkat (contents->temp_folder, entry->d_name, 0);
  }
  closedir (dir);
}

ContentStore *
content_store_new (const char *data_dir, Store *store, const Log *log, GError **error)
{
  g_autoptr (ContentStore) contents = g_new0 (ContentStore, 1);
  contents->store = store;
  contents->log = log;
  contents->temp_folder = -1;
  g_mutex_init (&contents->lock);
  contents->pins = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char *path = g_build_filename (data_dir, FOLDER, NULL);
  contents->folder = open_folder (AT_FDCWD, path, error);
  if (contents->folder < 0)
    return NULL;
  contents->temp_folder = open_folder (contents->folder, TEMP_FOLDER, error);
  if (contents->temp_folder < 0)
    return NULL;
  empty_temp_folder (contents);
  return g_steal_pointer (&contents);
}

/* --- pins; the lock is held --- */

static void
pin_locked (ContentStore *contents, const char *sha256)
{
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (contents->pins, sha256));
  g_hash_table_replace (contents->pins, g_strdup (sha256), GUINT_TO_POINTER (count + 1));
}

gboolean
content_store_pin (ContentStore *contents, const char *sha256, GError **error)
{
  char name[NAME_SIZE];
  name_of (sha256, name);
  g_mutex_lock (&contents->lock);
  int status = faccessat (contents->folder, name, F_OK, 0);
  int code = errno;
  if (status == 0)
    pin_locked (contents, sha256);
  g_mutex_unlock (&contents->lock);
  return status == 0 || file_error (error, code, "find the content", name);
}

void
content_store_unpin (ContentStore *contents, const char *sha256)
{
  g_mutex_lock (&contents->lock);
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (contents->pins, sha256));
  g_assert (count > 0);
  if (count == 1)
    g_hash_table_remove (contents->pins, sha256);
  else
    g_hash_table_replace (contents->pins, g_strdup (sha256), GUINT_TO_POINTER (count - 1));
  g_mutex_unlock (&contents->lock);
}

/* --- writing --- */

ContentTemp *
content_temp_new (ContentStore *contents, GError **error)
{
  g_autofree ContentTemp *temp = g_new0 (ContentTemp, 1);
  temp->contents = contents;
  g_snprintf (temp->name, sizeof temp->name, "upload-%d",
              g_atomic_int_add (&contents->next_temp, 1));
  temp->fd = openat (contents->temp_folder, temp->name,
                     O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (temp->fd < 0) {
    file_error (error, errno, "make the file", temp->name);
    return NULL;
  }
  return g_steal_pointer (&temp);
}

void
content_temp_free (ContentTemp *temp)
{
  if (temp == NULL)
    return;
  close (temp->fd);
  if (!temp->published)
    unlinkat (temp->contents->temp_folder, temp->name, 0);
  g_free (temp);
}

gboolean
content_temp_write (ContentTemp *temp, const guint8 *bytes, gsize n, GError **error)
{
  return write_all (temp->fd, bytes, n) || file_error (error, errno, "write the file", temp->name);
}

/* The folder xx is there and survives a crash. */
static gboolean
make_content_folder (ContentStore *contents, const char *sha256, GError **error)
{
  const char folder[] = { sha256[0], sha256[1], '\0' };
  if (mkdirat (contents->folder, folder, 0700) == 0) {
    if (fsync (contents->folder) != 0)
      return file_error (error, errno, "sync the folder", FOLDER);
  } else if (errno != EEXIST) {
    return file_error (error, errno, "make the folder", folder);
  }
  return TRUE;
}

static gboolean
sync_content_folder (ContentStore *contents, const char *sha256, GError **error)
{
  const char folder[] = { sha256[0], sha256[1], '\0' };
  int fd = openat (contents->folder, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0)
    return file_error (error, errno, "open the folder", folder);
  int status = fsync (fd);
  int code = errno;
  close (fd);
  return status == 0 || file_error (error, code, "sync the folder", folder);
}

gboolean
content_temp_publish (ContentTemp *temp, const char sha256[DIGEST_SHA256_HEX_SIZE], GError **error)
{
  ContentStore *contents = temp->contents;
  char name[NAME_SIZE];
  name_of (sha256, name);
  if (fsync (temp->fd) != 0)
    return file_error (error, errno, "sync the file", temp->name);
  if (!make_content_folder (contents, sha256, error))
    return FALSE;
  g_mutex_lock (&contents->lock);
  int status = renameat (contents->temp_folder, temp->name, contents->folder, name);
  int code = errno;
  if (status == 0)
    pin_locked (contents, sha256);
  g_mutex_unlock (&contents->lock);
  if (status != 0)
    return file_error (error, code, "rename the file to", name);
  temp->published = TRUE;
  if (sync_content_folder (contents, sha256, error))
    return TRUE;
  content_store_unpin (contents, sha256);
  return FALSE;
}

int
content_store_open (ContentStore *contents, const char *sha256, GError **error)
{
  char name[NAME_SIZE];
  name_of (sha256, name);
  int fd = openat (contents->folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0)
    file_error (error, errno, "open the content", name);
  return fd;
}

/* --- removing --- */

typedef struct {
  ContentStore *contents;
  char *sha256;
} Removal;

static Removal *
removal_new (ContentStore *contents, const char *sha256)
{
  Removal *removal = g_new (Removal, 1);
  *removal = (Removal){ .contents = contents, .sha256 = g_strdup (sha256) };
  return removal;
}

static void
removal_free (gpointer data)
{
  Removal *removal = data;
  g_free (removal->sha256);
  g_free (removal);
}

/* The commit that saw no row with it is durable. Whoever has come to want it since has pinned it before looking. */
static void
remove_unless_pinned (gpointer data)
{
  const Removal *removal = data;
  ContentStore *contents = removal->contents;
  char name[NAME_SIZE];
  name_of (removal->sha256, name);
  g_mutex_lock (&contents->lock);
  if (!g_hash_table_contains (contents->pins, removal->sha256) &&
      unlinkat (contents->folder, name, 0) != 0 && errno != ENOENT)
    log_warning (contents->log, "content-not-removed", log_text ("content", removal->sha256),
                 log_text ("error", g_strerror (errno)));
  g_mutex_unlock (&contents->lock);
}

gboolean
content_store_forget_in (ContentStore *contents, StoreTx *tx, const char *sha256, GError **error)
{
  gboolean in_use = TRUE;
  if (sha256 == NULL)
    return TRUE;
  if (!object_record_content_in_use (tx, sha256, &in_use, error))
    return FALSE;
  if (!in_use)
    store_tx_on_commit (tx, remove_unless_pinned, removal_new (contents, sha256), removal_free);
  return TRUE;
}

static gboolean
forget_work (StoreTx *tx, gpointer data, GError **error)
{
  const Removal *removal = data;
  return content_store_forget_in (removal->contents, tx, removal->sha256, error);
}

static void
forget_done (gpointer data, const GError *error)
{
  removal_free (data);
}

void
content_store_forget (ContentStore *contents, const char *sha256)
{
  store_submit (contents->store, STORE_WRITE, forget_work, forget_done,
                removal_new (contents, sha256));
}

static gboolean
no_work (StoreTx *tx, gpointer data, GError **error)
{
  return TRUE;
}

/* Writes are done in their order: after this one, those of content_store_forget are. */
static void
wait_for_removals (ContentStore *contents)
{
  g_autoptr (GError) error = NULL;
  if (!store_run (contents->store, STORE_WRITE, no_work, NULL, &error))
    log_warning (contents->log, "content-store-not-settled", log_error_field (error));
}

void
content_store_free (ContentStore *contents)
{
  if (contents == NULL)
    return;
  wait_for_removals (contents);
  if (contents->temp_folder >= 0)
    close (contents->temp_folder);
  if (contents->folder >= 0)
    close (contents->folder);
  g_hash_table_unref (contents->pins);
  g_mutex_clear (&contents->lock);
  g_free (contents);
}

/* --- sweeping --- */

typedef struct {
  ContentStore *contents;
  GPtrArray *names; /* sha256 */
} SweepBatch;

static gboolean
sweep_work (StoreTx *tx, gpointer data, GError **error)
{
  const SweepBatch *batch = data;
  for (guint i = 0; i < batch->names->len; i++) {
    if (!content_store_forget_in (batch->contents, tx, batch->names->pdata[i], error))
      return FALSE;
  }
  return TRUE;
}

static void
sweep_batch (SweepBatch *batch)
{
  g_autoptr (GError) error = NULL;
  if (batch->names->len > 0 &&
      !store_run (batch->contents->store, STORE_WRITE, sweep_work, batch, &error))
    log_warning (batch->contents->log, "content-sweep-failed", log_error_field (error));
  g_ptr_array_set_size (batch->names, 0);
}

static void
sweep_folder (SweepBatch *batch, const char *folder, const gint *stop)
{
  DIR *dir = list_folder (batch->contents->folder, folder);
  if (dir == NULL)
    return;
  const struct dirent *entry;
  while (!g_atomic_int_get (stop) &&
         (entry = readdir (dir)) != NULL) { /* NOLINT(concurrency-mt-unsafe): dir is ours alone */
    if (strlen (entry->d_name) != DIGEST_SHA256_HEX_SIZE - 1 - strlen (folder))
      continue;
    g_ptr_array_add (batch->names, g_strconcat (folder, entry->d_name, NULL));
    if (batch->names->len >= SWEEP_BATCH)
      sweep_batch (batch);
  }
  closedir (dir);
}

void
content_store_sweep (ContentStore *contents, const gint *stop)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  SweepBatch batch = { .contents = contents, .names = names };
  for (guint i = 0; i < 256 && !g_atomic_int_get (stop); i++) {
    char folder[3];
    g_snprintf (folder, sizeof folder, "%02x", i);
    sweep_folder (&batch, folder, stop);
  }
  sweep_batch (&batch);
}
