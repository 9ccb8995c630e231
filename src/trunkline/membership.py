"""How a process belongs to the mesh: tokens to call with, keys to verify callers by."""

from __future__ import annotations

import asyncio
import random
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Protocol

from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub
from trunkline.errors import Unauthenticated, Unavailable
from trunkline.identity.client import (
    Feed,
    Following,
    IdentityClient,
    KeyWatch,
    Renewal,
    RevocationClient,
    TokenSource,
    Verifier,
)
from trunkline.resilience.backoff import full_jitter

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    import grpc.aio

    from trunkline.clock import Clock
    from trunkline.config import Settings
    from trunkline.identity.client import Credential, News
    from trunkline.interceptors.auth import Tokens


class Membership(Protocol):
    """Who a process is to the others."""

    @property
    def tokens(self) -> Tokens:
        """Tokens for outgoing calls."""
        ...

    @property
    def verifier(self) -> Verifier:
        """Judge of incoming ones."""
        ...

    @property
    def trusted(self) -> bool:
        """Whether callers can be verified now."""
        ...

    async def loaded(self) -> None:
        """Wait until callers can be verified for the first time."""
        ...

    async def turned(self) -> None:
        """Wait until `trusted` is no longer what it is."""
        ...

    async def close(self) -> None:
        """Stop all that runs in the background."""
        ...


class Member:
    """A component that proves itself to the backbone by what `proof` gives.

    `plain` reaches the backbone and asks for no token; `authenticated` makes the channel that shows those of a source.
    """

    def __init__(
        self,
        settings: Settings,
        plain: grpc.aio.Channel,
        authenticated: Callable[[Tokens], grpc.aio.Channel],
        clock: Clock,
        proof: Callable[[], Credential],
    ) -> None:
        client = IdentityClient(IdentityServiceStub(plain), proof)
        revocation = settings.identity.revocation
        self._feed = Feed(clock=clock, stale_after=revocation.stale_after, when_stale=revocation.when_stale)
        self.verifier = verifier_of(settings, clock, self._feed)
        self.tokens = TokenSource(
            client.issue,
            clock=clock,
            random=random.random,
            backoff=partial(full_jitter, initial=0.2, maximum=5.0, random=random.random),
            revoked=self._feed.revokes,
        )
        self._keys = KeyWatch(client.watch_keys, self.verifier, clock=clock, backoff=_pause)
        self.verifier.renewal = self._renewal = Renewal(self._keys.anew, clock=clock)
        self._revocations = RevocationClient(IdentityServiceStub(authenticated(self.tokens)), trusts=_trusts(settings))
        self._revoked = Following("revocation", self._watch, self._learn, clock=clock, backoff=_pause)
        self.tokens.prefetch(settings.needs)

    @property
    def trusted(self) -> bool:
        """Whether callers can be verified now."""
        return self.verifier.loaded and self._feed.fresh

    async def loaded(self) -> None:
        """Wait until the first key set has come, and what is revoked."""
        await asyncio.gather(self._keys.first(), self._revoked.first())

    async def turned(self) -> None:
        """Wait until what is known of revocations goes stale, or is fresh again."""
        await self._feed.turned()

    async def close(self) -> None:
        """Stop renewal and watches. Nobody may be let in any more."""
        await self._revocations.leave()
        closing = (self.tokens, self._keys, self._renewal, self._revoked)
        await asyncio.gather(*(one.close() for one in closing))

    async def _watch(self) -> AsyncGenerator[News]:
        try:
            async with aclosing(self._revocations.watch()) as messages:
                async for news in messages:
                    yield news
        except Unauthenticated as error:
            # The watch cannot tell of the revocation that ended it, nor a backbone of the keys it has lost.
            if error.reason in {"TOKEN_REVOKED", "TOKEN_FOREIGN"}:
                self.tokens.drop(lambda _: True)
            raise

    def _learn(self, news: News) -> None:
        self.verifier.revoke(news)
        if news.revocations:
            self.tokens.drop()


class Stranger:
    """A process without a backbone: it calls and serves public methods, everything else is refused.

    Unless `verifier` knows better, as that of the backbone itself does.
    """

    def __init__(self, settings: Settings, clock: Clock, verifier: Verifier | None = None) -> None:
        self.verifier = verifier or verifier_of(settings, clock)
        self.tokens = _NoTokens()

    @property
    def trusted(self) -> bool:
        """Always: it is told of no revocations and misses none."""
        return True

    async def loaded(self) -> None:
        """Wait for nothing: no keys will come."""

    async def turned(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing runs in the background."""


class _NoTokens:
    def peek(self, audience: str) -> str | None:  # noqa: ARG002 - part of the interface
        return None

    async def fetch(self, audience: str) -> str:
        raise Unavailable("NO_TOKEN", f"no token to call {audience} with: this process knows no backbone")


def verifier_of(settings: Settings, clock: Clock, feed: Feed | None = None) -> Verifier:
    """Return what judges the callers of this process; without a `feed` nothing is ever revoked."""
    return Verifier(
        issuer=settings.issuer,
        trust_domain=settings.trust_domain,
        audience=settings.component,
        clock=clock,
        leeway=settings.identity.leeway,
        feed=feed,
    )


def _pause(attempt: int) -> float:
    return 0.05 + full_jitter(attempt, initial=0.1, maximum=2.0, random=random.random)


def _trusts(settings: Settings) -> float:
    """Return for how long this process lets callers in on what it has heard last, as far as there is an end to that."""
    revocation = settings.identity.revocation
    return revocation.stale_after if settings.listen and revocation.when_stale == "refuse" else 0.0
