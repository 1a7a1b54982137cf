#pragma once

#include "store/store-driver.h"

/* The PostgreSQL driver, through libpq. One thread writes, on its own connection: it runs the works that are waiting as
 * savepoints inside one transaction, so that a single durable commit serves them all, and a work that fails is undone
 * alone. A few threads read, each on its own connection and snapshot (REPEATABLE READ READ ONLY).
 *
 * Several servers on one database: writes are SERIALIZABLE, so they are as if one had come after the other. A
 * transaction that the database gives up for the sake of another's is run again, its works one by one. Each takes a
 * table lock that all writers share; a work that has lost twice takes it alone, and then nobody is in its way. One that
 * cannot have it in time fails with STORE_ERROR_BUSY.
 *
 * When the connection is lost, what had not begun to commit is run again on a new one (store/postgres/session.h). Of a
 * commit that was sent and not answered, the server is asked on the new connection how it ended. Only when it cannot
 * tell, its works fail with STORE_ERROR_IO although they may have been kept; StoreStats counts that as uncertain. Who
 * keeps in memory what commits told him reads it again then.
 *
 * Statements get their results whole: what a statement gives must fit into memory.
 *
 * URL: see store/postgres/target.h. Schema and collation: see store/postgres/schema.h. */
extern const StoreDriver postgres_store_driver;
