#pragma once

#include "store/postgres/connection.h"

/* Brings a PostgreSQL database's schema up to date; private to store/postgres/.
 *
 * All migrations that are missing are applied in one transaction, under an advisory lock, so that two servers that start at the
 * same time do it one after the other.
 *
 * Names are ordered by code point, as SQLite orders them and as page tokens count on, whatever collation the database
 * was made with. The scripts are the same for all databases and say nothing of it; so in the transaction that has run
 * them every TEXT column that they made gets the collation "C". (The other way, to refuse a database of another collation,
 * would shut out what createdb makes by default; to patch the scripts' text would need an SQL parser.)
 *
 * Threads: as the connection. */

/* out_found: the newest migration that was there before. Errors: STORE_ERROR_SCHEMA, STORE_ERROR_BUSY, or why the connection failed. On failure the connection is only good to be closed. */
gboolean pg_schema_migrate (PgConnection *connection, gint64 *out_found, GError **error)
    G_GNUC_WARN_UNUSED_RESULT;
