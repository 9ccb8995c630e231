"""A mesh within one process: real servers on real sockets, tokens without a backbone."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trunkline.clock import SystemClock
from trunkline.config import Drain, Settings
from trunkline.identity.issuer import Issuer
from trunkline.identity.model import Grant
from trunkline.identity.signing import SigningKey
from trunkline.identity.verifier import Verifier
from trunkline.mesh import Mesh
from trunkline.testing.noted import Noted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from trunkline.membership import Membership
    from trunkline.runtime.chain import Interceptor


class Loopback:
    """Starts components one after another; each knows those started before it.

        async with Loopback() as mesh:
            await mesh.serve("accounts", lambda own: [Accounts(store)])
            client = await mesh.client("test", scopes=["accounts.read"])
            await AccountsServiceStub(client.channel).GetUser(...)

    `settings` are those every component gets besides its name and place. `events` is what they note for the audit.
    """

    def __init__(self, **settings: Any) -> None:
        self._settings = {"mesh": "loopback", "drain": Drain(delay=0.0, grace=5.0), **settings}
        self._audit = Noted()
        self.events = self._audit.events
        self._key = SigningKey.of(Ed25519PrivateKey.generate())
        self._routes: dict[str, dict[str, Any]] = {}
        self._components: dict[str, list[str]] = {}
        self._stack = AsyncExitStack()
        self._servers: list[tuple[Mesh, asyncio.Task[None]]] = []

    async def __aenter__(self) -> Loopback:
        return self

    async def __aexit__(self, *_: object) -> None:
        for mesh, task in reversed(self._servers):
            mesh.stop.asked.set()
            await asyncio.wait({task})
        await self._stack.aclose()
        for one in self._servers:
            one[1].result()

    async def serve(
        self,
        name: str,
        servicers: Callable[[Mesh], Sequence[object]],
        *,
        scopes: Iterable[str] = (),
        roles: Iterable[str] = (),
        interceptors: Sequence[Interceptor] = (),
        **settings: Any,
    ) -> Mesh:
        """Start another instance of the component `name`, hosting what `servicers` makes of its mesh.

        Raises what `Mesh.serve` raises.
        """
        mesh = await self._open(
            name, Grant(frozenset(scopes), frozenset(roles)), interceptors, listen="127.0.0.1:0", **settings
        )
        task = asyncio.create_task(mesh.serve(*servicers(mesh)))
        port = asyncio.create_task(mesh.port())
        await asyncio.wait({task, port}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            port.cancel()
            task.result()
        self._servers.append((mesh, task))
        self._known(name, port.result(), mesh)
        return mesh

    async def client(
        self,
        name: str,
        *,
        scopes: Iterable[str] = (),
        roles: Iterable[str] = (),
        interceptors: Sequence[Interceptor] = (),
        **settings: Any,
    ) -> Mesh:
        """Return the mesh of a component that only calls."""
        return await self._open(name, Grant(frozenset(scopes), frozenset(roles)), interceptors, **settings)

    async def stop(self, mesh: Mesh) -> None:
        """Drain one server and wait for its end."""
        mesh.stop.asked.set()
        await next(task for one, task in self._servers if one is mesh)

    def address(self, name: str, instance: int = 0) -> str:
        """Return where an instance of the component `name` listens."""
        return self._components[name][instance]

    async def _open(self, name: str, grant: Grant, interceptors: Sequence[Interceptor], **settings: Any) -> Mesh:
        known = {"routes": self._routes, "components": self._components}
        own = Settings(component=name, **{**known, **self._settings, **settings})
        opened = Mesh.open(
            own, interceptors=interceptors, membership=lambda it: self._member(it, grant), audit=self._audit
        )
        return await self._stack.enter_async_context(opened)

    def _member(self, settings: Settings, grant: Grant) -> Membership:
        return _Member(settings, self._key, grant)

    def _known(self, name: str, port: int, mesh: Mesh) -> None:
        addresses = self._components.setdefault(name, [])
        addresses.append(f"127.0.0.1:{port}")
        for service in mesh.services:
            self._routes[service] = {"component": name, "endpoints": list(addresses)}


class _Member:
    """Issues its own tokens with the key that everybody in the loopback mesh trusts."""

    def __init__(self, settings: Settings, key: SigningKey, grant: Grant) -> None:
        clock = SystemClock()
        self.verifier = Verifier(
            issuer=settings.issuer, trust_domain=settings.trust_domain, audience=settings.component, clock=clock
        )
        self.verifier.replace_keys([key.public])
        self.tokens = self
        self._issuer = Issuer(key, name=settings.issuer, trust_domain=settings.trust_domain, clock=clock)
        self._component = settings.component
        self._grant = grant
        self._issued: dict[str, str] = {}

    def peek(self, audience: str) -> str | None:
        """Return the token for `audience`."""
        if audience not in self._issued:
            self._issued[audience] = self._issuer.issue(self._component, audience, self._grant).text
        return self._issued[audience]

    async def fetch(self, audience: str) -> str:
        """Return the token for `audience`."""
        token = self.peek(audience)
        assert token is not None
        return token

    @property
    def trusted(self) -> bool:
        """Always: nothing is ever revoked."""
        return True

    async def loaded(self) -> None:
        """Wait for nothing: the key is there."""

    async def turned(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Nothing runs in the background."""
