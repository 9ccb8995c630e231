"""What runs in the process of activity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campus.activity.service import Activity
from campus.activity.store import Sessions
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from trunkline import SystemClock

if TYPE_CHECKING:
    from trunkline import Mesh


async def main(mesh: Mesh) -> None:
    """Serve activity until the process is told to stop."""
    accounts, progress = AccountsServiceStub(mesh.channel), ProgressServiceStub(mesh.channel)
    async with Sessions.open(mesh.settings.database) as sessions:
        await mesh.serve(Activity(accounts=accounts, progress=progress, sessions=sessions, clock=SystemClock()))
