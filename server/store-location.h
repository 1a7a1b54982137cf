#pragma once

#include "store/store.h"

/* Where an installation's database is: a store URL, and how it gets here without giving its password away. A command line
 * can be read by every user of the machine, so a URL with a password comes in a file that others cannot read.
 *
 * Thread rule: any thread that may wait for a disk. Errors: INSTALLATION_ERROR_ARGUMENT, STORE_ERROR_OPEN, G_FILE_ERROR;
 * messages hold no secrets. */

#define STORE_LOCATION_MAX_BYTES 4096

/* A URL from the command line: can it be used, and may it stand there? */
gboolean store_location_check_argument (const char *url, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The URL that is the only line of a file. The caller frees it with store_location_free. */
char *store_location_read_file (const char *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A URL that was read from path: when it has a password, nobody else may be able to read that. */
gboolean store_location_check_file (const char *url, const char *path, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;

/* Wipes it; NULL is fine. */
void store_location_free (char *url);

/* `store: "URL"`, as a line of slipwayd.yml. The caller frees it with store_location_free. */
char *store_location_setting (const char *url);
