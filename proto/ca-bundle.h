#pragma once

#include <glib.h>

/*
 * Trusted certificates of several files as one PEM text.
 *
 * Thread rule: any thread; reads files.
 */

/*
 * All *.pem and *.crt files of directory, and before them ca_file (NULL: the system's bundle, if that is not a folder which
 * libcurl looks into anyway). Errors are of HTTP_CLIENT_ERROR_SETTINGS and name the file. An empty folder gives an
 * empty text.
 */
GBytes *ca_bundle_read (const char *ca_file, const char *directory, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
