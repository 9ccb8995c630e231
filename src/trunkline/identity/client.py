"""IdentityService as a component uses it: asks over a stub, translates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.api.identity.v1 import identity_pb2
from trunkline.identity.model import Issued, PublicKey
from trunkline.identity.secret import read_secret
from trunkline.identity.tokens import TokenSource
from trunkline.identity.verifier import Verifier
from trunkline.identity.watch import KeyWatch

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceAsyncStub

__all__ = ["IdentityClient", "KeyWatch", "TokenSource", "Verifier", "read_secret"]


class IdentityClient:
    """Asks the backbone in the name of `component`, which proves itself by `secret`."""

    def __init__(self, stub: IdentityServiceAsyncStub, *, component: str, secret: str) -> None:
        self._stub = stub
        self._component = component
        self._secret = secret

    async def issue(self, audience: str) -> Issued:
        """Get a token for calls to `audience`. Raises what the stub raises."""
        request = identity_pb2.IssueTokenRequest(
            audience=audience,
            bootstrap=identity_pb2.BootstrapSecret(component=self._component, secret=self._secret),
        )
        return issued_of((await self._stub.IssueToken(request)).token)

    async def watch_keys(self) -> AsyncGenerator[tuple[PublicKey, ...]]:
        """Yield the full key set, then each later one. Raises what the stub raises; close it to end the watch."""
        call = self._stub.WatchKeys(identity_pb2.WatchKeysRequest())
        try:
            async for response in call:
                yield tuple(map(_public_key, response.keys))
        finally:
            call.cancel()


def issued_of(token: identity_pb2.IssuedToken) -> Issued:
    """Return a token as it came."""
    return Issued(
        token.access_token,
        token.lifetime.ToNanoseconds() / 1e9,
        token.expires_at.ToNanoseconds() / 1e9,
        token.jti,
        frozenset(token.scopes),
    )


def _public_key(key: identity_pb2.PublicKey) -> PublicKey:
    return PublicKey(kid=key.kid, kty=key.kty, crv=key.crv, alg=key.alg, x=key.x, y=key.y)
