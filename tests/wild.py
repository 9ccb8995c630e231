"""HTTP/2 by hand: frames that no well-behaved client sends, and a server of its own process to send them to."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
from hpack import Encoder
from hyperframe.frame import DataFrame, Frame, GoAwayFrame, HeadersFrame, PingFrame, RstStreamFrame, SettingsFrame

from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
ROOT = Path(__file__).parents[1]
ECHO = "/trunkline.api.testing.v1.EchoService/Echo"
MIB = 1024 * 1024


class Wild:
    """One connection. What the server sends is read all the time, and what ends it is kept."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.ended = asyncio.Event()
        self.polite = True  # answers settings and pings, which in the middle of a header block would break it
        self.goaway: GoAwayFrame | None = None
        self.heard: asyncio.Queue[Frame] = asyncio.Queue()
        self._encoder = Encoder()
        self._answered: asyncio.Queue[bytes] = asyncio.Queue()
        self._reader = reader
        self._listening = asyncio.create_task(self._listen())

    @property
    def alive(self) -> bool:
        """Whether the server still holds the connection."""
        return not self.ended.is_set()

    def send(self, *frames: Frame) -> None:
        """Write frames, as long as the connection stands."""
        if not self.writer.is_closing():
            self.writer.write(b"".join(frame.serialize() for frame in frames))

    async def flush(self) -> bool:
        """Wait until what was written is on its way; return whether the connection still stands."""
        try:
            await self.writer.drain()
        except ConnectionError:
            await self.ended.wait()
        return self.alive

    async def settled(self) -> bool:
        """Wait until the server has read all that was written; return whether the connection still stands."""
        self.send(PingFrame(0, b"all read"))
        await self.flush()
        answered, ended = asyncio.create_task(self._answered.get()), asyncio.create_task(self.ended.wait())
        await asyncio.wait({answered, ended}, return_when=asyncio.FIRST_COMPLETED)
        answered.cancel()
        ended.cancel()
        return self.alive

    def headers(self, path: str = ECHO, **more: str) -> bytes:
        """Return a header block of a call of `path`; `more` adds headers, or replaces those of HTTP/2."""
        said = {":method": "POST", ":scheme": "http", ":path": path, ":authority": "echo", "te": "trailers"}
        said |= {"content-type": "application/grpc"}
        return self._encoder.encode({**said, **{key.replace("_", "-"): value for key, value in more.items()}})

    def open(self, stream: int, path: str = ECHO, **more: str) -> HeadersFrame:
        """Return the frame that begins a call whose body never comes."""
        return HeadersFrame(stream, self.headers(path, **more), flags=["END_HEADERS"])

    async def close(self) -> None:
        """End the connection and whatever reads it."""
        self._listening.cancel()
        await asyncio.gather(self._listening, return_exceptions=True)
        self.writer.close()

    async def _listen(self) -> None:
        try:
            while True:
                frame, length = Frame.parse_frame_header(memoryview(await self._reader.readexactly(9)))
                frame.parse_body(memoryview(await self._reader.readexactly(length)))
                self._hear(frame)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.ended.set()

    def _hear(self, frame: Frame) -> None:
        if isinstance(frame, GoAwayFrame) and (self.goaway is None or frame.error_code):
            self.goaway = frame
        elif isinstance(frame, PingFrame) and "ACK" in frame.flags:
            self._answered.put_nowait(frame.opaque_data)
        elif isinstance(frame, SettingsFrame | PingFrame) and "ACK" not in frame.flags and self.polite:
            data = frame.opaque_data if isinstance(frame, PingFrame) else None
            self.send(SettingsFrame(0, flags=["ACK"]) if data is None else PingFrame(0, data, flags=["ACK"]))
        elif isinstance(frame, HeadersFrame | RstStreamFrame | DataFrame):
            self.heard.put_nowait(frame)


@asynccontextmanager
async def wild(address: str):
    """Connect to `address` as a client that then does as it likes."""
    host, _, port = address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(PREFACE)
    one = Wild(reader, writer)
    one.send(SettingsFrame(0))
    try:
        yield one
    finally:
        await one.close()


class Hosted:
    """A whole server in a process of its own, a member's token for it, and how much memory it takes."""

    def __init__(self, process: asyncio.subprocess.Process, address: str, token: str) -> None:
        self.process = process
        self.address = address
        self._bearer = [("authorization", f"Bearer {token}")]

    def memory(self) -> int:
        """Return the bytes the process holds in memory."""
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")

    async def answers(self) -> bool:
        """Make a valid call over a connection of its own; return whether it was answered as it should be."""
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(self.address, options=options) as channel:
            request = pb.EchoRequest(text="still here")
            answer = await EchoServiceStub(channel).Echo(request, metadata=self._bearer, wait_for_ready=True)
        return answer.text == "still here" and self.process.returncode is None


@asynccontextmanager
async def hosted(**limits: float):
    """Host the echo service under `limits` in another process."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests")])}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "tests" / "e2e" / "host.py"),
        json.dumps(limits),
        env=environ,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        said = json.loads(await process.stdout.readline())
        yield Hosted(process, said["address"], said["token"])
    finally:
        process.stdin.close()
        await process.wait()
