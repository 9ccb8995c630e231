from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trunkline.call import Principal
from trunkline.errors import FailedPrecondition, MeshError, PermissionDenied
from trunkline.identity.exchange import MAX_ACTORS, exchanged

CALLER = "spiffe://campus/activity"
SCOPES = st.frozensets(st.sampled_from("abcdef"))
ROLES = st.frozensets(st.sampled_from(["component", "student", "registrar"]))
CHAINS = st.lists(st.sampled_from(["spiffe://campus/a", "spiffe://campus/b"]), max_size=6).map(tuple)


def alice(**changes: object) -> Principal:
    known = {"subject": "alice", "scopes": frozenset({"a", "b"}), "expires_at": 2000.0}
    return Principal(**{**known, **changes})


@given(SCOPES, SCOPES, SCOPES, ROLES, CHAINS)
def test_nothing_is_ever_gained_by_an_exchange(has, held, asked, roles, actors):
    user = alice(scopes=has, roles=roles, actors=actors)
    try:
        bearer = exchanged(user, CALLER, held, asked)
    except MeshError:
        assume(False)
    assert bearer.scopes <= has & held
    assert bearer.scopes <= asked or not asked
    assert bearer.roles == roles - {"component"}
    assert bearer.actors == (CALLER, *actors)
    assert len(bearer.actors) <= MAX_ACTORS
    assert (bearer.subject, bearer.not_after) == ("alice", 2000.0)


def test_a_scope_that_one_of_the_two_lacks_is_refused_where_it_is_asked_for():
    with pytest.raises(PermissionDenied, match="SCOPE_NOT_GRANTED"):
        exchanged(alice(), CALLER, frozenset({"b", "c"}), ["c"])


def test_a_fifth_actor_is_refused():
    chain = tuple(f"spiffe://campus/{name}" for name in "abcd")
    assert exchanged(alice(actors=chain[1:]), CALLER, frozenset(), ()).actors == (CALLER, *chain[1:])
    with pytest.raises(FailedPrecondition, match="ACTOR_CHAIN_FULL"):
        exchanged(alice(actors=chain), CALLER, frozenset(), ())


def test_what_revokes_the_family_of_the_users_token_revokes_the_new_one():
    assert exchanged(alice(claims={"fam": "f1"}), CALLER, frozenset(), ()).family == "f1"
    assert exchanged(alice(), CALLER, frozenset(), ()).family == ""
