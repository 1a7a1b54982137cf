#pragma once

#include <glib.h>

/*
 * HTTP requests and answers as lines for a trace: request and status lines and headers, never bodies. Values that give access
 * (Authorization, session and metadata tokens, cookies) and queries of URLs are replaced by their length, since a redirect's
 * query is often a signature.
 *
 * Thread rule: any thread.
 */
typedef void (*HttpWireLine) (gpointer ctx, const char *line);

/* bytes: one or more header lines as they go over the wire. direction: '>' for what is sent, '<' for what comes. */
void http_wire_describe (char direction, const char *bytes, gsize n, HttpWireLine line,
                         gpointer ctx);
/* How a request to a server ended: with so many bytes of body, or an error. */
void http_wire_tell_end (const char *method, const char *origin, const gint64 *size,
                         const GError *error, HttpWireLine line, gpointer ctx);
