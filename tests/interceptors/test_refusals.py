from __future__ import annotations

import asyncio

import pytest
from interceptors.hand import ECHO, new_call, run

from trunkline.call import Principal
from trunkline.errors import NotFound, PermissionDenied, ResourceExhausted, Unauthenticated, Unavailable
from trunkline.interceptors.refusals import Refusals
from trunkline.testing import ManualClock

PEER = "ipv4:10.0.0.7:51234"
TRACE = "00-" + "a" * 32 + "-" + "b" * 16 + "-00"


class Noted(list):
    note = list.append


@pytest.fixture
def audit():
    return Noted()


@pytest.fixture
def clock():
    return ManualClock(1000.0)


@pytest.fixture
def refusals(audit, clock):
    return Refusals(audit, rate="3/minute", clock=clock)


def refused(refusals, error, *, peer=PEER, principal=None, identity=""):
    call = new_call()
    call.proof_of = lambda: {"peer_spiffe_id": [identity.encode()]}
    call.peer_of = lambda: peer
    call.principal = principal
    call.trace = TRACE
    return run([refusals], call, error)


def foreign():
    return Unauthenticated("TOKEN_FOREIGN", "the token was not issued by this mesh")


def test_a_refused_call_is_noted_with_who_what_whence_and_why(refusals, audit):
    error = foreign()
    assert refused(refusals, error) is error
    (event,) = audit
    assert (event.kind, event.outcome, event.who) == ("call", "refused", "")
    assert (event.what, event.source, event.reason) == (ECHO[1:], PEER, "TOKEN_FOREIGN")
    assert event.trace_id == "a" * 32


def test_the_log_is_told_the_exact_cause_and_the_caller_is_not(refusals, audit):
    error = Unauthenticated("TOKEN_FOREIGN", "no", cause="the signature does not match key 7")
    final = refused(refusals, error)
    assert audit[0].reason == "TOKEN_FOREIGN: the signature does not match key 7"
    assert "key 7" not in f"{final} {final.message} {final.metadata}"


def test_whoever_is_known_is_named_with_who_acts_for_it(refusals, audit):
    refused(
        refusals, PermissionDenied("SCOPE_MISSING"), principal=Principal("ada", actors=("spiffe://campus/activity",))
    )
    refused(refusals, PermissionDenied("SCOPE_MISSING"), principal=Principal("spiffe://campus/journey"))
    assert [(one.who, one.details) for one in audit] == [
        ("ada", {"caller": "spiffe://campus/activity"}),
        ("spiffe://campus/journey", {}),
    ]


@pytest.mark.parametrize("error", [None, NotFound("NO_USER"), Unavailable("BUSY"), asyncio.CancelledError()])
def test_whatever_is_no_refusal_is_not_noted(refusals, audit, error):
    assert refused(refusals, error) is error
    assert audit == []


def test_a_refusal_by_another_component_was_noted_there(refusals, audit):
    assert refused(refusals, PermissionDenied("SCOPE_MISSING", remote=True)).reason == "SCOPE_MISSING"
    assert audit == []


def test_beyond_the_rate_a_peer_is_told_to_wait_and_no_reason(refusals, clock):
    for _ in range(3):
        assert refused(refusals, foreign()).reason == "TOKEN_FOREIGN"
    clock.advance(15)
    error = refused(refusals, foreign())
    assert isinstance(error, ResourceExhausted)
    assert (error.reason, error.retry_after, error.tried) == ("TOO_MANY_REFUSALS", 45, True)
    assert "TOKEN" not in str(error)


def test_beyond_the_rate_a_window_has_one_record_and_the_next_says_how_many_had_none(refusals, audit, clock):
    for _ in range(10):
        refused(refusals, foreign())
    assert [one.reason for one in audit] == [*["TOKEN_FOREIGN"] * 3, "TOO_MANY_REFUSALS"]
    assert refusals.unrecorded == 6
    clock.advance(60)
    refused(refusals, foreign())
    assert audit[-1].details == {"unrecorded": "6"}


def test_another_port_of_the_same_address_is_the_same_peer(refusals):
    for port in range(3):
        refused(refusals, foreign(), peer=f"ipv4:10.0.0.7:{port}")
    assert refused(refusals, foreign(), peer="ipv4:10.0.0.7:9").reason == "TOO_MANY_REFUSALS"
    assert refused(refusals, foreign(), peer="ipv4:10.0.0.8:9").reason == "TOKEN_FOREIGN"


def test_a_call_that_is_not_refused_passes_whatever_its_neighbours_did(refusals):
    for _ in range(10):
        refused(refusals, foreign())
    assert refused(refusals, None) is None


def test_a_peer_with_a_certificate_is_counted_by_it_wherever_it_calls_from(refusals):
    for port in range(3):
        refused(refusals, foreign(), identity="spiffe://campus/activity", peer=f"ipv4:10.0.0.{port}:9")
    assert refused(refusals, foreign(), identity="spiffe://campus/activity").reason == "TOO_MANY_REFUSALS"
    assert refused(refusals, foreign(), identity="spiffe://campus/progress").reason == "TOKEN_FOREIGN"
