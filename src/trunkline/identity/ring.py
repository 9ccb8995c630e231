"""The signing keys as a value: which one signs, which is next, which still verify. Pure: time and new keys are given.

There is always one key that signs (`active`) and one that everybody is told of before it does (`next`). Those that
signed before (`retired`) verify until the last token they may have signed has expired.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.identity.model import PublicKey

State = Literal["next", "active", "retired"]
MOST = 32
"""As many keys are published at most."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How keys change, in seconds.

    The next key signs `every` so often, and never before it has been published for one `cache_life`. A retired key
    verifies for `linger`: the longest life of a token, and how far clocks may differ.
    """

    every: float
    cache_life: float
    linger: float


@dataclass(frozen=True, slots=True)
class Member:
    """A key of the ring; times in seconds since the epoch.

    `active_from` is when it began to sign, or will. `ends_at` is when it stops to verify, None before it is retired.
    """

    public: PublicKey
    state: State
    published_at: float
    active_from: float
    ends_at: float | None = None


@dataclass(frozen=True, slots=True)
class Ring:
    """All keys, the newest first. `make` arguments bring a key into the world and return its public half."""

    members: tuple[Member, ...]
    terms: Terms

    @classmethod
    def begun(cls, terms: Terms, now: float, make: Callable[[], PublicKey]) -> Ring:
        """Return the first ring of a mesh. Nobody holds an older key set, so its first key signs at once."""
        active = Member(make(), "active", now, now)
        return cls((active,), terms)._with_next(now, make)

    @property
    def active(self) -> Member:
        """The key that signs."""
        return next(member for member in self.members if member.state == "active")

    @property
    def next(self) -> Member:
        """The key that will sign."""
        return next(member for member in self.members if member.state == "next")

    @property
    def published(self) -> tuple[PublicKey, ...]:
        """The public keys that anybody who verifies must know."""
        return tuple(member.public for member in self.members)

    @property
    def due_at(self) -> float:
        """When `due` will next return another ring."""
        ends = [member.ends_at for member in self.members if member.ends_at is not None]
        return min([self.next.active_from, *ends])

    def due(self, now: float, make: Callable[[], PublicKey]) -> Ring:
        """Return the ring as it has to be at `now`."""
        kept = tuple(member for member in self.members if member.ends_at is None or now < member.ends_at)
        ring = replace(self, members=kept) if len(kept) < len(self.members) else self
        return ring._promoted(now)._with_next(now, make) if now >= self.next.active_from else ring

    def rotate(self, now: float) -> Ring:
        """Let the next key sign as soon as it has been published for one cache life: `due` tells when.

        Raises FailedPrecondition (`TOO_MANY_KEYS`) where former keys, which tokens still need, fill the ring.
        """
        if len(self.members) >= MOST:
            message = f"{MOST} keys are published: wait until tokens of the oldest have expired"
            raise FailedPrecondition("TOO_MANY_KEYS", message)
        earliest = max(now, self.next.published_at + self.terms.cache_life)
        return self._changed(replace(self.next, active_from=min(earliest, self.next.active_from)))

    def revoke(self, kid: str, now: float, make: Callable[[], PublicKey]) -> Ring:
        """Take a key out at once; a key that is not there changes nothing.

        In the place of the one that signs comes the next, even one that not everybody may know yet: tokens that some
        refuse for a moment are better than tokens that a thief can make.
        """
        gone = next((member for member in self.members if member.public.kid == kid), None)
        if gone is None:
            return self
        ring = self._promoted(now) if gone.state == "active" else self
        ring = replace(ring, members=tuple(member for member in ring.members if member.public.kid != kid))
        return ring if gone.state == "retired" else ring._with_next(now, make)

    def of(self, algorithm: str, now: float, make: Callable[[], PublicKey]) -> Ring:
        """Return a ring whose next key is for `algorithm`: the settings may have changed."""
        return self if self.next.public.alg == algorithm else self.revoke(self.next.public.kid, now, make)

    def _promoted(self, now: float) -> Ring:
        retired = replace(self.active, state="retired", ends_at=now + self.terms.linger)
        return self._changed(retired, replace(self.next, state="active", active_from=now))

    def _with_next(self, now: float, make: Callable[[], PublicKey]) -> Ring:
        active_from = max(now + self.terms.cache_life, self.active.active_from + self.terms.every)
        return replace(self, members=(Member(make(), "next", now, active_from), *self.members))

    def _changed(self, *members: Member) -> Ring:
        changed = {member.public.kid: member for member in members}
        return replace(self, members=tuple(changed.get(member.public.kid, member) for member in self.members))
