#pragma once

#include <glib.h>

/*
 * One line that is a secret: a token. It comes from standard input or from a file that only its owner can read, never from an
 * argument, which everybody on the machine can see.
 *
 * Thread rule: main thread only. Blocks.
 */

/* path NULL: standard input; at a terminal it is asked for, and not shown while it is typed. The line break at the end is taken
 * off. Raises CLI_EXIT_INPUT naming the file and the remedy, never the secret. Free with secret_input_free. */
char *secret_input_read (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Overwrites it first. NULL is fine. */
void secret_input_free (char *secret);

typedef char SecretText;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SecretText, secret_input_free)
