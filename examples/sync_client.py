"""Calls without an event loop, from a thread: `SyncMesh` and its one channel.

`python examples/sync_client.py` prints

    hello, ada
    UNAUTHENTICATED TOKEN_MISSING
"""

from __future__ import annotations

import asyncio

from trunkline import Settings, SyncMesh, Unauthenticated
from trunkline.api.testing.v1.echo_pb2 import EchoRequest, GreetRequest, GreetResponse
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceServicer, EchoServiceStub
from trunkline.testing import Loopback


class Greeter(EchoServiceServicer):
    async def Greet(self, request: GreetRequest, _: object) -> GreetResponse:
        return GreetResponse(text=f"hello, {request.text}")


def script(settings: Settings) -> None:
    """Do what a script, a Django view or a Flask route would.

    In a mesh with a backbone `SyncMesh()` needs no settings: TRUNKLINE_FILE and TRUNKLINE_COMPONENT say which they are,
    and the bootstrap secret gets it tokens. Here there is no backbone, so only a public method lets it in.
    """
    with SyncMesh(settings) as mesh:
        stub = EchoServiceStub(mesh.channel)
        print(stub.Greet(GreetRequest(text="ada")).text)
        try:
            stub.Echo(EchoRequest(text="ada"))
        except Unauthenticated as error:
            print(error.code.name, error.reason)


async def main() -> None:
    async with Loopback() as loopback:
        greeter = Greeter()  # type: ignore[abstract]  # what it leaves out answers UNIMPLEMENTED
        await loopback.serve("greeter", lambda _: [greeter])
        client = await loopback.client("script")
        await asyncio.to_thread(script, client.settings)


if __name__ == "__main__":
    asyncio.run(main())
