"""The observing interceptors together, over a real wire: four shapes, both handler styles, both sides."""

from __future__ import annotations

import asyncio
import random

import pytest
from echo import SHAPES, Generating, Writing, wired
from structlog.testing import capture_logs

from trunkline.call import Side
from trunkline.clock import SystemClock
from trunkline.errors import Code, DeadlineExceeded, Internal, MeshError, NotFound
from trunkline.interceptors.deadline import ClientDeadline
from trunkline.interceptors.logging import Logging
from trunkline.interceptors.metrics import Metrics
from trunkline.interceptors.recovery import Recovery
from trunkline.interceptors.tracing import ClientTracing, ServerTracing
from trunkline.telemetry.metrics import CallMetrics
from trunkline.telemetry.recorder import SpanRecorder
from trunkline.telemetry.sampling import Sampler

STYLES = (Generating, Writing)


class Observed:
    """Everything that observes, on both sides, and what it saw."""

    def __init__(self):
        clock = SystemClock()
        self.recorder, self.metrics = SpanRecorder(64), CallMetrics()
        sampler = Sampler(1.0, getrandbits=random.getrandbits)
        common = [Metrics(self.metrics, clock), Logging(one_in=1000, slow=60.0, clock=clock)]
        recovery = Recovery(getrandbits=random.getrandbits)
        self.server = [ServerTracing(sampler, self.recorder, clock), *common, recovery]
        self.client = [ClientDeadline(clock), ClientTracing(sampler, self.recorder, clock), *common]

    def codes(self):
        """Return what was counted, by side; every span must agree."""
        counted = {one.side: one.code for one in self.metrics.snapshot()}
        assert set(self.metrics.active().values()) == {0}
        assert {span.side: span.code for span in self.recorder.spans_of(self.trace_id())} == counted
        return counted[Side.CLIENT], counted[Side.SERVER]

    def trace_id(self):
        return self.recorder.recent_roots()[0].trace_id


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("shape", SHAPES)
class TestEveryShape:
    async def test_a_good_call_is_one_trace_on_both_sides(self, shape, style):
        seen = Observed()
        async with wired(style(), server=seen.server, client=seen.client) as wire:
            assert await wire.call(shape, "a") == ["a"]
        assert seen.codes() == (Code.OK, Code.OK)
        made, served = seen.recorder.spans_of(seen.trace_id())
        assert (made.side, served.parent_id) == (Side.CLIENT, made.span_id)

    async def test_a_refusal_has_its_code_on_both_sides(self, shape, style):
        seen = Observed()
        async with wired(style(), server=seen.server, client=seen.client) as wire:
            with pytest.raises(NotFound):
                await wire.call(shape, "missing")
        assert seen.codes() == (Code.NOT_FOUND, Code.NOT_FOUND)

    async def test_a_bug_leaks_nothing_and_is_found_in_the_log_by_its_id(self, shape, style):
        seen = Observed()
        with capture_logs() as lines:
            async with wired(style(), server=seen.server, client=seen.client) as wire:
                with pytest.raises(Internal) as caught:
                    await wire.call(shape, "bug")
        assert seen.codes() == (Code.INTERNAL, Code.INTERNAL)
        assert "hunter2" not in f"{caught.value} {caught.value.metadata}"
        (line,) = [line for line in lines if line["event"] == "unexpected error"]
        assert line["error_id"] == caught.value.metadata["error_id"]
        assert line["trace_id"] == seen.trace_id()

    async def test_a_cancelled_call_is_cancelled_on_both_sides(self, shape, style):
        seen, servicer = Observed(), style()
        async with wired(servicer, server=seen.server, client=seen.client) as wire:
            task = asyncio.create_task(wire.call(shape, "wait"))
            await servicer.began.get()
            task.cancel()
            with pytest.raises((asyncio.CancelledError, MeshError)):
                await task
            await servicer.ended.get()
        assert seen.codes() == (Code.CANCELLED, Code.CANCELLED)

    async def test_a_call_out_of_time_is_so_on_both_sides(self, shape, style):
        seen, servicer = Observed(), style()
        async with wired(servicer, server=seen.server, client=seen.client) as wire:
            with pytest.raises(DeadlineExceeded):
                await wire.call(shape, "wait", timeout=0.2)
            await servicer.ended.get()
        assert seen.codes() == (Code.DEADLINE_EXCEEDED, Code.DEADLINE_EXCEEDED)
