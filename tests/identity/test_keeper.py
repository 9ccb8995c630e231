from __future__ import annotations

import asyncio
import json
from contextlib import suppress

import pytest
from served import Recorded

from trunkline.errors import FailedPrecondition, ResourceExhausted
from trunkline.identity.issuer import Bearer, Issuer
from trunkline.identity.keeper import PREFIX, Keeper
from trunkline.identity.ring import Terms
from trunkline.identity.vault import Vault
from trunkline.storage.ports import Write

TERMS = Terms(every=1000.0, cache_life=100.0, linger=3660.0)
MASTER = bytes(range(32))


class Told:
    """Takes what the keeper tells."""

    def __init__(self):
        self.keys: list = []
        self.signing = None

    def __call__(self, signing, published):
        self.signing = signing
        self.keys.append([key.kid for key in published])


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def audit() -> Recorded:
    return Recorded()


@pytest.fixture
def start(store, clock, told, audit):
    """Start a keeper over the same store, as a backbone does each time."""

    async def start(algorithm: str = "EdDSA", master: bytes = MASTER, terms: Terms = TERMS) -> Keeper:
        vault = Vault(master, where="master.key")
        keeper = Keeper(store, vault, algorithm=algorithm, clock=clock, audit=audit, changed=told)
        await keeper.load(terms)
        return keeper

    return start


def states(keeper: Keeper) -> list[str]:
    return [member.state for member in keeper.ring.members]


async def test_a_first_start_makes_a_key_that_signs_and_the_next(start, told):
    keeper = await start()
    assert states(keeper) == ["next", "active"]
    assert told.signing.public == keeper.ring.active.public


async def test_a_later_start_finds_the_same_keys(start, told):
    first = await start()
    signing, told.signing = told.signing.to_bytes(), None
    second = await start()
    assert second.ring == first.ring
    assert told.signing.to_bytes() == signing
    assert told.keys[0] == told.keys[1]


async def test_the_newest_key_comes_first_after_a_start_as_before_it(start, clock):
    keeper = await start(terms=Terms(every=1000.0, cache_life=0.0, linger=3660.0))
    for _ in range(5):
        clock.advance(1)
        await keeper.rotate()
    assert (await start(terms=keeper.ring.terms)).ring == keeper.ring


async def test_another_master_key_stops_the_start(start):
    await start()
    with pytest.raises(FailedPrecondition, match=r"MASTER_KEY_DIFFERS.*master\.key"):
        await start(master=bytes(32))


async def test_no_private_key_is_stored_in_clear_and_none_that_signs_no_more(start, store, told, clock):
    keeper = await start()
    private = told.signing.private.private_bytes_raw()
    clock.advance(1000)
    await keeper.advance()
    stored = {entry.key: entry.value for entry in (await store.snapshot(PREFIX)).entries}
    assert not any(private in value or private.hex().encode() in value for value in stored.values())
    assert [("sealed" in json.loads(stored[PREFIX + one.public.kid])) for one in keeper.ring.members] == [
        True,
        True,
        False,
    ]


async def test_keys_change_on_schedule_and_everybody_is_told(start, clock, told):
    keeper = await start()
    following = keeper.ring.next.public.kid
    clock.advance(1000)
    await keeper.advance()
    assert told.signing.public.kid == following
    assert len(told.keys[-1]) == 3


async def test_each_key_that_begins_to_sign_is_on_record(start, clock, audit):
    keeper = await start()
    clock.advance(1000)
    await keeper.advance()
    await keeper.advance()
    await start()
    keys = [keeper.ring.members[2], keeper.ring.active]
    assert [event.what for event in audit.of("key.activate")] == [f"kid {one.public.kid}" for one in keys]


async def test_what_was_due_while_the_backbone_was_down_is_done_at_its_start(start, clock, told):
    following = (await start()).ring.next.public.kid
    clock.advance(1_000_000)
    assert (await start()).ring.active.public.kid == following


async def test_a_command_is_done_when_the_next_key_is_known_to_all(start, clock):
    keeper = await start()
    member = await keeper.rotate()
    assert (member.state, member.active_from) == ("next", clock.now + 100)
    clock.advance(100)
    await keeper.advance()
    assert keeper.ring.active.public == member.public


async def test_another_algorithm_in_the_settings_is_that_of_the_next_key(start):
    await start()
    keeper = await start(algorithm="ES256")
    assert (keeper.ring.next.public.alg, keeper.ring.active.public.alg) == ("ES256", "EdDSA")


async def test_a_revoked_key_goes_together_with_what_says_so(start, store, told):
    keeper = await start()
    kid = keeper.ring.active.public.kid

    async def commit(writes):
        return await store.commit([*writes, Write("revocations/kid/x", b"x")])

    revision = await keeper.revoke(kid, commit)
    assert (await store.get("revocations/kid/x")).entry.revision == revision
    assert kid not in [member.public.kid for member in (await start()).ring.members]
    assert kid not in told.keys[-1]


async def test_tokens_stay_valid_through_ten_rotations(start, clock, verifier, told):
    keeper = await start(terms=Terms(every=120.0, cache_life=10.0, linger=3660.0))
    issuer = Issuer(told.signing, name="spiffe://campus", trust_domain="campus", clock=clock, lifetime=1400)
    tokens = []
    for _ in range(10):
        issuer.sign_with(told.signing)
        tokens.append(issuer.sign(Bearer("alice"), "accounts").text)
        clock.advance(120)
        await keeper.advance()
        verifier.replace_keys(keeper.ring.published)
        assert {verifier.verify(token).subject for token in tokens} == {"alice"}


async def test_no_key_is_told_of_that_could_not_be_stored(start, clock, told, monkeypatch):
    keeper = await start()
    before = (keeper.ring, list(told.keys))

    async def full(writes):
        raise ResourceExhausted("STORE_FULL", "no room")

    monkeypatch.setattr(keeper, "_commit", full)
    clock.advance(1000)
    with pytest.raises(ResourceExhausted):
        await keeper.advance()
    assert (keeper.ring, told.keys) == before


async def test_it_goes_on_when_the_store_could_not_be_written_for_a_while(start, clock, monkeypatch, caplog):
    keeper = await start()
    commit, failed = keeper._commit, asyncio.Event()

    async def full(writes):
        monkeypatch.setattr(keeper, "_commit", commit)
        failed.set()
        raise ResourceExhausted("STORE_FULL", "no room")

    monkeypatch.setattr(keeper, "_commit", full)
    running = asyncio.create_task(keeper.run())
    await failed.wait()
    keeper._woken.set()
    clock.advance(1000)
    following = keeper.ring.next.public.kid
    while keeper.ring.active.public.kid != following:
        await asyncio.sleep(0)
        keeper._woken.set()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert "could not be changed" in caplog.text
