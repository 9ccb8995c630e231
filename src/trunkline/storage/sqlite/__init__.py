"""The embedded engine: one file, one writer. SQLite in WAL mode, a commit is on the disk before it is acknowledged."""

from __future__ import annotations

from trunkline.storage.sqlite.store import SqliteStore

__all__ = ["SqliteStore"]
