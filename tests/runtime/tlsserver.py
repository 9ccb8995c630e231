"""A server that shows the certificate in a folder, as a program that loads Trunkline starts it. Prints its port."""

import asyncio
import sys
from pathlib import Path

from issued import Proof, Proofs

from trunkline.clock import SystemClock
from trunkline.config import Limits
from trunkline.runtime.options import server_options
from trunkline.runtime.server import MeshServer
from trunkline.runtime.tls import server_credentials


async def main(folder: Path) -> None:
    proof = Proof(*((folder / name).read_bytes() for name in ("tls.key", "tls.crt", "ca.crt")))
    server = MeshServer((), component="echo", options=server_options(Limits()), clock=SystemClock())
    port = server.listen("127.0.0.1:0", server_credentials(Proofs(proof)))
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await server.stop()


asyncio.run(main(Path(sys.argv[1])))
