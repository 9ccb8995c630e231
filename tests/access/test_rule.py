from __future__ import annotations

import sys

import pytest

from campus.api.accounts.v1.accounts_pb2 import GetUserRequest, RegisterUserRequest
from trunkline.access.rule import RuleError, compile_rule
from trunkline.api.entities.v1.user_pb2 import User

OWN = "request.user_id == claims.sub || 'registrar' in claims.roles"
PEER = {"component": "activity", "address": "ipv4:127.0.0.1:1"}


def rule(text, kind=GetUserRequest):
    return compile_rule(text, kind.DESCRIPTOR)


def test_a_rule_holds_for_whom_it_is_true():
    own = rule(OWN)
    assert own.judge({"sub": "ann", "roles": []}, PEER, GetUserRequest(user_id="ann")).holds
    assert own.judge({"sub": "bob", "roles": ["registrar"]}, PEER, GetUserRequest(user_id="ann")).holds
    assert not own.judge({"sub": "bob", "roles": []}, PEER, GetUserRequest(user_id="ann")).holds


def test_a_rule_reads_fields_within_fields():
    named = rule("request.user.username == claims.sub", RegisterUserRequest)
    assert named.judge({"sub": "ann"}, PEER, RegisterUserRequest(user=User(username="ann"))).holds


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        (OWN, True),
        ("has(request.user_id)", True),
        ("peer.component == 'activity'", False),
        ("claims.sub == 'request'", False),
        ("['a'].exists(request, request == claims.sub)", False),
    ],
)
def test_whether_a_rule_reads_the_request_is_told(text: str, reads: bool):
    assert rule(text).reads_request is reads


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("request.userid == ''", "at 1:8, undefined field 'userid' not found in struct 'campus.api.accounts"),
        ("claims.sub ==", "at 1:14, Syntax error: mismatched input '<EOF>'"),
        ("true &&\n  token.sub == ''", "at 2:8, undeclared reference to 'token.sub'"),
        ("peer.component == 1", "at 1:16, found no matching overload for '_==_' applied to '(string, int)'"),
        ("", "at 1:1, Syntax error"),
    ],
)
def test_a_rule_that_does_not_compile_is_named_with_the_place_in_it(text: str, problem: str):
    with pytest.raises(RuleError) as caught:
        rule(text)
    assert caught.value.problem.startswith(f"access.rule does not compile: {problem}")


@pytest.mark.parametrize(("text", "kind"), [("claims.sub", "dyn"), ("request.user_id", "string"), ("1", "int")])
def test_a_rule_must_be_a_condition(text: str, kind: str):
    with pytest.raises(RuleError, match=f"access.rule is of type {kind}, not bool"):
        rule(text)


@pytest.mark.parametrize(
    ("claims", "cause"),
    [
        ({}, 'Key not found in map : "level"'),
        ({"level": "high"}, "No matching overloads found"),
        ({"level": 2**70}, "out of range"),
        ({"level": object()}, "Non-CEL value type"),
        ({"level": 5, "name": "\ud800"}, ""),
        ({1: 2}, "Unexpected value type"),
    ],
)
def test_what_cannot_be_evaluated_lets_nobody_in_and_says_why(claims, cause: str):
    verdict = rule("claims.level > 3").judge(claims, PEER)
    assert not verdict.holds
    assert cause in verdict.cause
    assert verdict.cause


def test_without_the_request_a_rule_comes_out_only_where_it_does_so_for_all_requests():
    own = rule(OWN)
    assert own.judge({"sub": "bob", "roles": ["registrar"]}, PEER).holds
    open_ = own.judge({"sub": "bob", "roles": []}, PEER)
    assert (open_.holds, 'No value with name "request"' in open_.cause) == (False, True)


def test_what_a_rule_reads_is_shown_as_it_is_written_there():
    text = (
        "has(claims.tenant) && claims.sub != \"claims.not\" && request.user_id.startsWith('u') || peer['address'] == ''"
    )
    read = rule(text).values({"sub": "ann"}, PEER, GetUserRequest(user_id="u1"))
    assert read == {
        "claims.tenant": "absent",
        "claims.sub": '"ann"',
        "request.user_id": '"u1"',
        "peer['address']": '"ipv4:127.0.0.1:1"',
    }
    assert rule(OWN).values({"sub": "ann"}, PEER)["request.user_id"] == "not known"


def test_without_the_extra_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    with pytest.raises(RuleError) as caught:
        rule("true")
    assert str(caught.value) == "access.rule needs CEL, which is not installed; pip install 'trunkline[cel]'"


def test_a_value_that_cannot_be_shown_spoils_no_explanation():
    assert rule("claims.sub == ''").values({"sub": "\ud800"}, PEER) == {"claims.sub": "cannot be shown"}
