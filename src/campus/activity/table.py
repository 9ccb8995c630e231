"""Where activity keeps its sessions and submissions."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Double, Enum, Index, Integer, MetaData, String, Table

from campus.activity.model import FinalResult, Status

metadata = MetaData()


def _words(kind: type[Status | FinalResult]) -> Enum:
    return Enum(
        kind, native_enum=False, length=16, values_callable=lambda members: [member.value for member in members]
    )


# Times are nanoseconds in 64 bits: exact, and good until the year 2262.
sessions = Table(
    "sessions",
    metadata,
    Column("session_id", String(36), primary_key=True),
    Column("user_id", String(36), nullable=False),
    Column("code_module", String(32), nullable=False),
    Column("code_presentation", String(32), nullable=False),
    Column("status", _words(Status), nullable=False),
    Column("final_result", _words(FinalResult)),
    Column("started_at", BigInteger, nullable=False),
    Column("last_active", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

submissions = Table(
    "submissions",
    metadata,
    Column("submission_id", String(36), primary_key=True),
    Column("session_id", String(36), nullable=False),
    Column("assessment_id", String(64), nullable=False),
    Column("weight", Double, nullable=False),
    Column("score", Double),
    Column("banked", Boolean, nullable=False),
    Column("day", Integer, nullable=False),
    Index("submissions_by_session", "session_id"),
    sqlite_with_rowid=False,
)
