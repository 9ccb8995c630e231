"""What runs in the process of progress."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from campus.progress.service import Progress
from campus.progress.store import Results

if TYPE_CHECKING:
    from trunkline import Mesh


async def main(mesh: Mesh) -> None:
    """Serve progress until the process is told to stop."""
    async with Results.open(mesh.settings.database) as results:
        await mesh.serve(Progress(accounts=AccountsServiceStub(mesh.channel), results=results))
