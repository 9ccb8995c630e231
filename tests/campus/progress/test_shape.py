from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from campus.api.progress.v1.progress_pb2 import RecordCompletionRequest
from campus.progress.model import Completion
from campus.progress.shape import completion_of, request_of

two_decimals = st.integers(0, 10_000)
completions = st.builds(
    Completion,
    submission_id=st.uuids().map(str),
    user_id=st.uuids().map(str),
    code_module=st.text(min_size=1, max_size=32),
    code_presentation=st.text(min_size=1, max_size=32),
    assessment_id=st.text(min_size=1, max_size=64),
    weight=two_decimals,
    score=st.one_of(st.none(), two_decimals),
)
requests = st.builds(
    RecordCompletionRequest,
    submission_id=st.uuids().map(str),
    user_id=st.uuids().map(str),
    code_module=st.text(min_size=1, max_size=32),
    code_presentation=st.text(min_size=1, max_size=32),
    assessment_id=st.text(min_size=1, max_size=64),
    weight=two_decimals.map(lambda number: number / 100),
    score=st.one_of(st.none(), two_decimals.map(lambda number: number / 100)),
)


@given(completions)
def test_a_row_becomes_a_request_and_comes_back_whole(completion):
    assert completion_of(request_of(completion)) == completion


@given(requests)
def test_a_request_becomes_a_row_and_comes_back_whole(request):
    assert request_of(completion_of(request)) == request


def test_no_score_and_a_score_of_zero_are_different():
    assert completion_of(RecordCompletionRequest()).score is None
    assert completion_of(RecordCompletionRequest(score=0)).score == 0
