from __future__ import annotations

import asyncio

import pytest
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from campus.activity import shape
from campus.activity.model import FinalResult, Session, Status
from campus.activity.table import sessions as session_table
from campus.activity.table import submissions as submission_table
from campus.api.activity.v1 import activity_pb2
from trunkline.api.entities.v1 import session_pb2

moments = st.integers(-(2**63), 2**63 - 1)
# Without the one character that no component keeps.
names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=32)
standing = st.one_of(
    st.tuples(st.sampled_from([Status.ACTIVE, Status.PAUSED]), st.none()),
    st.tuples(st.just(Status.COMPLETED), st.sampled_from(FinalResult)),
)
rows = st.builds(
    lambda ids, presentation, stands, times: Session(*ids, *presentation, *stands, *times),
    st.tuples(st.uuids().map(str), st.uuids().map(str)),
    st.tuples(names, names),
    standing,
    st.tuples(moments, moments),
)
submissions = st.builds(
    activity_pb2.Submission,
    submission_id=st.uuids().map(str),
    session_id=st.uuids().map(str),
    assessment_id=names,
    weight=st.floats(0, 100),
    score=st.one_of(st.none(), st.floats(0, 100)),
    banked=st.booleans(),
    day=st.integers(-(2**31), 2**31 - 1),
)


@st.composite
def entities(draw: st.DrawFn) -> session_pb2.Session:
    status = draw(st.sampled_from([1, 2, 3]))
    data = Struct()
    data.update({"code_module": draw(names), "code_presentation": draw(names)})
    if status == session_pb2.SESSION_STATUS_COMPLETED:
        data["final_result"] = draw(st.sampled_from(["Pass", "Distinction", "Fail"]))
    times = st.builds(Timestamp, seconds=st.integers(0, 2**33), nanos=st.integers(0, 10**9 - 1))
    return session_pb2.Session(
        session_id=str(draw(st.uuids())),
        user_id=str(draw(st.uuids())),
        component="activity",
        activity_data=data,
        started_at=draw(times),
        last_active=draw(times),
        status=status,
    )


@given(entities())
def test_a_shared_session_becomes_a_row_and_comes_back_whole(entity):
    assert shape.entity_of(shape.session_of(entity)) == entity


@given(rows)
def test_a_row_becomes_a_shared_session_and_comes_back_whole(session):
    assert shape.session_of(shape.entity_of(session)) == session


@given(submissions)
def test_a_submission_becomes_a_row_and_comes_back_whole(message):
    assert shape.message_of(shape.submission_of(message)) == message
    assert shape.submission_of(shape.message_of(shape.submission_of(message))) == shape.submission_of(message)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=st.lists(rows, min_size=1, max_size=10, unique_by=lambda row: row.session_id),
    work=st.lists(submissions.map(shape.submission_of), max_size=10, unique_by=lambda row: row.submission_id),
)
async def test_a_row_comes_back_from_the_database_whole(sessions, wanted, work):
    async def empty(connection, items):
        await connection.execute(delete(session_table))
        await connection.execute(delete(submission_table))
        return items

    await sessions._database.write(empty, None)
    await asyncio.gather(*[sessions.add(session) for session in wanted])
    await asyncio.gather(*[sessions.take_in(submission, at=0) for submission in work])
    assert [(await sessions.take_in(submission, at=0)).record for submission in work] == work
    # Work may be of a session that is there, which it makes active.
    stored = [await sessions.get(session.session_id) for session in wanted]
    assert stored == wanted


@pytest.mark.parametrize(
    "changes",
    [
        {"component": "library"},
        {"activity_data": Struct()},
        {
            "activity_data": shape.Struct(
                fields={"code_module": {"string_value": "AAA"}, "shelf": {"string_value": "3"}}
            )
        },
    ],
)
def test_a_session_of_another_component_is_refused(changes):
    with pytest.raises(ValueError, match="the session"):
        shape.session_of(session_pb2.Session(**{"component": "activity", "status": 1, **changes}))


@pytest.mark.parametrize("name", ["PASS", "DISTINCTION", "FAIL"])
def test_every_result_of_the_contract_has_its_word(name):
    assert shape.result_of(activity_pb2.FinalResult.Value(f"FINAL_RESULT_{name}")).value.upper() == name
