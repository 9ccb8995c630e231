"""Who lets callers in by what it has heard of revocations: instances that watch, and those that have lost their watch.

An instance whose watch is lost goes on letting callers in for as long as it trusts what it heard. A revocation that it
has not confirmed is in force everywhere only once it is back, or its trust is over. That has to hold across a kill of
the backbone as well, so who listens is in the store before it is sent anything.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.errors import ResourceExhausted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from trunkline.clock import Clock
    from trunkline.storage.ports import KeyValue

PREFIX = "listeners/"
MOST = 10_000
"""So many instances are remembered at a time."""
_AHEAD = 30.0  # seconds that the store is ahead of what was promised, so that not each heartbeat is written


@dataclass(slots=True, eq=False)
class Listener:
    """One instance. `until` is when its trust ends should it hear nothing more, in seconds since the epoch.

    `watches` is how many watches it has open, `taken` the revision it has confirmed, `stored` the `until` in the store.
    """

    name: str
    trusts: float
    until: float
    stored: float
    watches: int = 0
    taken: int = 0


@dataclass(frozen=True, slots=True)
class Known:
    """How far a revocation has got: instances that let callers in, and those of them that have confirmed it.

    `rest` is the seconds after which it is in force everywhere at the latest; 0 where it is, None where an instance
    that watches has not confirmed.
    """

    listening: int
    confirmed: int
    rest: float | None


class Listeners:
    """All of them. Not for use from several threads. Call `load` first."""

    def __init__(self, store: KeyValue, *, clock: Clock) -> None:
        self._store = store
        self._now = clock.time
        self._all: dict[str, Listener] = {}
        self._changed = asyncio.Event()

    async def load(self) -> None:
        """Take up who listened to the backbone that ran before."""
        for entry in (await self._store.snapshot(PREFIX)).entries:
            name, said = entry.key.removeprefix(PREFIX), json.loads(entry.value)
            self._all[name] = Listener(name, said["trusts"], said["until"], said["until"])

    @asynccontextmanager
    async def watching(self, name: str, trusts: float) -> AsyncIterator[Listener | None]:
        """Count a watch of the instance `name`, which trusts for `trusts` seconds; None where that is not at all.

        Raises ResourceExhausted (`TOO_MANY_LISTENERS`).
        """
        if not trusts:
            yield None
            return
        listener = self._all.get(name) or self._new(name, trusts)
        listener.trusts = trusts
        listener.watches += 1
        try:
            yield listener
        finally:
            listener.watches -= 1
            self._wake()

    async def hold(self, listener: Listener) -> None:
        """Note, before it is sent anything, that an instance trusts anew from now on."""
        listener.until = self._now() + listener.trusts
        if listener.until > listener.stored:
            stored = listener.until + _AHEAD
            document = json.dumps({"trusts": listener.trusts, "until": stored}).encode()
            await self._store.put(PREFIX + listener.name, document, ttl=stored - self._now())
            listener.stored = stored

    async def left(self, listener: Listener) -> None:
        """Forget an instance that has said that it lets in nobody from now on."""
        self._all.pop(listener.name, None)
        self._wake()
        await self._store.delete(PREFIX + listener.name)

    def took(self, listener: Listener, revision: int) -> None:
        """Note that an instance refuses all that was revoked up to `revision`."""
        listener.taken = max(listener.taken, revision)
        self._wake()

    async def know(self, revision: int, *, within: float) -> Known:
        """Wait until what was revoked at `revision` is in force everywhere, for at most `within` seconds."""
        listening = [one for one in self._all.values() if self._trusting(one)]
        try:
            async with asyncio.timeout(within):
                while (rest := self._rest(revision)) != 0.0:
                    changed = self._changed
                    with suppress(TimeoutError):
                        async with asyncio.timeout(rest):
                            await changed.wait()
        except TimeoutError:
            pass
        confirmed = sum(one.taken >= revision for one in listening)
        return Known(len(listening), confirmed, self._rest(revision))

    def _rest(self, revision: int) -> float | None:
        behind = [one for one in self._all.values() if one.taken < revision and self._trusting(one)]
        if any(one.watches for one in behind):
            return None
        return max((one.until - self._now() for one in behind), default=0.0)

    def _trusting(self, listener: Listener) -> bool:
        return bool(listener.watches) or self._now() < listener.until

    def _new(self, name: str, trusts: float) -> Listener:
        if len(self._all) >= MOST:
            self._all = {one.name: one for one in self._all.values() if self._trusting(one)}
        if len(self._all) >= MOST:
            raise ResourceExhausted("TOO_MANY_LISTENERS", f"{MOST} instances watch what is revoked", retry_after=5.0)
        listener = self._all[name] = Listener(name, trusts, 0.0, 0.0)
        return listener

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
