#pragma once

#include <glib.h>
#include <libpq-fe.h>

/* Where a PostgreSQL database is: a store URL, understood. Private to store/postgres/.
 *
 * The URL is libpq's: "postgresql://[USER[:PASSWORD]@][HOST][:PORT]/DATABASE[?OPTION=VALUE&...]" (or "postgres://..."), or
 * "postgresql:" and libpq's list of KEY=VALUE. What it leaves open libpq takes from its environment (PGHOST, PGSSLMODE...)
 * and passwords from PGPASSFILE or ~/.pgpass; what neither says about time-outs is set here.
 *
 * Messages never show any part of the URL but user, host, port and database.
 *
 * Threads: constant after parsing, any thread. */

typedef struct PgTarget PgTarget;

/* rest: the URL after its scheme and colon. Errors: STORE_ERROR_OPEN. */
PgTarget *pg_target_parse (const char *rest, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void pg_target_free (PgTarget *target); /* NULL is fine */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PgTarget, pg_target_free)

/* What may be logged: "postgresql://USER@HOST:PORT/DATABASE". */
const char *pg_target_name (const PgTarget *target);
/* It holds a password, or the one of a key file. */
gboolean pg_target_has_password (const PgTarget *target);

/* Connects; blocks for at most the connection's time-out on each address. Never NULL but without memory: see
 * PQstatus. The caller ends it with PQfinish. */
PGconn *pg_target_connect (const PgTarget *target) G_GNUC_WARN_UNUSED_RESULT;
/* PQPING_REJECT: the server is there, and starts, recovers or stops. Blocks as pg_target_connect. */
PGPing pg_target_ping (const PgTarget *target) G_GNUC_WARN_UNUSED_RESULT;
