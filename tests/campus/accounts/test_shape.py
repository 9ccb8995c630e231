from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from google.protobuf.struct_pb2 import ListValue, Struct, Value
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from campus.accounts.shape import entity_of, user_of
from campus.accounts.table import users as table
from trunkline import InvalidArgument
from trunkline.api.entities.v1 import user_pb2

# Without the one character that no component keeps.
texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
values = st.recursive(
    st.one_of(
        st.just(Value(null_value="NULL_VALUE")),
        st.booleans().map(lambda flag: Value(bool_value=flag)),
        st.floats(allow_nan=False, allow_infinity=False).map(lambda number: Value(number_value=number)),
        st.text().map(lambda words: Value(string_value=words)),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda items: Value(list_value=ListValue(values=items))),
        st.dictionaries(st.text(), inner, max_size=3).map(lambda items: Value(struct_value=Struct(fields=items))),
    ),
    max_leaves=8,
)
structs = st.dictionaries(st.text(), values, max_size=4).map(lambda fields: Struct(fields=fields))
profiles = st.builds(user_pb2.Profile, first_name=texts, last_name=texts, preferences=st.one_of(st.none(), structs))
moments = st.integers(-(2**63), 2**63 - 1).map(lambda at: Timestamp(seconds=at // 10**9, nanos=at % 10**9))
entities = st.builds(
    user_pb2.User,
    user_id=st.uuids().map(str),
    username=st.from_regex(r"[A-Za-z0-9._-]{1,64}", fullmatch=True),
    email=texts,
    profile=st.one_of(st.none(), profiles),
    roles=st.lists(st.text(min_size=1), unique=True, max_size=5),
    created_at=st.one_of(st.none(), moments),
    updated_at=st.one_of(st.none(), moments),
)


@given(entities)
def test_a_shared_user_becomes_a_row_and_comes_back_whole(entity):
    again = entity_of(user_of(entity))
    assert again == entity
    assert again.SerializeToString(deterministic=True) == entity.SerializeToString(deterministic=True)


@given(entities.map(user_of))
def test_a_row_becomes_a_shared_user_and_comes_back_whole(user):
    assert user_of(entity_of(user)) == user


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(entities.map(user_of), min_size=1, max_size=10, unique_by=(lambda u: u.user_id, lambda u: u.username))
)
async def test_a_row_comes_back_from_the_database_whole(users, rows):
    async def empty(connection, items):
        await connection.execute(delete(table))
        return items

    wanted = [replace(user, created_at=user.created_at or 0, updated_at=user.updated_at or 0) for user in rows]
    await users._database.write(empty, None)
    await asyncio.gather(*[users.add(user) for user in wanted])
    assert await asyncio.gather(*[users.get(user.user_id) for user in wanted]) == wanted


@pytest.mark.parametrize("value", [Value(number_value=float("nan")), Value(number_value=float("inf")), Value()])
@pytest.mark.parametrize("nest", [lambda value: value, lambda value: Value(list_value=ListValue(values=[value]))])
def test_preferences_that_json_cannot_hold_are_refused(value, nest):
    entity = user_pb2.User(profile=user_pb2.Profile(preferences=Struct(fields={"theme": nest(value)})))
    with pytest.raises(InvalidArgument) as refused:
        user_of(entity)
    assert refused.value.reason == "PREFERENCES_NOT_JSON"
    assert refused.value.violations[0].field == "user.profile.preferences"


def test_yes_and_one_are_different_preferences():
    yes = user_of(user_pb2.User(profile=user_pb2.Profile(preferences=Struct(fields={"a": Value(bool_value=True)}))))
    one = user_of(user_pb2.User(profile=user_pb2.Profile(preferences=Struct(fields={"a": Value(number_value=1)}))))
    assert not yes.same_as(one)
