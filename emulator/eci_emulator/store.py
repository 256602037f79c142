"""Stores caches, ClientTokens and a few values in SQLite, in memory or in a file."""

from __future__ import annotations

import sqlite3
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING

from eci_emulator.lifecycle import removal
from eci_emulator.model import Cache, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS caches (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    region TEXT NOT NULL,
    name TEXT NOT NULL,
    removal REAL,
    document TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS caches_by_region ON caches (region, seq);
CREATE INDEX IF NOT EXISTS caches_by_name ON caches (region, name);
CREATE INDEX IF NOT EXISTS caches_by_removal ON caches (removal) WHERE removal IS NOT NULL;
CREATE TABLE IF NOT EXISTS tokens (
    token TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    response TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value REAL NOT NULL);
"""


class Store:
    """The emulator's state. The caller must serialize access."""

    def __init__(self, path: Path | None = None) -> None:
        # Calls come from several threads, one at a time.
        self._db = sqlite3.connect(
            str(path) if path else ":memory:",
            isolation_level=None,
            check_same_thread=False,
            timeout=1,
        )
        # A store in memory need not be closed.
        weakref.finalize(self, self._db.close)
        if path:
            # Two emulators must not use one file.
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit the changes in this context, or roll them back after an exception."""
        self._db.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def clear(self) -> None:
        """Remove all caches and tokens."""
        self._db.execute("DELETE FROM caches")
        self._db.execute("DELETE FROM tokens")

    def put(self, cache: Cache) -> None:
        """Add a cache, or replace the cache with the same ID."""
        self._db.execute(
            "INSERT INTO caches (id, region, name, removal, document) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (id) DO UPDATE SET region = excluded.region, name = excluded.name,"
            " removal = excluded.removal, document = excluded.document",
            (cache.id, cache.region, cache.name, removal(cache), encode(cache)),
        )

    def get(self, cache_id: str) -> Cache | None:
        """Return the cache with an id, in any region."""
        row = self._db.execute("SELECT document FROM caches WHERE id = ?", (cache_id,)).fetchone()
        return decode(row[0]) if row else None

    def delete(self, cache_id: str) -> None:
        """Remove a cache if it exists."""
        self._db.execute("DELETE FROM caches WHERE id = ?", (cache_id,))

    def remove_due(self, now: float) -> None:
        """Remove caches that have expired."""
        self._db.execute("DELETE FROM caches WHERE removal <= ?", (now,))

    def scan(
        self, region: str | None = None, *, name: str | None = None, after: int = 0, most: int = -1
    ) -> Iterator[tuple[int, Cache]]:
        """Yield caches, oldest first, each with its place in that order.

        Args:
            region: Only those of this region.
            name: Only those with this name.
            after: Only those behind this place.
            most: How many at most; -1 for all.
        """
        where, values = _where(region, name)
        rows = self._db.execute(
            f"SELECT seq, document FROM caches WHERE {where} AND seq > ? ORDER BY seq LIMIT ?",  # noqa: S608 - fixed fragments
            (*values, after, most),
        )
        # Fetched at once, so that the caller may change the caches during the iteration.
        for seq, document in rows.fetchall():
            yield seq, decode(document)

    def count(self, region: str | None = None, *, name: str | None = None) -> int:
        """Return how many caches `scan` would yield."""
        where, values = _where(region, name)
        row = self._db.execute(
            f"SELECT COUNT(*) FROM caches WHERE {where}",  # noqa: S608 - fixed fragments
            values,
        ).fetchone()
        return int(row[0])

    def token(self, token: str) -> tuple[str, str] | None:
        """Return the fingerprint and response that are stored for a ClientToken."""
        row = self._db.execute(
            "SELECT fingerprint, response FROM tokens WHERE token = ?", (token,)
        ).fetchone()
        return (row[0], row[1]) if row else None

    def remember_token(self, token: str, fingerprint: str, response: str) -> None:
        """Store the response to a request with a ClientToken."""
        self._db.execute("INSERT INTO tokens VALUES (?, ?, ?)", (token, fingerprint, response))

    def fact(self, name: str) -> float | None:
        """Return the number that is stored under a name."""
        row = self._db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return float(row[0]) if row else None

    def remember_fact(self, name: str, value: float) -> None:
        """Store a number under a name."""
        self._db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def _where(region: str | None, name: str | None) -> tuple[str, tuple[str, ...]]:
    parts = {"region": region, "name": name}
    given = {column: value for column, value in parts.items() if value is not None}
    return " AND ".join([f"{column} = ?" for column in given] or ["1"]), tuple(given.values())
