"""Asks every component for its counts while the drive runs, so that those of a killed process are not lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trunkline import MeshError
from trunkline.api.diagnostics.v1.diagnostics_pb2 import GetCallsRequest
from trunkline.api.diagnostics.v1.diagnostics_pb2_grpc import DiagnosticsServiceStub

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trunkline import Mesh
    from trunkline.api.diagnostics.v1.diagnostics_pb2 import GetCallsResponse

EVERY = 0.5


class Watch:
    """The last counts of each process that was ever seen, this one included."""

    def __init__(self, mesh: Mesh, components: Sequence[str]) -> None:
        self._mesh = mesh
        self._asked = [DiagnosticsServiceStub(mesh.component(name)) for name in components]
        self._last: dict[str, GetCallsResponse] = {}

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> list[GetCallsResponse]:
        """Ask every component now; return the last counts of every process. One that does not answer is passed over."""
        answers = await asyncio.gather(
            *(stub.GetCalls(GetCallsRequest()) for stub in self._asked), return_exceptions=True
        )
        for answer in (self._mesh.calls(), *answers):
            if isinstance(answer, BaseException):
                if not isinstance(answer, MeshError):
                    raise answer
            else:
                self._last[answer.instance_id] = answer
        return list(self._last.values())
