from __future__ import annotations

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.errors import FailedPrecondition
from trunkline.identity.model import PublicKey
from trunkline.identity.ring import MOST, Ring, Terms

TERMS = Terms(every=1000.0, cache_life=100.0, linger=600.0)
LAZY = Terms(every=1000.0, cache_life=0.0, linger=1e9)


class Make:
    """Names keys a, b, c and so on."""

    def __init__(self, alg: str = "EdDSA") -> None:
        self.alg = alg
        self.numbers = count()

    def __call__(self) -> PublicKey:
        return PublicKey(kid=f"k{next(self.numbers)}", kty="OKP", crv="Ed25519", alg=self.alg, x="")


@pytest.fixture
def make() -> Make:
    return Make()


@pytest.fixture
def ring(make) -> Ring:
    return Ring.begun(TERMS, 0.0, make)


def states(ring: Ring) -> dict[str, str]:
    return {member.public.kid: member.state for member in ring.members}


def test_the_first_key_signs_at_once_beside_a_next_one(ring):
    assert states(ring) == {"k1": "next", "k0": "active"}


def test_nothing_is_due_before_the_schedule_says_so(ring, make):
    assert ring.due_at == 1000.0
    assert ring.due(999.9, make) is ring


def test_on_schedule_the_next_key_signs_and_another_is_published(ring, make):
    ring = ring.due(1000.0, make)
    assert states(ring) == {"k2": "next", "k1": "active", "k0": "retired"}
    assert ring.next.published_at == 1000.0


def test_a_retired_key_verifies_until_its_last_token_has_expired(ring, make):
    ring = ring.due(1000.0, make)
    assert ring.due_at == 1600.0
    assert "k0" in states(ring.due(1599.9, make))
    assert "k0" not in states(ring.due(1600.0, make))


def test_a_command_waits_for_one_cache_life_after_the_next_key_was_published(ring, make):
    ring = ring.rotate(10.0)
    assert ring.next.active_from == 100.0
    assert ring.due(99.9, make).active.public.kid == "k0"
    assert ring.due(100.0, make).active.public.kid == "k1"


def test_a_command_takes_effect_at_once_where_the_next_key_is_known_to_all(ring, make):
    assert ring.rotate(500.0).due(500.0, make).active.public.kid == "k1"


def test_a_second_command_before_the_first_took_effect_changes_nothing(ring):
    assert ring.rotate(10.0).rotate(20.0) == ring.rotate(10.0)


def test_the_key_that_signs_is_replaced_at_once_when_it_is_revoked(ring, make):
    ring = ring.revoke("k0", 5.0, make)
    assert states(ring) == {"k2": "next", "k1": "active"}


def test_a_revoked_next_key_is_made_anew_and_waits_its_cache_life(ring, make):
    ring = ring.revoke("k1", 950.0, make)
    assert states(ring) == {"k2": "next", "k0": "active"}
    assert ring.next.active_from == 1050.0


def test_a_revoked_former_key_is_gone(ring, make):
    assert states(ring.due(1000.0, make).revoke("k0", 1001.0, make)) == {"k2": "next", "k1": "active"}


def test_a_key_that_is_not_there_changes_nothing_when_it_is_revoked(ring, make):
    assert ring.revoke("other", 5.0, make) is ring


def test_another_algorithm_takes_the_place_of_the_next_key_only(ring):
    ring = ring.of("ES256", 5.0, Make("ES256"))
    assert (ring.next.public.alg, ring.active.public.alg) == ("ES256", "EdDSA")
    assert ring.of("ES256", 6.0, Make("ES256")) is ring


def test_rotation_stops_before_the_set_grows_without_bound(make):
    ring = Ring.begun(LAZY, 0.0, make)
    for now in range(MOST - 2):
        ring = ring.rotate(now).due(now, make)
    assert len(ring.members) == MOST
    with pytest.raises(FailedPrecondition, match="TOO_MANY_KEYS"):
        ring.rotate(MOST)


STEPS = st.lists(
    st.tuples(st.sampled_from(["due", "rotate", "revoke"]), st.floats(0.0, 500.0), st.integers(0, 5)), max_size=40
)


@given(STEPS)
def test_whatever_happens_one_key_signs_and_one_is_next(steps):
    make, now = Make(), 0.0
    ring = Ring.begun(TERMS, now, make)
    for verb, passed, index in steps:
        now += passed
        if verb == "due":
            ring = ring.due(now, make)
        elif verb == "rotate" and len(ring.members) < MOST:
            ring = ring.rotate(now)
        elif verb == "revoke":
            ring = ring.revoke(ring.members[index % len(ring.members)].public.kid, now, make)
        assert sorted(states(ring).values())[:2] == ["active", "next"]
        assert list(states(ring).values()).count("active") == list(states(ring).values()).count("next") == 1


@given(st.lists(st.tuples(st.sampled_from(["due", "rotate"]), st.floats(0.0, 300.0)), max_size=60))
def test_without_an_emergency_no_key_signs_before_it_was_published_for_a_cache_life(steps):
    make, now = Make(), 0.0
    ring = Ring.begun(TERMS, now, make)
    for verb, passed in steps:
        now += passed
        ring = ring.due(now, make)
        if verb == "rotate" and len(ring.members) < MOST:
            ring = ring.rotate(now).due(now, make)
        active = ring.active
        assert active.public.kid == "k0" or active.active_from >= active.published_at + TERMS.cache_life
