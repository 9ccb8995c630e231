"""Where progress keeps its completions."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, String, Table

metadata = MetaData()

# Weight and score are hundredths: integers add up exactly in every order.
completions = Table(
    "completions",
    metadata,
    Column("submission_id", String(36), primary_key=True),
    Column("user_id", String(36), nullable=False),
    Column("code_module", String(32), nullable=False),
    Column("code_presentation", String(32), nullable=False),
    Column("assessment_id", String(64), nullable=False),
    Column("weight", Integer, nullable=False),
    Column("score", Integer),
    Index("completions_by_learner", "user_id", "code_module", "code_presentation"),
    sqlite_with_rowid=False,
)
