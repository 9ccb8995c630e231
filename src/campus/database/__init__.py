"""What the three components share of their databases: each has one of its own, SQLite or PostgreSQL by its URL."""

from campus.database.database import Database
from campus.database.records import Kept, Records

__all__ = ["Database", "Kept", "Records"]
