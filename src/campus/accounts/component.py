"""What runs in the process of accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from campus.accounts.service import Accounts
from campus.accounts.store import Users
from trunkline import SystemClock

if TYPE_CHECKING:
    from trunkline import Mesh


async def main(mesh: Mesh) -> None:
    """Serve accounts until the process is told to stop."""
    async with Users.open(mesh.settings.database) as users:
        await mesh.serve(Accounts(users=users, clock=SystemClock()))
