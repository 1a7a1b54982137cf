#pragma once

#include "core/ambient.h"
#include "core/arn.h"
#include "server/authenticate.h"
#include "server/http-server.h"
#include "server/log.h"
#include "store/store.h"

/* The built-in object store: what S3 clients see under path- and host-style addresses.
 *
 * Contents are files under DIR/objects, named by their SHA-256; everything else about an object is rows in the store. An
 * answer to an upload means that both are on disk. Administrators do everything, hosts read objects, everyone else does what
 * his policies or the bucket's allow (permit.h). What is not there answers with S3's NotImplemented.
 *
 * Threads: the route's functions run on event loops and only take the request apart and write bodies to temporary
 * files; everything else happens on a small pool of threads of its own. */
typedef struct Objects Objects;

typedef struct {
  Store *store;
  const char *data_dir; /* contents go to data_dir/objects */
  const ArnScope *arn;  /* the account that owns all buckets, and where they are */
  const char *const
      *host_names;         /* names of this server, NULL-terminated: <bucket>.<name> is host style.
                                    localhost is always one */
  guint64 max_object_size; /* bytes; 0: 5 GiB, as S3 for one upload */
  gint64 abort_uploads_ms; /* multipart uploads older than this are aborted; 0: never */
  gint64 audit_days;       /* how long the audit's events are kept; 0: for ever */
  const Ambient *ambient;
  const Log *log;
  const Authenticator *authenticator;
} ObjectsConfig;

/* Makes the folders; starts to remove, in the background, what uploads cut short by a crash have left. The configuration's
 * pointers are borrowed while it lives. Errors: G_FILE_ERROR. */
Objects *objects_new (const ObjectsConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Accepts everything signed for the service s3, everything presigned, and requests on any path but "/"; put it behind
 * the routes for the API, /healthz and the like. ctx is objects. */
HttpRoute objects_route (Objects *objects);

/* Waits until the requests that have begun are answered; answers ServiceUnavailable to all that come later. Before the HTTP
 * server is stopped. */
void objects_quiesce (Objects *objects);
/* After the HTTP server is stopped, before the store is closed. NULL is fine. */
void objects_free (Objects *objects);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Objects, objects_free)

/* Makes a bucket if it is not there, such as the one that `slipway push` uses. Blocks; never on a store thread. */
gboolean objects_ensure_bucket (Store *store, const char *name, gint64 now_ms, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
