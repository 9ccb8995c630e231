"""A component and two clients in one process, over real sockets.

`python examples/greeter.py` prints

    hello, ada
    you are spiffe://loopback/reader
    stranger is refused: SCOPE_MISSING echo.use
"""

from __future__ import annotations

import asyncio

from trunkline import Mesh, PermissionDenied, current_call
from trunkline.api.testing.v1.echo_pb2 import EchoRequest, EchoResponse
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceServicer, EchoServiceStub
from trunkline.testing import Loopback


class Greeter(EchoServiceServicer):
    async def Echo(self, request: EchoRequest, _: object) -> EchoResponse:
        caller = current_call().principal
        if caller is not None and request.text == "who am I?":
            return EchoResponse(text=f"you are {caller.subject}")
        return EchoResponse(text=f"hello, {request.text}")


async def ask(mesh: Mesh, text: str) -> str:
    response = await EchoServiceStub(mesh.channel).Echo(EchoRequest(text=text))
    return response.text


async def main() -> None:
    async with Loopback() as loopback:
        greeter = Greeter()  # type: ignore[abstract]  # what it leaves out answers UNIMPLEMENTED
        await loopback.serve("greeter", lambda _: [greeter])
        reader = await loopback.client("reader", scopes=["echo.use"])
        print(await ask(reader, "ada"))
        print(await ask(reader, "who am I?"))
        stranger = await loopback.client("stranger")
        try:
            await ask(stranger, "ada")
        except PermissionDenied as error:
            print("stranger is refused:", error.reason, error.metadata["missing"])


if __name__ == "__main__":
    asyncio.run(main())
