#pragma once

#include "core/ambient.h"
#include "core/sigv4.h"
#include "server/http-server.h"
#include "server/log.h"
#include "store/records/principal.h"
#include "store/store.h"

/* The built-in object store: what S3 clients see under path- and host-style addresses.
 *
 * Contents are files under DIR/objects, named by their SHA-256; everything else about an object is rows in the store. An
 * answer to an upload means that both are on disk. Administrators do everything, hosts only read objects, nobody
 * else does anything. What is not there answers with S3's NotImplemented.
 *
 * It knows no keys: whoever makes it hands in how a signature is judged.
 *
 * Threads: the route's functions run on event loops and only take the request apart and write bodies to temporary
 * files; everything else happens on a small pool of threads of its own. */
typedef struct Objects Objects;

/* Judges a request's signature and names its principal. Called on the pool's threads; may block.
 * Verifies over x-amz-content-sha256 as sent (the body's hash is compared here). out_key: the signing key, for the chunk
 * signatures. Errors: SIGV4_ERROR as sigv4_verify raises them, OBJECTS_ERROR_UNKNOWN_KEY, OBJECTS_ERROR_BAD_TOKEN. */
typedef gboolean (*ObjectsAuthenticate) (gpointer ctx, const Sigv4Request *request,
                                         const Sigv4Auth *auth, Arena *arena,
                                         const Principal **out_principal,
                                         guint8 out_key[SIGV4_KEY_SIZE], GError **error);

#define OBJECTS_ERROR (objects_error_quark ())
GQuark objects_error_quark (void);
typedef enum {
  OBJECTS_ERROR_UNKNOWN_KEY, /* no such access key, or it is disabled: InvalidAccessKeyId */
  OBJECTS_ERROR_BAD_TOKEN    /* session token missing, wrong or expired: InvalidToken */
} ObjectsError;

typedef struct {
  Store *store;
  const char *data_dir; /* contents go to data_dir/objects */
  const char *region;   /* what GetBucketLocation says */
  const char *const
      *host_names;         /* names of this server, NULL-terminated: <bucket>.<name> is host style.
                                    localhost is always one */
  guint64 max_object_size; /* bytes; 0: 5 GiB, as S3 for one upload */
  const Ambient *ambient;
  const Log *log;
  ObjectsAuthenticate authenticate;
  gpointer authenticate_ctx;
} ObjectsConfig;

/* Makes the folders; starts to remove, in the background, what uploads cut short by a crash have left. The configuration's
 * pointers are borrowed while it lives. Errors: G_FILE_ERROR. */
Objects *objects_new (const ObjectsConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Accepts everything signed for the service s3, everything presigned, and requests on any path but "/"; put it behind
 * the routes for the API, /healthz and the like. ctx is objects. */
HttpRoute objects_route (Objects *objects);

/* Finishes requests that have begun. The server must not call the route any more. NULL is fine. */
void objects_free (Objects *objects);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Objects, objects_free)

/* Makes a bucket if it is not there: for `slipwayd init`. Blocks; never on a store thread. */
gboolean objects_ensure_bucket (Store *store, const char *name, gint64 now_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
