#pragma once

#include <glib.h>

#include "proto/policy-document.h"

/*
 * A policy in a file, read and judged before it is sent, so that a mistake is told with the file's name. "-" is standard
 * input.
 *
 * Thread rule: any thread. Blocks on the disk.
 */
#define POLICY_FILE_MAX_BYTES (128 * 1024)

/* The caller frees the text. CLI_ERROR of CLI_EXIT_INPUT. */
gboolean policy_file_read (const char *path, PolicyDocumentKind kind, char **out_text,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
