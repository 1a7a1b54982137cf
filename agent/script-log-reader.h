#pragma once

#include <glib.h>

/*
 * Reads back what the scripts of a deployment said (agent/script-log.h): `slipway-agent logs [DEPLOYMENT] [--event E]
 * [--follow]`. From the official agent's scripts.log as well.
 *
 * Thread rule: any thread; blocks on the disk and on whoever reads the output, with follow for as long as the process lives.
 */
typedef struct {
  const char *deployment_id; /* NULL: the one whose scripts spoke last */
  const char *event;         /* NULL: all */
  gboolean follow;           /* what is still to come as well */
} ScriptLogQuery;

#define SCRIPT_LOG_READER_ERROR (script_log_reader_error_quark ())
GQuark script_log_reader_error_quark (void);
typedef enum {
  SCRIPT_LOG_READER_ERROR_USAGE,
  SCRIPT_LOG_READER_ERROR_NONE, /* there is no such log */
  SCRIPT_LOG_READER_ERROR_FAILED
} ScriptLogReaderError;

/* From the words behind "logs"; the query refers to them. */
gboolean script_log_query_parse (const char *const *words, gsize n, ScriptLogQuery *out,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The path of the scripts.log that is meant, below the agent's root_dir. */
char *script_log_reader_find (const char *root_dir, const char *deployment_id, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Oldest first, rotated files included. With follow it returns only on failure. */
gboolean script_log_reader_print (const char *root_dir, const ScriptLogQuery *query, int out_fd,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;
