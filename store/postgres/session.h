#pragma once

#include "store/postgres/connection.h"

/* A connection that comes back: what one thread of the driver talks through. Private to store/postgres/.
 *
 * When the connection is lost, the next who asks waits for a new one, with growing pauses, for a few seconds: a restart of
 * the server goes unnoticed but for the delay. When it stays away, who asks is told so at once, except for one try in each
 * pause, so that nobody queues up behind a server that is down.
 *
 * Threads: one thread at a time. */

typedef struct PgSession PgSession;

/* target is borrowed; connection is taken over; NULL: the first who asks makes one. */
PgSession *pg_session_new (const PgTarget *target, PgConnection *connection)
    G_GNUC_WARN_UNUSED_RESULT;
void pg_session_free (PgSession *session); /* NULL is fine */

/* The connection. May block for seconds. NULL with STORE_ERROR_IO: there is none, nothing was sent. */
PgConnection *pg_session_get (PgSession *session, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The present connection is lost. */
void pg_session_drop (PgSession *session);
