"""How a process belongs to the mesh: tokens to call with, keys to verify callers by."""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import TYPE_CHECKING, Protocol

from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub
from trunkline.errors import Unavailable
from trunkline.identity.client import IdentityClient, KeyWatch, TokenSource, Verifier, read_secret
from trunkline.resilience.backoff import full_jitter

if TYPE_CHECKING:
    import grpc.aio

    from trunkline.clock import Clock
    from trunkline.config import Settings
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

    async def loaded(self) -> None:
        """Wait until callers can be verified."""
        ...

    async def close(self) -> None:
        """Stop all that runs in the background."""
        ...


class Member:
    """A component that proves itself to the backbone with its bootstrap secret.

    `channel` reaches the backbone and asks for no token. Raises FailedPrecondition where the secret cannot be read.
    """

    def __init__(self, settings: Settings, channel: grpc.aio.Channel, clock: Clock) -> None:
        assert settings.secret_file is not None
        secret = read_secret(settings.secret_file)
        client = IdentityClient(IdentityServiceStub(channel), component=settings.component, secret=secret)
        self.verifier = Verifier(
            issuer=settings.issuer, trust_domain=settings.trust_domain, audience=settings.component, clock=clock
        )
        self.tokens = TokenSource(
            client.issue,
            clock=clock,
            random=random.random,
            backoff=partial(full_jitter, initial=0.2, maximum=5.0, random=random.random),
        )
        self._watch = KeyWatch(
            client.watch_keys,
            self.verifier,
            clock=clock,
            backoff=lambda attempt: 0.05 + full_jitter(attempt, initial=0.1, maximum=2.0, random=random.random),
        )
        self.tokens.prefetch(settings.needs)

    async def loaded(self) -> None:
        """Wait until the first key set has come."""
        await self._watch.first()

    async def close(self) -> None:
        """Stop renewal and watch."""
        await asyncio.gather(self.tokens.close(), self._watch.close())


class Stranger:
    """A process without a backbone: it calls and serves public methods, everything else is refused."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.verifier = Verifier(
            issuer=settings.issuer, trust_domain=settings.trust_domain, audience=settings.component, clock=clock
        )
        self.tokens = _NoTokens()

    async def loaded(self) -> None:
        """Wait for nothing: no keys will come."""

    async def close(self) -> None:
        """Nothing runs in the background."""


class _NoTokens:
    def peek(self, audience: str) -> str | None:  # noqa: ARG002 - part of the interface
        return None

    async def fetch(self, audience: str) -> str:
        raise Unavailable("NO_TOKEN", f"no token to call {audience} with: this process knows no backbone")
