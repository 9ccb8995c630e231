"""Keeps the signing keys in the store and changes them when it is time."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeVar

from trunkline.audit.model import Event
from trunkline.identity.model import PublicKey
from trunkline.identity.ring import Member, Ring
from trunkline.identity.signing import SigningKey
from trunkline.identity.unbroken import unbroken
from trunkline.storage.ports import Write

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from trunkline.audit.model import Audit
    from trunkline.clock import Clock
    from trunkline.identity.ring import Terms
    from trunkline.identity.vault import Vault
    from trunkline.storage.ports import Entry, KeyValue

    Commit = Callable[[Sequence[Write]], Awaitable["T"]]

T = TypeVar("T")
_log = logging.getLogger(__name__)
PREFIX = "keys/"
_LONGEST = 30.0  # seconds the loop rests at most: the wall clock may be set, and a full disk be emptied


class Keeper:
    """The ring of this mesh. Every change is on disk before anybody learns of it.

    `changed` is called after each with the key that signs and all that verify; each that begins to sign is on record in
    `audit`. A key that no longer signs is stored without its private half.
    """

    def __init__(
        self,
        store: KeyValue,
        vault: Vault,
        *,
        algorithm: str,
        clock: Clock,
        audit: Audit,
        changed: Callable[[SigningKey, Sequence[PublicKey]], None],
    ) -> None:
        self._store = store
        self._vault = vault
        self._algorithm = algorithm
        self._now = clock.time
        self._audit = audit
        self._changed = changed
        self._private: dict[str, SigningKey] = {}
        self._turn = asyncio.Lock()
        self._woken = asyncio.Event()
        self._ring: Ring | None = None

    @property
    def ring(self) -> Ring:
        """The ring as it is stored."""
        assert self._ring is not None, "load() comes first"
        return self._ring

    async def load(self, terms: Terms) -> None:
        """Take the ring from the store; begin one where there is none.

        Raises FailedPrecondition (`MASTER_KEY_DIFFERS`) where a key cannot be decrypted.
        """
        entries = (await self._store.snapshot(PREFIX)).entries
        members = sorted(map(self._loaded, entries), key=_age)
        now, stored = self._now(), Ring(tuple(members), terms)
        if members:
            ring = stored.of(self._algorithm, now, self._make).due(now, self._make)
        else:
            ring = Ring.begun(terms, now, self._make)
        await self._commit(self._writes(stored, ring))
        self._take(ring)
        if not members or ring.active != stored.active:
            await self._record(ring)

    async def advance(self) -> None:
        """Do what is due by now."""
        await self._change(lambda ring, now: ring.due(now, self._make), self._commit)

    async def rotate(self) -> Member:
        """Let the next key sign as soon as it may; return it. Raises as `Ring.rotate` does."""
        kid = self.ring.next.public.kid
        await self._change(lambda ring, now: ring.rotate(now).due(now, self._make), self._commit)
        return next(member for member in self.ring.members if member.public.kid == kid)

    async def revoke(self, kid: str, commit: Commit[T]) -> T:
        """Take a key out of the ring; return what `commit` returns, which stores that together with its own."""
        return await self._change(lambda ring, now: ring.revoke(kid, now, self._make), commit)

    async def run(self) -> None:
        """Do what is due when it is, until cancelled."""
        while True:
            self._woken.clear()
            try:
                await self.advance()
            except Exception:  # noqa: BLE001 - whatever went wrong, the keys at hand go on and the next attempt may go right
                _log.exception("the signing keys could not be changed")
            rest = min(_LONGEST, max(1.0, self.ring.due_at - self._now()))
            with suppress(TimeoutError):
                async with asyncio.timeout(rest):
                    await self._woken.wait()

    async def _change(self, change: Callable[[Ring, float], Ring], commit: Commit[T]) -> T:
        return await unbroken(self._become(change, commit))

    async def _become(self, change: Callable[[Ring, float], Ring], commit: Commit[T]) -> T:
        async with self._turn:
            before = self.ring
            ring = change(before, self._now())
            done = await commit(self._writes(before, ring))
            if ring is not before:
                self._take(ring)
            if ring.active != before.active:
                await self._record(ring)
            return done

    async def _record(self, ring: Ring) -> None:
        await self._audit.write(Event("key.activate", "granted", what=f"kid {ring.active.public.kid}"))

    def _take(self, ring: Ring) -> None:
        self._ring = ring
        self._private = {kid: key for kid, key in self._private.items() if kid in _signing(ring)}
        self._changed(self._private[ring.active.public.kid], ring.published)
        self._woken.set()

    async def _commit(self, writes: Sequence[Write]) -> None:
        if writes:
            await self._store.commit(writes)

    def _make(self) -> PublicKey:
        key = SigningKey.generate(self._algorithm)
        self._private[key.public.kid] = key
        return key.public

    def _writes(self, stored: Ring, ring: Ring) -> list[Write]:
        before = {member.public.kid: member for member in stored.members}
        after = {member.public.kid: member for member in ring.members}
        gone = [Write(PREFIX + kid, None) for kid in before if kid not in after]
        return gone + [
            Write(PREFIX + kid, self._stored(member)) for kid, member in after.items() if before.get(kid) != member
        ]

    def _stored(self, member: Member) -> bytes:
        document: dict[str, Any] = asdict(member)
        if member.state != "retired":
            sealed = self._vault.seal(self._private[member.public.kid])
            document["sealed"] = base64.b64encode(sealed).decode()
        return json.dumps(document).encode()

    def _loaded(self, entry: Entry) -> Member:
        document = json.loads(entry.value)
        kid, sealed = document["public"]["kid"], document.pop("sealed", None)
        if sealed is not None:
            self._private[kid] = self._vault.open(kid, base64.b64decode(sealed))
        return Member(**{**document, "public": PublicKey(**document["public"])})


def _age(member: Member) -> tuple[float, float]:
    """Return what sorts the newest first: of two that were published together, the one that signs later."""
    return -member.published_at, -member.active_from


def _signing(ring: Ring) -> frozenset[str]:
    return frozenset(member.public.kid for member in ring.members if member.state != "retired")
