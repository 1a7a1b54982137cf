#pragma once

#include "store/store-driver.h"

/* The SQLite driver. One thread writes: it runs the works that are waiting as savepoints inside one transaction, so
 * that a single durable commit (one sync of the write-ahead log) serves them all, and a work that fails is undone
 * alone. A few threads read, each on its own connection and snapshot. A database in memory has one connection, and
 * its reads take their turn among the writes.
 *
 * When the database loses the whole transaction (disk full, I/O error, a constraint checked at commit), the works
 * of the batch are run again one by one, so that each gets its own verdict.
 *
 * The rest of the URL is the path, or ":memory:"; "?busy_timeout_ms=N" may follow (default 10000): how long to wait
 * for another process. */
extern const StoreDriver sqlite_store_driver;
/* "sqlite-here:PATH", for simulators: without threads. One work after the other runs on the thread that submits it; there
 * may be one only. */
extern const StoreDriver sqlite_here_store_driver;
