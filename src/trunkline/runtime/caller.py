"""Everything that the calls of one stub method share, and the attempts they make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

from trunkline.call import Call, Side, serving
from trunkline.deadline import Deadline
from trunkline.errors import Code, MeshError, Unavailable
from trunkline.resilience.retry import Failure, next_delay
from trunkline.runtime import status
from trunkline.runtime.status import Spent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from trunkline.call import Method
    from trunkline.clock import Clock
    from trunkline.runtime.chain import Chain
    from trunkline.runtime.pool import Endpoint, Pool

_NEVER_SENT = (
    "failed to connect to all addresses",
    "connections to all backends failing",
    "GOAWAY",
    "empty address list",
)

Pairs = list[tuple[str, str | bytes]]


class Sent(grpc.aio.Metadata):
    """Outgoing metadata that hands gRPC a ready list, which it would otherwise build twice."""

    def __init__(self, pairs: Pairs) -> None:
        # The base class would begin an index of its own, which nothing reads on the way out.
        self._pairs = pairs

    def __iter__(self) -> Iterator[tuple[str, str | bytes]]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)


class Caller:
    """One method of a stub: its chain, where it is served, and how its attempts follow one another."""

    __slots__ = ("_find", "chain", "clock", "method", "random")

    def __init__(
        self,
        method: Method,
        chain: Chain,
        find: Callable[[], Pool | None],
        *,
        clock: Clock,
        random: Callable[[], float],
    ) -> None:
        self.method = method
        self.chain = chain
        self.clock = clock
        self.random = random
        self._find = find

    def call(self, timeout: float | None, metadata: Sequence[tuple[str, str | bytes]] | None) -> Attempts:
        """Begin a call. `timeout` in seconds; None leaves it to the contract."""
        call = Call(self.method, Side.CLIENT, list(metadata) if metadata else [])
        started = self.clock.monotonic()
        if timeout is not None:
            call.deadline = Deadline.after(timeout, now=started)
        return Attempts(self, call, self._find(), started)


class Attempts:
    """The attempts of one call, one after another."""

    __slots__ = ("_caller", "_left", "_pool", "_started", "_tried", "call", "endpoint")

    def __init__(self, caller: Caller, call: Call, pool: Pool | None, started: float) -> None:
        self.call = call
        self.endpoint: Endpoint | None = None
        self._caller = caller
        self._pool = pool
        self._started = started
        self._tried: list[Endpoint] = []
        parent = serving.get()
        # What a handler began and left running outlives its call, and is bound by it no more.
        self._left = parent.attempts_left if parent is not None and parent.code is None else None
        if pool is not None:
            call.component = pool.component
            pool.budget.deposit()

    def start(self, request: Any) -> Any:
        """Send the next attempt; return gRPC's call object.

        Raises Unavailable where nobody serves the method, DeadlineExceeded where the time is over.
        """
        call, caller, pool = self.call, self._caller, self._pool
        now = caller.clock.monotonic()
        endpoint = pool.pick(self._tried, now) if pool is not None else None
        if pool is None or endpoint is None:
            raise Unavailable("NO_ROUTE", f"no component of this mesh is known to serve {caller.method.service}")
        self.endpoint = endpoint
        call.peer_of = endpoint.peer
        invoker = endpoint.invoker(caller.method)
        left = None
        if call.deadline is not None and (left := call.deadline.remaining(now)) <= 0.0:
            raise self._timed_out(now)
        return invoker(request, timeout=left, metadata=Sent(self._metadata()))

    def failed(self, error: grpc.aio.AioRpcError, *, final: bool = False) -> tuple[float | None, MeshError]:
        """Take note of a failed attempt; return the pause before the next (None: give up) and the error it stands for.

        `final` says that no other attempt can follow, whatever the contract allows.
        """
        code, text, trailers = status.CODE[error.code()], error.details() or "", error.trailing_metadata() or ()
        sent = status.received(code, text, trailers)
        refused = any(key == status.REFUSED_KEY for key, _ in trailers)
        never = not final and sent is None and code is Code.UNAVAILABLE and text.startswith(_NEVER_SENT)
        unsent = never and self._apart()
        pushback, now = status.pushback(trailers), self._caller.clock.monotonic()
        if self.endpoint is not None and self._pool is not None:
            self._tried.append(self.endpoint)
            if (refused and pushback is None) or (code is Code.UNAVAILABLE and sent is None):
                self._pool.balancer.away(self.endpoint, now)
        failure = Failure(code, unsent=refused or unsent, pushback=pushback)
        delay = None if final else self._next(failure, now)
        stands = sent or self._local(code, text, now)
        # Whoever answers for this failure further up is told that trying was done here, or further down.
        stands.tried |= self.call.attempt > 1 or (pushback is not None and pushback < 0)
        if delay is not None:
            self.call.attempt += 1
        return delay, stands

    def _apart(self) -> bool:
        # A peer may relay such a text of its own; one that answers is connected.
        return self.endpoint is not None and self.endpoint.channel.get_state() is not grpc.ChannelConnectivity.READY

    def spare(self) -> bool:
        """Pay for one more copy of the call; False where the budget is spent."""
        now = self._caller.clock.monotonic()
        if self._left is not None and self.call.attempt > self._left:
            return False
        if self._pool is None or not self._pool.budget.withdraw(now):
            return False
        if self.endpoint is not None:
            self._tried.append(self.endpoint)
        self.call.attempt += 1
        return True

    def _next(self, failure: Failure, now: float) -> float | None:
        call = self.call
        delay = next_delay(
            failure,
            call.method.policy.retry,
            attempt=call.attempt,
            attempts_left=self._left,
            time_left=call.deadline.remaining(now) if call.deadline is not None else float("inf"),
            random=self._caller.random,
        )
        if delay is None or self._pool is None:
            return None
        untried = any(endpoint not in self._tried for endpoint in self._pool.endpoints)
        # Going elsewhere with what was never handled repeats no work, so it needs no budget: a rolling restart is free.
        if not (failure.unsent and untried and failure.pushback is None) and not self._pool.budget.withdraw(now):
            return None
        return 0.0 if untried and failure.pushback is None else delay

    def _metadata(self) -> Pairs:
        call = self.call
        pairs: Pairs = list(call.metadata)
        if (retry := call.method.policy.retry) is not None:
            allowed = retry.max_attempts if self._left is None else min(retry.max_attempts, self._left + 1)
            pairs.append((status.ATTEMPTS_LEFT_KEY, str(max(0, allowed - call.attempt))))
        if call.attempt > 1:
            pairs.append(("grpc-previous-rpc-attempts", str(call.attempt - 1)))
        return pairs

    def _timed_out(self, now: float) -> MeshError:
        return self._local(Code.DEADLINE_EXCEEDED, "", now)

    def _local(self, code: Code, text: str, now: float) -> MeshError:
        """Return the error for a status that this side of the wire made."""
        call = self.call
        tried = ", ".join(dict.fromkeys(endpoint.address for endpoint in self._tried))
        spent = Spent(call.component, tried, call.attempt, now - self._started)
        return status.made_here(code, text, call.method, spent)
