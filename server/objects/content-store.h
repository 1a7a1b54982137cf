#pragma once

#include "core/digest.h"
#include "server/log.h"
#include "store/store.h"

/* Contents of objects: files under DIR/objects, each named by the SHA-256 of its bytes (xx/yyyy...), mode 0600.
 *
 * A content is written to a temporary file, synced and renamed into place, and is then *pinned* until the rows that refer
 * to it are committed: a pinned content is never removed. It is removed once no row refers to it, after the commit
 * of the work that saw that. What a crash leaves behind is found when the store is opened.
 *
 * Threads: any. content_temp_write may run on an event loop (it only fills the page cache); publishing, opening and
 * sweeping block on disk. A ContentTemp belongs to one thread at a time. */
typedef struct ContentStore ContentStore;
typedef struct ContentTemp ContentTemp;

/* Makes the folders and empties the one of temporary files. Pointers are borrowed. Errors: G_FILE_ERROR. */
ContentStore *content_store_new (const char *data_dir, Store *store, const Log *log, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Before the store is closed; waits for removals that are under way. Never on a store thread. */
void content_store_free (ContentStore *contents);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ContentStore, content_store_free)

/* Removes every content that no row refers to. Blocks for as long as it takes, never on a store thread; stops early when *stop is set. */
void content_store_sweep (ContentStore *contents, const gint *stop);

/* A temporary file; gone when freed without having been published. */
ContentTemp *content_temp_new (ContentStore *contents, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void content_temp_free (ContentTemp *temp);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ContentTemp, content_temp_free)
gboolean content_temp_write (ContentTemp *temp, const guint8 *bytes, gsize n, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Makes it durable as the content of that hash, and pins it. */
gboolean content_temp_publish (ContentTemp *temp, const char sha256[DIGEST_SHA256_HEX_SIZE],
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For a content that is there already: G_FILE_ERROR_NOENT when it is not. */
gboolean content_store_pin (ContentStore *contents, const char *sha256, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
/* Ends one pin. Follow a failed commit with content_store_forget. */
void content_store_unpin (ContentStore *contents, const char *sha256);

/* Inside a work that has removed a row: removes the content after the commit when no row refers to it any more. NULL is fine. */
gboolean content_store_forget_in (ContentStore *contents, StoreTx *tx, const char *sha256,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The same as a work of its own, in the background: failures are left to the next sweep. */
void content_store_forget (ContentStore *contents, const char *sha256);

/* For reading; -1 on failure. G_FILE_ERROR_NOENT: it has just been removed, look the object up again. */
int content_store_open (ContentStore *contents, const char *sha256, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
