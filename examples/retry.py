"""The contract says which calls are sent again: Echo has `retry`, Once has none.

`python examples/retry.py` prints

    Echo answered hello at attempt 3
    Once failed at attempt 1: UNAVAILABLE WARMING_UP, sent by greeter
"""

from __future__ import annotations

import asyncio
from collections import Counter

from trunkline import Unavailable
from trunkline.api.testing.v1.echo_pb2 import EchoRequest, EchoResponse, OnceRequest, OnceResponse
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceServicer, EchoServiceStub
from trunkline.testing import Loopback


class Warming(EchoServiceServicer):
    def __init__(self) -> None:
        self.attempts: Counter[str] = Counter()

    async def Echo(self, request: EchoRequest, _: object) -> EchoResponse:
        self.warm_up("Echo")
        return EchoResponse(text=request.text)

    async def Once(self, request: OnceRequest, _: object) -> OnceResponse:
        self.warm_up("Once")
        return OnceResponse(text=request.text)

    def warm_up(self, method: str) -> None:
        self.attempts[method] += 1
        if self.attempts[method] < 3:
            raise Unavailable("WARMING_UP", "come back in a moment")


async def main() -> None:
    async with Loopback() as loopback:
        servicer = Warming()  # type: ignore[abstract]  # what it leaves out answers UNIMPLEMENTED
        await loopback.serve("greeter", lambda _: [servicer])
        client = await loopback.client("client", scopes=["echo.use"])
        stub = EchoServiceStub(client.channel)
        response = await stub.Echo(EchoRequest(text="hello"))
        print(f"Echo answered {response.text} at attempt {servicer.attempts['Echo']}")
        try:
            await stub.Once(OnceRequest(text="hello"))
        except Unavailable as error:
            code, count = error.code.name, servicer.attempts["Once"]
            print(f"Once failed at attempt {count}: {code} {error.reason}, sent by {error.domain}")


if __name__ == "__main__":
    asyncio.run(main())
