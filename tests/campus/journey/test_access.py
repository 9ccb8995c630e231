"""The access rules of campus: who is let in, and who is not though its scopes would do."""

from __future__ import annotations

import pytest

from campus.api.activity.v1 import activity_pb2 as activity
from campus.api.progress.v1 import progress_pb2 as progress
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from trunkline import PermissionDenied
from trunkline.access.decision import decide
from trunkline.access.rule import compile_rule
from trunkline.call import Principal
from trunkline.descriptors import find_method

ANN, BOB = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"


async def test_nobody_but_activity_records_completions_whatever_its_scopes(campus):
    with pytest.raises(PermissionDenied) as refused:
        await ProgressServiceStub(campus.channel).RecordCompletion(progress.RecordCompletionRequest())
    assert refused.value.reason == "RULE_REFUSED"


@pytest.mark.parametrize(
    ("method", "request_", "subject", "roles", "allowed"),
    [
        ("GetProgress", progress.GetProgressRequest(user_id=ANN), ANN, (), True),
        ("GetProgress", progress.GetProgressRequest(user_id=BOB), ANN, (), False),
        ("GetProgress", progress.GetProgressRequest(user_id=BOB), ANN, ("registrar",), True),
        ("GetProgress", progress.GetProgressRequest(user_id=BOB), "spiffe://campus/journey", ("component",), True),
        ("OpenSession", activity.OpenSessionRequest(user_id=ANN), ANN, (), True),
        ("OpenSession", activity.OpenSessionRequest(user_id=BOB), ANN, ("registrar",), False),
        ("OpenSession", activity.OpenSessionRequest(user_id=BOB), "spiffe://campus/journey", ("component",), True),
    ],
)
def test_learners_act_for_themselves_staff_and_components_for_others(method, request_, subject, roles, allowed):
    service = "progress.v1.ProgressService" if method == "GetProgress" else "activity.v1.ActivityService"
    found = find_method(f"/campus.api.{service}/{method}")
    access = found.policy.access
    assert access is not None
    principal = Principal(subject, access.scopes, frozenset(roles))
    rule = compile_rule(access.rule, type(request_).DESCRIPTOR)
    assert decide(method, access, principal, rule=rule, request=request_).allowed is allowed
