#pragma once

#include "cli/bundle.h"
#include "cli/session.h"
#include "proto/api-types.h"

/*
 * A folder becomes a registered revision: checked (cli/revision-check.h), packed, uploaded, registered with the application. The key
 * holds the bundle's hash, so pushing an unchanged folder twice is one revision.
 *
 * Thread rule: main thread; blocks.
 */
typedef enum {
  PUSH_CHECKED, /* findings go to standard error; with errors nothing is sent */
  PUSH_UNCHECKED
} PushCheck;

typedef struct {
  const char *folder;
  const char *application;
  const char *bucket; /* NULL: the server's default bucket, made when it is not there */
  const char *key;    /* NULL: APPLICATION/HASH.zip */
  const char *description;
  RevisionBundle type; /* zip or tgz */
  BundleFlags flags;
  PushCheck check;
} PushRequest;

typedef struct {
  const ApiRevisionLocation *revision;
  gint64 size_bytes;
  guint n_files;
  const char *sha256;
} Pushed;

/* Results live in `arena`. */
gboolean push_folder (Session *session, const PushRequest *request, Arena *arena,
                      Pushed *out_pushed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
