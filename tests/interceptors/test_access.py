from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from trunkline.api.identity.v1.administration_pb2 import IntrospectTokenRequest
from trunkline.api.testing.v1.echo_pb2 import EchoRequest, EchoResponse
from trunkline.call import Call, Method, Principal, Shape, Side
from trunkline.errors import PermissionDenied
from trunkline.interceptors.access import Access, DryRun
from trunkline.interceptors.refusals import Refusals
from trunkline.policy import AccessPolicy, Policy
from trunkline.runtime.chain import admit, compose, enter, leave
from trunkline.testing import ManualClock

if TYPE_CHECKING:
    from trunkline.audit.model import Event

NAMES = st.frozensets(st.sampled_from("abc"))


class Notes:
    """An audit log that keeps what it is given."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def note(self, event: Event) -> None:
        self.events.append(event)


def a_method(access: AccessPolicy | None, shape: Shape = Shape.UNARY_UNARY) -> Method:
    return Method("campus.Accounts", "GetUser", shape, Policy(access=access), EchoRequest, EchoResponse)


def call_of(method: Method, principal: Principal | None) -> Call:
    call = Call(method, Side.SERVER, peer_of=lambda: "ipv4:127.0.0.1:9")
    call.principal = principal
    return call


def check(access: AccessPolicy | None, principal: Principal | None, shape: Shape = Shape.UNARY_UNARY) -> None:
    method = a_method(access, shape)
    assert admit(compose([Access()], method, Side.SERVER), call_of(method, principal)) is None


@given(needed=NAMES, carried=NAMES, wanted=NAMES, had=NAMES)
def test_all_scopes_and_any_role_are_asked_for(needed, carried, wanted, had):
    access, principal = AccessPolicy(scopes=needed, roles=wanted), Principal("activity", carried, had)
    if needed <= carried and (not wanted or wanted & had):
        check(access, principal)
        return
    with pytest.raises(PermissionDenied) as refusal:
        check(access, principal)
    assert refusal.value.reason == ("ROLE_MISSING" if needed <= carried else "SCOPE_MISSING")


@pytest.mark.parametrize("shape", Shape)
def test_the_refusal_names_the_missing_scope_whatever_the_shape(shape):
    with pytest.raises(PermissionDenied) as refusal:
        check(AccessPolicy(scopes=frozenset({"accounts.read"})), Principal("activity"), shape)
    assert refusal.value.message == (
        "activity may not call campus.Accounts/GetUser: its token lacks the scope accounts.read"
    )
    assert refusal.value.metadata == {"missing": "accounts.read", "method": "campus.Accounts/GetUser"}


def test_the_refusal_names_every_missing_scope_and_no_other():
    needed = frozenset({"c.write", "a.read", "b.read"})
    with pytest.raises(PermissionDenied, match=r"lacks the scopes a\.read, c\.write$") as refusal:
        check(AccessPolicy(scopes=needed), Principal("activity", frozenset({"b.read"})))
    assert refusal.value.metadata["missing"] == "a.read c.write"


@pytest.mark.parametrize(
    ("roles", "said"),
    [({"registrar"}, "lacks the role registrar"), ({"dean", "registrar"}, "none of the roles dean, reg")],
)
def test_the_refusal_names_the_roles(roles, said):
    with pytest.raises(PermissionDenied, match=f"ROLE_MISSING.*{said}"):
        check(AccessPolicy(roles=frozenset(roles)), Principal("activity", roles=frozenset({"tutor"})))


def test_a_scope_is_no_role_and_a_part_is_not_the_whole():
    for scopes in ({"registrar"}, {"accounts"}, {"accounts.read.all"}, {"Accounts.Read"}):
        with pytest.raises(PermissionDenied, match="SCOPE_MISSING"):
            check(AccessPolicy(scopes=frozenset({"accounts.read"})), Principal("activity", frozenset(scopes)))


def test_a_public_method_is_not_checked_at_all():
    check(AccessPolicy(public=True), None)


def test_nobody_may_call_what_asks_for_somebody():
    with pytest.raises(PermissionDenied, match="PRINCIPAL_MISSING"):
        check(AccessPolicy(), None)


def test_anybody_known_may_call_what_asks_for_no_more():
    check(AccessPolicy(), Principal("activity"))


def test_a_rule_that_does_not_compile_lets_nobody_in():
    access = AccessPolicy(scopes=frozenset({"a"}), rule="request.nothing")
    with pytest.raises(PermissionDenied, match="RULE_UNSUPPORTED"):
        check(access, Principal("activity", frozenset({"a"})))


def test_a_rule_over_the_caller_is_asked_once_before_any_message():
    rule = "peer.component == 'activity' && peer.address == 'ipv4:127.0.0.1:9'"
    method = a_method(AccessPolicy(rule=rule))
    chain = compose([Access(trust_domain="campus")], method, Side.SERVER)
    assert chain.messages == ()
    assert admit(chain, call_of(method, Principal("spiffe://campus/activity"))) is None
    with pytest.raises(PermissionDenied, match="RULE_REFUSED"):
        admit(chain, call_of(method, Principal("spiffe://campus/journey")))


def test_a_rule_over_the_request_is_asked_for_each_message_and_the_scopes_before_any():
    method = a_method(AccessPolicy(scopes=frozenset({"a"}), rule="request.text == claims.sub"), Shape.STREAM_UNARY)
    chain = compose([Access()], method, Side.SERVER)
    call = call_of(method, Principal("ann", frozenset({"a"})))
    assert admit(chain, call) is None
    [message] = chain.messages
    message(call, EchoRequest(text="ann"))
    with pytest.raises(PermissionDenied, match="RULE_REFUSED"):
        message(call, EchoRequest(text="bob"))
    with pytest.raises(PermissionDenied, match="SCOPE_MISSING"):
        admit(chain, call_of(method, Principal("ann")))


def test_a_refused_rule_names_neither_its_values_nor_its_text_but_carries_the_cause():
    method = a_method(AccessPolicy(rule="claims.tenant == 'secret'"))
    with pytest.raises(PermissionDenied) as refusal:
        admit(compose([Access()], method, Side.SERVER), call_of(method, Principal("ann", claims={"tenant": 5**30})))
    assert refusal.value.message == (
        "ann may not call campus.Accounts/GetUser: its token does not satisfy the rule of the method"
    )
    assert refusal.value.metadata == {"method": "campus.Accounts/GetUser"}
    assert "out of range" in refusal.value.cause


def test_the_cause_of_a_refused_rule_is_in_the_audit_log_without_what_the_contract_hides():
    audit, clock = Notes(), ManualClock()
    method = Method(
        "campus.Accounts",
        "GetUser",
        Shape.UNARY_UNARY,
        Policy(access=AccessPolicy(rule="{'a': 1}[request.token] == 1")),
        IntrospectTokenRequest,
        EchoResponse,
    )
    chain = compose([Refusals(audit, rate="9/minute", clock=clock), Access()], method, Side.SERVER)
    call = call_of(method, Principal("ann"))
    entered, [message] = enter(chain, call), chain.messages
    with pytest.raises(PermissionDenied) as refusal:
        message(call, IntrospectTokenRequest(token="0815-hidden"))
    leave(entered, call, refusal.value)
    [event] = audit.events
    assert event.reason.startswith("RULE_REFUSED: ")
    assert "Key not found" in event.reason
    assert "0815" not in event.reason


def test_a_method_without_a_rule_costs_one_part_of_the_chain():
    chain = compose([Access()], a_method(AccessPolicy(scopes=frozenset({"a"}))), Side.SERVER)
    assert (len(chain.admits), chain.messages, chain.arounds, chain.responses) == (1, (), (), ())


@pytest.mark.parametrize(
    ("access", "reason", "cause"),
    [
        (AccessPolicy(scopes=frozenset({"a"})), "SCOPE_MISSING", "ann may not call"),
        (AccessPolicy(roles=frozenset({"dean"})), "ROLE_MISSING", "ann may not call"),
        (AccessPolicy(rule="claims.tenant == 1"), "RULE_REFUSED", "Key not found"),
    ],
)
def test_a_dry_run_lets_through_what_is_forbidden_and_tells_log_count_and_audit(access, reason, cause):
    audit, method = Notes(), a_method(access)
    with capture_logs() as lines:
        dry_run = DryRun(audit)
        chain = compose([Access(forbidden=dry_run)], method, Side.SERVER)
        assert admit(chain, call_of(method, Principal("ann"))) is None
    assert dry_run.count == 1
    begun, noted = lines
    assert begun["log_level"] == noted["log_level"] == "warning"
    assert (noted["would_refuse"], noted["caller"], noted["method"]) == (reason, "ann", method.full_name)
    assert cause in noted["cause"]
    [event] = audit.events
    assert (event.kind, event.outcome, event.who, event.what) == ("call", "would-refuse", "ann", method.full_name)
    assert event.source == "ipv4:127.0.0.1:9"
    assert event.reason.startswith(f"{reason}: ")


@pytest.mark.parametrize(
    ("access", "principal", "reason"),
    [
        (None, Principal("ann"), "ACCESS_UNDECLARED"),
        (AccessPolicy(rule="request.nothing"), Principal("ann"), "RULE_UNSUPPORTED"),
        (AccessPolicy(), None, "PRINCIPAL_MISSING"),
    ],
)
def test_a_dry_run_lets_nothing_through_that_nobody_can_decide_on(access, principal, reason):
    method = a_method(access)
    with capture_logs(), pytest.raises(PermissionDenied, match=reason):
        admit(compose([Access(forbidden=DryRun())], method, Side.SERVER), call_of(method, principal))


def test_a_method_whose_contract_is_silent_lets_nobody_in():
    with pytest.raises(PermissionDenied, match="ACCESS_UNDECLARED"):
        check(None, Principal("activity"))


def test_the_client_leaves_the_decision_to_the_server():
    access = AccessPolicy(scopes=frozenset({"a"}))
    method = a_method(access)
    assert compose([Access()], method, Side.CLIENT).admits == ()
