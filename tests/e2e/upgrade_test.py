#!/usr/bin/env python3
"""A data folder of an earlier release, opened by this one."""

import sqlite3

from harness import *

FIRST_RELEASE = 4  # schema


def columns(database, table):
    return [row[1] for row in database.execute(f"PRAGMA table_info ({table})")]


def take_back(path, schema):
    """Makes the database what it was in an earlier release: that release's tables, and in them who may come in."""
    new = sqlite3.connect(path)
    old = sqlite3.connect(path.with_suffix(".old"))
    old.execute("CREATE TABLE schema_migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
    for file in sorted((ROOT / "store" / "migrations").glob("*.sql"))[:schema]:
        number, name = file.stem.split("-", 1)
        old.executescript(file.read_text())
        old.execute("INSERT INTO schema_migration VALUES (?, ?)", (int(number), name))
    for table in ("principal", "access_key"):
        shared = ", ".join(name for name in columns(old, table) if name in columns(new, table))
        rows = new.execute(f"SELECT {shared} FROM {table}").fetchall()
        old.executemany(f"INSERT INTO {table} ({shared}) VALUES ({', '.join('?' * len(shared.split(',')))})", rows)
    old.commit()
    for database in (new, old):
        database.close()
    for left in (path, *path.parent.glob(path.name + "-*")):
        left.unlink()
    path.with_suffix(".old").rename(path)


@case("an earlier release's database is upgraded, the log says so once, and its keys work")
def upgraded(world):
    server = world.server()
    lacks(tail(server.log), "database-upgraded", "log of a new installation")
    server.stop()
    take_back(server.data / "slipway.db", FIRST_RELEASE)
    server.start()
    contains(tail(server.log), f"event=database-upgraded store=sqlite:{server.data}/slipway.db from={FIRST_RELEASE} to=")
    contains(server.slipway("iam", "users", "list"), "admin")
    server.slipway("apps", "create", "shop")
    server.stop()
    before = tail(server.log, 1000).count("database-upgraded")
    server.start()
    equal(tail(server.log, 1000).count("database-upgraded"), before, "upgrades in the log")
    equal(server.slipway("apps", "list").split(), ["shop"], "applications")


if __name__ == "__main__":
    main(globals())
