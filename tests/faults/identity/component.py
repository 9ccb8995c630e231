"""What the faults are tried on: a component that echoes, in several instances; some with a bug planted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceServicer
from trunkline.identity.revoked import Revoked

if TYPE_CHECKING:
    from trunkline import Mesh

PLANT = "FAULTS_PLANT"
DEAF = "deaf"


class Echo(EchoServiceServicer):
    """Answers one method."""

    async def Echo(self, request: pb.EchoRequest, context: object) -> pb.EchoResponse:
        """Answer with the text."""
        return pb.EchoResponse(text=request.text)


async def main(mesh: Mesh) -> None:
    """Serve."""
    if os.environ.get(PLANT) == DEAF:
        _make_deaf()
    await mesh.serve(Echo())


def _make_deaf() -> None:
    """Plant a bug: revocations arrive, are confirmed, and change nothing."""
    Revoked.meets = lambda *_: False
