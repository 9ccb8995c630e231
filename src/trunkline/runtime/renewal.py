"""Connections made anew when this process has another certificate."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from trunkline.runtime.tls import channel_credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import grpc

    from trunkline.runtime.pool import Pool
    from trunkline.runtime.tls import Proof, Proofs

_log = logging.getLogger(__name__)
PATIENCE = 5.0
"""Seconds that a new connection may take before calls go over it all the same."""


@runtime_checkable
class Bound(Protocol):
    """Tokens that are good only with the certificate they were asked for with."""

    async def rebind(self, audience: str, swap: Callable[[], None], /) -> None:
        """Call `swap`; from that moment the token for `audience` is one that was asked for after this was called."""
        ...

    def swap(self, audience: str, swap: Callable[[], None], /) -> None:
        """Call `swap` now and forget the token for `audience`."""
        ...


class Renewal:
    """Asks `proofs` each `every` seconds, and has `pools` connect anew where there is another proof than `used`.

    Where tokens are `bound` to certificates, those for a component change with the connections to it, in one moment;
    they come from `issuer`, which goes first.
    """

    def __init__(
        self,
        proofs: Proofs,
        used: Proof,
        pools: Iterable[Pool],
        *,
        every: float,
        issuer: str = "",
        bound: Bound | None = None,
    ) -> None:
        self._proofs = proofs
        self._used = used
        self._pools = tuple(pools)
        self._every = every
        self._issuer = issuer
        self._bound = bound
        self._task = asyncio.create_task(self._keep())

    async def look(self) -> bool:
        """Ask once; return whether there was another proof. All endpoints use it then."""
        proof = await asyncio.to_thread(self._proofs.get)
        if proof is self._used:
            return False
        self._used = proof
        credentials = channel_credentials(proof)
        await asyncio.gather(
            *(self._renew(pool, credentials) for pool in self._pools if pool.component == self._issuer)
        )
        await asyncio.gather(
            *(self._renew(pool, credentials) for pool in self._pools if pool.component != self._issuer)
        )
        return True

    async def close(self) -> None:
        """Stop asking."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _renew(self, pool: Pool, credentials: grpc.ChannelCredentials) -> None:
        takes = await asyncio.gather(*(one.renew(credentials, patience=PATIENCE) for one in pool.endpoints))

        def swap() -> None:
            for take in takes:
                take()

        if self._bound is None:
            swap()
        elif pool.component == self._issuer:
            self._bound.swap(pool.component, swap)
        else:
            await self._bound.rebind(pool.component, swap)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - whatever went wrong, an end of the asking would be worse
                _log.exception("the new certificates are not used yet, the old ones stay")
