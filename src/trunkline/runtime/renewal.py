"""Connections made anew when this process has another certificate."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from trunkline.runtime.tls import channel_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.runtime.pool import Endpoint
    from trunkline.runtime.tls import Proof, Proofs

_log = logging.getLogger(__name__)
PATIENCE = 5.0
"""Seconds that a new connection may take before calls go over it all the same."""


class Renewal:
    """Asks `proofs` each `every` seconds, and has `endpoints` connect anew where there is another proof than `used`."""

    def __init__(self, proofs: Proofs, used: Proof, endpoints: Iterable[Endpoint], *, every: float) -> None:
        self._proofs = proofs
        self._used = used
        self._endpoints = tuple(endpoints)
        self._every = every
        self._task = asyncio.create_task(self._keep())

    async def look(self) -> bool:
        """Ask once; return whether there was another proof. All endpoints use it then."""
        proof = await asyncio.to_thread(self._proofs.get)
        if proof is self._used:
            return False
        self._used = proof
        credentials = channel_credentials(proof)
        await asyncio.gather(*(endpoint.renew(credentials, patience=PATIENCE) for endpoint in self._endpoints))
        return True

    async def close(self) -> None:
        """Stop asking."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - whatever went wrong, an end of the asking would be worse
                _log.exception("the new certificates are not used yet, the old ones stay")
