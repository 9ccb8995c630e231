"""The shared `User` to and from accounts' own rows; the only place where the two meet."""

from __future__ import annotations

from google.protobuf.timestamp_pb2 import Timestamp

from campus.accounts.model import User
from campus.accounts.preferences import struct_of, text_of
from trunkline.api.entities.v1 import user_pb2


def user_of(entity: user_pb2.User) -> User:
    """Return the row of a shared user.

    Raises `InvalidArgument` where the preferences hold what JSON cannot.
    """
    profile = entity.profile if entity.HasField("profile") else None
    return User(
        user_id=entity.user_id,
        username=entity.username,
        email=entity.email,
        first_name=profile.first_name if profile else None,
        last_name=profile.last_name if profile else None,
        preferences=text_of(profile.preferences) if profile and profile.HasField("preferences") else None,
        roles=tuple(entity.roles),
        created_at=entity.created_at.ToNanoseconds() if entity.HasField("created_at") else None,
        updated_at=entity.updated_at.ToNanoseconds() if entity.HasField("updated_at") else None,
    )


def entity_of(user: User) -> user_pb2.User:
    """Return the shared user of a row."""
    return user_pb2.User(
        user_id=user.user_id,
        username=user.username,
        email=user.email,
        profile=_profile(user),
        roles=user.roles,
        created_at=_timestamp(user.created_at),
        updated_at=_timestamp(user.updated_at),
    )


def moment_of(seconds: float) -> int:
    """Return the nanoseconds of a clock's seconds since the epoch, to the microsecond that a float can tell."""
    return round(seconds * 10**6) * 1000


def _profile(user: User) -> user_pb2.Profile | None:
    if user.first_name is None:
        return None
    preferences = None if user.preferences is None else struct_of(user.preferences)
    return user_pb2.Profile(first_name=user.first_name, last_name=user.last_name or "", preferences=preferences)


def _timestamp(nanoseconds: int | None) -> Timestamp | None:
    if nanoseconds is None:
        return None
    return Timestamp(seconds=nanoseconds // 10**9, nanos=nanoseconds % 10**9)
