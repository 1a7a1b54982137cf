#pragma once

#include <glib.h>

/* The schema's history, compiled in from store/migrations/NNNN-name.sql in the order of their numbers.
 *
 * A file is a list of statements in the SQL that all databases share, ended by semicolons. It is forward only: once
 * released it never changes, a correction is a new file. A driver applies those that its database lacks inside one
 * transaction and keeps their numbers in the table `schema_migration`.
 *
 * Threads: constant, any thread. */

typedef struct {
  gint64 number; /* 1, 2, ... without gaps */
  const char *name;
  const char *sql;
} Migration;

/* All of them; out_count is also the number of the newest. */
const Migration *migrations_all (gsize *out_count);
gint64 migrations_newest (void);

/* Judges a database whose newest applied migration is `newest` (0: empty database): FALSE with STORE_ERROR_SCHEMA when this program
 * is older than the schema. */
gboolean migrations_accept (gint64 newest, GError **error) G_GNUC_WARN_UNUSED_RESULT;
