from campus.api.accounts.v1.accounts_pb2 import GetUserRequest
from trunkline.access.decision import Step
from trunkline.access.explanation import Asked, explain
from trunkline.access.matrix import Guarded
from trunkline.access.rule import compile_rule
from trunkline.call import Principal
from trunkline.errors import Unauthenticated
from trunkline.policy import AccessPolicy

TEXT = "request.user_id == claims.sub"
GUARDED = Guarded(AccessPolicy(rule=TEXT), compile_rule(TEXT, GetUserRequest.DESCRIPTOR))


def asked(**more: object) -> Asked:
    return Asked(**{"caller": "ann", "method": "m", "basis": "", "principal": Principal("ann"), **more})


def test_the_outcome_is_open_as_long_as_the_request_is_not_known():
    assert explain(asked(), GUARDED, "shop").outcome is None
    assert explain(asked(request=GetUserRequest(user_id="ann")), GUARDED, "shop").outcome is True
    assert explain(asked(request=GetUserRequest(user_id="bob")), GUARDED, "shop").outcome is False


def test_what_the_rule_read_is_shown():
    read = explain(asked(request=GetUserRequest(user_id="bob")), GUARDED, "shop").read
    assert read == {"request.user_id": '"bob"', "claims.sub": '"ann"'}


def test_what_was_seen_before_refuses_as_well():
    seen = [Step("token", "", "", Unauthenticated("TOKEN_EXPIRED", ""))]
    found = explain(asked(request=GetUserRequest(user_id="ann"), seen=seen), GUARDED, "shop")
    assert found.outcome is False
    assert [step.what for step in found.decision.steps] == ["token", "caller", "rule"]
