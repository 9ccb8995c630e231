"""A user as accounts keeps one."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class User:
    """One row of accounts. Times are nanoseconds since the epoch.

    `first_name` and `last_name` are None where the user has no profile. `preferences` is a JSON object as text in one
    fixed form, so that equal preferences are equal texts; None where the profile has none.
    """

    user_id: str
    username: str
    email: str
    first_name: str | None
    last_name: str | None
    preferences: str | None
    roles: tuple[str, ...]
    created_at: int | None
    updated_at: int | None

    def same_as(self, other: User) -> bool:
        """Whether both say the same of the same person, whenever it was stored."""
        return self == replace(other, created_at=self.created_at, updated_at=self.updated_at)
