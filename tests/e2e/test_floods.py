"""Frames in masses and frames that break the protocol, against a whole server in another process.

Counts and memory are asserted, times are not: benchmarks are for those.
"""

from __future__ import annotations

import sys
import zlib

import pytest
from hpack import Decoder
from hyperframe.frame import ContinuationFrame, DataFrame, HeadersFrame, RstStreamFrame
from wild import ECHO, MIB, hosted, wild

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="THE MEMORY OF A PROCESS IS READ FROM /proc")

MOST = 64 * MIB
"""How much memory a server may gain by an attack."""
PAIRS = 20_000
GREET = ECHO.replace("/Echo", "/Greet")
"""A public method: whoever comes gets as far as its message."""


@pytest.fixture
async def server():
    async with hosted() as started:
        assert await started.answers()
        yield started


async def unharmed(server, before: int) -> None:
    """Assert that the server lives, answers a member, and has not grown beyond what an attack may cost."""
    assert await server.answers()
    gained = server.memory() - before
    assert gained < MOST, f"{gained / MIB:.0f} MiB"


@pytest.mark.parametrize("path", [ECHO, "/no.Such/Method"])
async def test_calls_that_are_opened_and_reset_by_the_thousand_do_no_harm(server, path):
    before = server.memory()
    async with wild(server.address) as attacker:
        for stream in range(1, 2 * PAIRS, 2):
            attacker.send(attacker.open(stream, path), RstStreamFrame(stream, error_code=8))
            if stream % 101 == 0 and not await attacker.flush():
                break
        await attacker.settled()
        await unharmed(server, before)


FIELD = b"\x00\x01a\x7f\x80\x07" + b"v" * 1023
"""A header `a` of 1,023 characters, as HPACK writes one that is not to be remembered."""


@pytest.mark.parametrize(("part", "times"), [(FIELD, PAIRS), (b"", PAIRS)], ids=["full", "empty"])
async def test_a_header_block_that_goes_on_and_on_does_no_harm(server, part, times):
    before = server.memory()
    async with wild(server.address) as attacker:
        attacker.polite = False
        attacker.send(HeadersFrame(1, attacker.headers()))
        for sent in range(times):
            attacker.send(ContinuationFrame(1, part))
            if sent % 101 == 0 and not await attacker.flush():
                break
        attacker.send(ContinuationFrame(1, flags=["END_HEADERS"]))
        await attacker.settled()
        await unharmed(server, before)


async def test_a_padded_number_of_hpack_does_no_harm(server):
    before = server.memory()
    async with wild(server.address) as attacker:
        attacker.polite = False
        attacker.send(HeadersFrame(1, attacker.headers() + b"\x00\x7f" + b"\x80" * 8000))
        for _ in range(1000):
            attacker.send(ContinuationFrame(1, b"\x80" * 16_000))
            if not await attacker.flush():
                break
        await attacker.ended.wait()
        await unharmed(server, before)


@pytest.mark.parametrize("header", [{"te": "x"}, {":scheme": "x"}, {"grpclb_client_stats": "x"}])
async def test_a_header_that_once_ended_the_process_does_no_more(server, header):
    before = server.memory()
    async with wild(server.address) as attacker:
        attacker.send(attacker.open(1, **header, later="v" * 9000))
        attacker.send(attacker.open(3, **header, later="v" * 60))
        await attacker.settled()
        await unharmed(server, before)


def bomb(size: int) -> bytes:
    """Return the message of `size` zeros as gRPC frames it, compressed: a thousandth of that."""
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(MIB)) for _ in range(size // MIB)) + packer.flush()
    return b"\x01" + len(packed).to_bytes(4, "big") + packed


async def test_a_message_of_400_mib_packed_into_400_kib_does_no_harm(server):
    before, message = server.memory(), bomb(400 * MIB)
    async with wild(server.address) as attacker:
        await attacker.settled()  # before that the server grants no more than 64 KiB
        attacker.send(attacker.open(1, GREET, grpc_encoding="gzip"))
        for start in range(0, len(message), 16_000):
            attacker.send(DataFrame(1, message[start : start + 16_000]))
        attacker.send(DataFrame(1, flags=["END_STREAM"]))
        await attacker.flush()
        answer = dict(Decoder().decode((await attacker.heard.get()).data))
        assert (answer["grpc-status"], answer["grpc-message"]) == ("8", "Decompressed message larger than max")
        assert server.memory() - before < 32 * MIB
    await unharmed(server, before)


async def test_whoever_pings_and_does_nothing_else_is_sent_away(server):
    async with wild(server.address) as attacker, wild(server.address) as other:
        answered = 0
        while answered < 100 and await attacker.settled():  # one at a time, or the farewell may be lost
            answered += 1
        assert answered < 10
        assert (attacker.goaway.error_code, attacker.goaway.additional_data) == (11, b"too_many_pings")
        assert other.alive
    assert await server.answers()
