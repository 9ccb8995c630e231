"""What is revoked: on disk first, then pushed to everybody who watches."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from dataclasses import asdict, dataclass
from math import ceil
from typing import TYPE_CHECKING

from trunkline.errors import ResourceExhausted
from trunkline.identity.model import MAX_LIFETIME
from trunkline.identity.revoked import MARGIN, Revocation, Revoked
from trunkline.identity.unbroken import unbroken
from trunkline.storage.ports import Write

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
    from typing import Any

    from trunkline.clock import Clock
    from trunkline.identity.register import Record
    from trunkline.identity.revoked import Kind
    from trunkline.storage.ports import KeyValue

PREFIX = "revocations/"
MOST = 20_000
"""So many are held at a time: they are sent in one message, which has a bound."""
_REMEMBERED = 1024  # a watcher further behind is sent the full state again


@dataclass(frozen=True, slots=True)
class Batch:
    """What a watcher is sent: everything where `complete`, else what came since the last; perhaps nothing."""

    revocations: tuple[Revocation, ...]
    complete: bool
    revision: int


@dataclass(slots=True, eq=False)
class Watcher:
    """How far one watch is: how many revocations it was sent, and at which revision."""

    position: int = -1
    sent: int = 0


class Revocations:
    """All that is revoked in this mesh. Not for use from several threads.

    `changed` is called with each once it is stored. `heartbeat` is the longest time in seconds that a watcher hears
    nothing.
    """

    def __init__(
        self,
        store: KeyValue,
        *,
        clock: Clock,
        changed: Callable[[Revocation], None],
        heartbeat: float = 4.0,
    ) -> None:
        self._store = store
        self._told = changed
        self._now = clock.time
        self._heartbeat = heartbeat
        self._all: dict[tuple[Kind, str], Revocation] = {}
        self._revoked = Revoked()
        self._recent: deque[Revocation] = deque(maxlen=_REMEMBERED)
        self._count = 0
        self._revision = 0
        self._turn = asyncio.Lock()
        self._changed = asyncio.Event()

    @property
    def all(self) -> tuple[Revocation, ...]:
        """Everything that is revoked."""
        return tuple(self._all.values())

    async def load(self) -> None:
        """Take what is revoked from the store."""
        snapshot = await self._store.snapshot(PREFIX)
        self._revision = snapshot.revision
        for entry in snapshot.entries:
            self._take(Revocation(**json.loads(entry.value)))

    async def revoke(
        self, kind: Kind, value: str, *, until: float | None = None, writes: Sequence[Write] = ()
    ) -> tuple[Revocation, int]:
        """Store that something is revoked, together with `writes`; then wake the watchers.

        Returns it and the revision at which everybody knows of it. What is revoked already stays as it was, except that
        a subject's moment moves on. `until` is when the last token it means ends, one longest lifetime from now unless
        told. Raises ResourceExhausted (`TOO_MANY_REVOCATIONS`).
        """
        return await unbroken(self._revoke(kind, value, until, writes))

    async def _revoke(
        self, kind: Kind, value: str, until: float | None, writes: Sequence[Write]
    ) -> tuple[Revocation, int]:
        async with self._turn:
            known = self._all.get((kind, value))
            if known is not None and kind != "subject":
                if writes:
                    await self._store.commit(writes)
                return known, self._revision
            made = self._made(kind, value, until)
            document = json.dumps(asdict(made)).encode()
            kept = made.until + MARGIN - self._now()
            self._revision = await self._store.commit(
                [*writes, Write(f"{PREFIX}{kind}/{value}", document, ttl=max(kept, 1.0))]
            )
            self._take(made)
            self._told(made)
            self._wake()
            return made, self._revision

    async def watch(self, watcher: Watcher, until: asyncio.Event) -> AsyncGenerator[Batch]:
        """Yield everything, then what comes, and an empty batch after each quiet time; end when `until` is set.

        A watcher that falls far behind gets everything again.
        """
        over = asyncio.create_task(until.wait())
        try:
            while not until.is_set():
                changed = self._changed
                yield self._batch(watcher)
                change = asyncio.create_task(changed.wait())
                try:
                    await asyncio.wait((over, change), timeout=self._heartbeat, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    change.cancel()
        finally:
            over.cancel()

    def meets(self, claims: Mapping[str, Any], kid: str) -> bool:
        """Whether a token with verified `claims`, signed by the key `kid`, is revoked."""
        return self._revoked.meets(claims, kid)

    def covers(self, record: Record) -> bool:
        """Whether a token on record is revoked."""
        single = (("jti", record.jti), ("kid", record.kid), ("family", record.family))
        if any(key in self._all for key in single):
            return True
        return record.issued_at < self.earliest((record.subject, *record.actors))

    def earliest(self, subjects: Iterable[str]) -> float:
        """Return the first second at which a token that names any of `subjects` may be issued; 0 for any."""
        found = (self._all.get(("subject", subject)) for subject in subjects)
        return max((one.at + 1.0 for one in found if one is not None), default=0.0)

    def _made(self, kind: Kind, value: str, until: float | None) -> Revocation:
        now = self._now()
        self._forget(now)
        if len(self._all) >= MOST:
            message = f"{MOST} revocations are in force: revoke a subject or a key in place of single tokens"
            raise ResourceExhausted("TOO_MANY_REVOCATIONS", message)
        at = float(ceil(now))
        return Revocation(kind, value, at, at + MAX_LIFETIME if until is None else float(ceil(until)))

    def _forget(self, now: float) -> None:
        self._revoked.forget(now)
        self._all = {key: one for key, one in self._all.items() if now < one.until + MARGIN}

    def _take(self, revocation: Revocation) -> None:
        self._all[revocation.kind, revocation.value] = revocation
        self._revoked.add((revocation,))
        self._recent.append(revocation)
        self._count += 1

    def _batch(self, watcher: Watcher) -> Batch:
        oldest = self._count - len(self._recent)
        complete = watcher.position < oldest or watcher.position < 0
        if complete:
            self._forget(self._now())
            news = tuple(self._all.values())
        else:
            news = tuple(self._recent)[watcher.position - oldest :]
        watcher.position, watcher.sent = self._count, self._revision
        return Batch(news, complete, self._revision)

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
