"""`trunkline up` with the small programs of the supervisor's tests in place of components."""

import asyncio
import sys
from pathlib import Path

from trunkline.cli.running import run_mesh
from trunkline.config import load_mesh_file

MEMBER = Path(__file__).parents[1] / "supervisor" / "member.py"

mesh = load_mesh_file(Path(sys.argv[1]))
clean = asyncio.run(run_mesh(mesh, command=lambda mesh, name: [sys.executable, str(MEMBER)]))
sys.exit(0 if clean else 1)
