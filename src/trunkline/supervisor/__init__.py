"""A whole mesh as processes of one machine: started in the order of their needs, kept alive, drained in reverse."""

from __future__ import annotations

from trunkline.supervisor.errors import StartError
from trunkline.supervisor.supervisor import Supervisor

__all__ = ["StartError", "Supervisor"]
