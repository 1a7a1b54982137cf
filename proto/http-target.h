#pragma once

#include <glib.h>

/*
 * The parts of a URL that signing and messages need.
 *
 * Thread rule: any thread.
 */
typedef struct {
  char *
      origin; /* scheme://host:port, without a port that is the scheme's own; nothing secret in it */
  char *host; /* the Host header */
  char *path;
  char *query; /* NULL: none */
} HttpTarget;

/* An absolute http or https URL; HTTP_CLIENT_ERROR_SETTINGS when it is none. */
gboolean http_target_parse (const char *text, HttpTarget *target, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
void http_target_clear (HttpTarget *target);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (HttpTarget, http_target_clear)
