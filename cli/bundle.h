#pragma once

#include <glib.h>

#include "core/digest.h"
#include "core/revision.h"

/*
 * A folder becomes a bundle: everything in it is packed, right or wrong (cli/revision-check.h tells which). The same folder gives the same bytes (names in order, owner root, times kept), so a bundle's hash names it.
 *
 * Symbolic links are packed as links; a socket, pipe or device is refused. The bundle is an unnamed file in the
 * temporary folder, gone when the program ends.
 *
 * Thread rule: any thread. Blocks on the disk.
 */
typedef struct {
  int fd; /* owned; read it with pread */
  gint64 size_bytes;
  guint n_files;
  RevisionBundle type;
  char sha256[DIGEST_SHA256_HEX_SIZE];
} Bundle;

typedef enum {
  BUNDLE_DEFAULT = 0,
  BUNDLE_SKIP_HIDDEN =
      1 << 0, /* names that begin with a dot, as `aws deploy push --ignore-hidden-files` */
} BundleFlags;

#define BUNDLE_ERROR (bundle_error_quark ())
GQuark bundle_error_quark (void);
typedef enum {
  BUNDLE_ERROR_FOLDER, /* not a folder, or something in it cannot be read or packed */
  BUNDLE_ERROR_WRITE,  /* the temporary file cannot be written */
} BundleError;

/* Type is REVISION_BUNDLE_ZIP or REVISION_BUNDLE_TGZ. */
Bundle *bundle_pack (const char *folder, RevisionBundle type, BundleFlags flags, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void bundle_free (Bundle *bundle);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bundle, bundle_free)
