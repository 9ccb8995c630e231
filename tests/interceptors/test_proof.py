from __future__ import annotations

import protovalidate
import pytest
from hypothesis import given
from hypothesis import strategies as st

from campus.api.accounts.v1 import accounts_pb2
from campus.api.activity.v1 import activity_pb2
from campus.api.progress.v1 import progress_pb2
from trunkline.api.testing.v1 import echo_pb2
from trunkline.interceptors.proof import proof_of

VALIDATOR = protovalidate.Validator()
ODD = st.sampled_from(["", "0", "\n", "-", "ABCDEF01-2345-6789-abcd-ef0123456789", "é" * 32, "x" * 33, "\u2028"])
TEXT = st.one_of(st.uuids().map(str), st.uuids().map(lambda it: f"{it}\n"), st.text(max_size=40), ODD)


@given(TEXT, TEXT, TEXT)
def test_what_is_proved_is_valid(first, second, third):
    messages = [
        accounts_pb2.GetUserRequest(user_id=first),
        activity_pb2.PauseSessionRequest(session_id=first),
        activity_pb2.Presentation(code_module=first, code_presentation=second),
        progress_pb2.GetProgressRequest(user_id=first, code_module=second, code_presentation=third),
        echo_pb2.CollectRequest(text=first),
    ]
    for message in messages:
        proof = proof_of(message.DESCRIPTOR)
        assert proof is not None
        if proof(message):
            assert VALIDATOR.collect_violations(message) == []


def test_what_is_plainly_valid_is_proved():
    proof = proof_of(accounts_pb2.GetUserRequest.DESCRIPTOR)
    assert proof is not None
    assert proof(accounts_pb2.GetUserRequest(user_id="11111111-1111-4111-8111-111111111111"))
    assert not proof(accounts_pb2.GetUserRequest(user_id="11111111-1111-4111-8111-111111111111\n"))


@pytest.mark.parametrize(
    "message",
    [
        accounts_pb2.RegisterUserRequest,
        accounts_pb2.ListUsersRequest,
        activity_pb2.SubmitRequest,
        activity_pb2.CompleteSessionRequest,
        activity_pb2.OpenSessionRequest,
        progress_pb2.RecordCompletionRequest,
        echo_pb2.ExpandRequest,
    ],
)
def test_rules_of_any_other_kind_are_left_to_the_validator(message):
    assert proof_of(message.DESCRIPTOR) is None
