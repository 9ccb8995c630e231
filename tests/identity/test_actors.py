from __future__ import annotations

import pytest

from trunkline.errors import Unauthenticated


def chain(*names: str) -> dict:
    inner = {"act": chain(*names[1:])} if len(names) > 1 else {}
    return {"sub": f"spiffe://campus/{names[0]}", **inner}


def test_a_subject_that_calls_itself_has_no_actors(verifier, forge):
    principal = verifier.verify(forge.token())
    assert principal.actors == ()
    assert principal.caller == "spiffe://campus/activity"


def test_the_caller_comes_first_and_there_may_be_four(verifier, forge):
    principal = verifier.verify(forge.token(claims=forge.claims(sub="learner-7", act=chain("d", "c", "b", "a"))))
    assert principal.subject == "learner-7"
    assert principal.actors == tuple(f"spiffe://campus/{name}" for name in "dcba")
    assert principal.caller == "spiffe://campus/d"


def test_a_component_may_be_acted_for(verifier, forge):
    principal = verifier.verify(forge.token(claims=forge.claims(act=chain("journey"))))
    assert (principal.subject, principal.caller) == ("spiffe://campus/activity", "spiffe://campus/journey")


def test_a_user_may_call_itself(verifier, forge):
    principal = verifier.verify(forge.token(claims=forge.claims(sub="learner-7")))
    assert (principal.subject, principal.caller) == ("learner-7", "learner-7")


def test_a_component_that_calls_itself_has_the_role_of_one(verifier, forge):
    assert verifier.verify(forge.token(claims=forge.claims(roles=["component"]))).roles == {"component"}


def test_a_fifth_actor_is_one_too_many(verifier, forge):
    with pytest.raises(Unauthenticated, match="TOKEN_MALFORMED"):
        verifier.verify(forge.token(claims=forge.claims(act=chain(*"abcde"))))
