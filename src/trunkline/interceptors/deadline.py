"""Every call has an end: the contract's timeout, the caller's own, or what is left of the call being served."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trunkline.call import Side, serving
from trunkline.deadline import Deadline
from trunkline.errors import DeadlineExceeded
from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.call import Call, Method
    from trunkline.clock import Clock


class ClientDeadline(Interceptor):
    """Gives an outgoing call its deadline: never later than that of the call whose handler makes it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def around(self, call: Call) -> Iterator[None]:
        """Settle the deadline before anything is sent. Raises DeadlineExceeded where no time is left."""
        now = self._clock.monotonic()
        own = call.deadline or Deadline.after(call.method.policy.timeout, now=now)
        parent = serving.get()
        # What a handler began and left running outlives its call, and is bound by it no more.
        bound = parent.deadline if parent is not None and parent.code is None else None
        call.deadline = deadline = own if bound is None else min(own, bound)
        if deadline.passed(now):
            raise DeadlineExceeded("DEADLINE", f"{call.method.full_name} was not sent: the caller's time is over")
        yield


class ServerDeadline(Interceptor):
    """Ends handlers whose caller set no deadline, or one beyond the server's cap.

    `default` and `cap` are in seconds. A method whose contract allows longer than the cap has its own timeout as cap.
    A deadline within the cap needs no timer here: gRPC cancels the handler when it passes.
    """

    def __init__(self, clock: Clock, *, default: float, cap: float) -> None:
        self._clock = clock
        self._default = default
        self._cap = cap

    def bind(self, method: Method, side: Side) -> Interceptor:  # noqa: ARG002 - part of the interface
        """Settle the cap of `method`."""
        timeout = method.policy.timeout
        return ServerDeadline(self._clock, default=max(self._default, timeout), cap=max(self._cap, timeout))

    def around(self, call: Call) -> Iterator[None]:
        """Run the handler under a timer where gRPC holds none."""
        now = self._clock.monotonic()
        allowed = self._default if call.deadline is None else self._cap
        if call.deadline is not None and call.deadline.remaining(now) <= allowed:
            yield
            return
        call.deadline = Deadline.after(allowed, now=now)
        task = asyncio.current_task()
        assert task is not None
        timer = asyncio.get_running_loop().call_later(allowed, task.cancel)
        try:
            yield
        except asyncio.CancelledError:
            if not call.deadline.passed(self._clock.monotonic()):
                raise
            task.uncancel()
            text = f"{call.method.full_name} ran longer than the {allowed:g} s this server allows"
            raise DeadlineExceeded("SERVER_DEADLINE", text) from None
        finally:
            timer.cancel()
