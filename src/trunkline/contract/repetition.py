"""Rules about sending a call more than once: retry and hedge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import MethodDescriptorProto
from google.protobuf.descriptor_pb2 import MethodOptions as StandardOptions

from trunkline.api.policy.v1.policy_pb2 import Hedge, MethodOptions, Retry
from trunkline.contract.violation import Fault
from trunkline.descriptors import seconds
from trunkline.errors import Code
from trunkline.policy import DEFAULT_INITIAL_BACKOFF, DEFAULT_MAX_BACKOFF, DEFAULT_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

RETRY_ATTEMPTS = range(2, 6)
HEDGE_ATTEMPTS = range(2, 4)
NEVER_RETRIED = frozenset({Code.OK, Code.CANCELLED})

_RETRY = MethodOptions.RETRY_FIELD_NUMBER
_HEDGE = MethodOptions.HEDGE_FIELD_NUMBER
_INITIAL = (_RETRY, Retry.INITIAL_BACKOFF_FIELD_NUMBER)
_MAX = (_RETRY, Retry.MAX_BACKOFF_FIELD_NUMBER)
_DELAY = (_HEDGE, Hedge.DELAY_FIELD_NUMBER)


def retry_faults(method: MethodDescriptorProto, said: MethodOptions) -> Iterator[Fault]:
    """Judge the retry of one method. Paths lead on from its policy."""
    if not said.HasField("retry"):
        return
    if method.options.idempotency_level not in {StandardOptions.IDEMPOTENT, StandardOptions.NO_SIDE_EFFECTS}:
        mend = "add `option idempotency_level = IDEMPOTENT` (or NO_SIDE_EFFECTS) if that is true, or take `retry` away"
        yield Fault((_RETRY,), "it is retried but not marked idempotent", mend)
    if method.client_streaming:
        mend = "take `retry` away: what was streamed is gone and cannot be sent again"
        yield Fault((_RETRY,), "it is retried but its requests are a stream", mend)
    if said.retry.max_attempts not in RETRY_ATTEMPTS:
        path = (_RETRY, Retry.MAX_ATTEMPTS_FIELD_NUMBER)
        yield Fault(path, f"retry.max_attempts is {said.retry.max_attempts}", "choose 2 to 5, the first included")
    yield from _backoff_faults(said.retry)
    yield from _code_faults(said.retry)


def hedge_faults(method: MethodDescriptorProto, said: MethodOptions) -> Iterator[Fault]:
    """Judge the hedge of one method. Paths lead on from its policy."""
    if not said.HasField("hedge"):
        return
    if said.HasField("retry"):
        yield Fault((_HEDGE,), "it has both `retry` and `hedge`", "keep one: copies already make up for a failed one")
    if method.options.idempotency_level != StandardOptions.NO_SIDE_EFFECTS:
        mend = "add `option idempotency_level = NO_SIDE_EFFECTS` if that is true, or take `hedge` away"
        yield Fault((_HEDGE,), "it is hedged but not marked free of side effects", mend)
    if method.client_streaming or method.server_streaming:
        yield Fault((_HEDGE,), "it is hedged but streams", "take `hedge` away: only unary calls are hedged")
    if said.hedge.max_attempts not in HEDGE_ATTEMPTS:
        path = (_HEDGE, Hedge.MAX_ATTEMPTS_FIELD_NUMBER)
        yield Fault(path, f"hedge.max_attempts is {said.hedge.max_attempts}", "choose 2 or 3, the first included")
    yield from _delay_faults(said)


def _backoff_faults(retry: Retry) -> Iterator[Fault]:
    initial = seconds(retry.initial_backoff, 0.0) if retry.HasField("initial_backoff") else DEFAULT_INITIAL_BACKOFF
    largest = seconds(retry.max_backoff, 0.0) if retry.HasField("max_backoff") else DEFAULT_MAX_BACKOFF
    if initial <= 0.0:
        yield Fault(_INITIAL, f"retry.initial_backoff is {initial:g} s", "make it positive or leave it out (50 ms)")
    if largest <= 0.0:
        yield Fault(_MAX, f"retry.max_backoff is {largest:g} s", "make it positive or leave it out (1 s)")
    elif initial > largest:
        problem = f"retry.initial_backoff ({initial:g} s) is above max_backoff ({largest:g} s)"
        yield Fault(_INITIAL, problem, "lower the one or raise the other")


def _code_faults(retry: Retry) -> Iterator[Fault]:
    known = {code.value for code in Code}
    for index, number in enumerate(retry.codes):
        path = (_RETRY, Retry.CODES_FIELD_NUMBER, index)
        if number not in known:
            yield Fault(path, f"retry.codes holds {number}, which is no code of gRPC", "take it away")
        elif Code(number) in NEVER_RETRIED:
            yield Fault(path, f"retry.codes holds {Code(number).name}", "take it away: such a call has ended for good")


def _delay_faults(said: MethodOptions) -> Iterator[Fault]:
    delay = seconds(said.hedge.delay, 0.0)
    if delay <= 0.0:
        mend = "say how long the first copy may be silent, such as `{nanos: 50000000}`"
        yield Fault(_DELAY, f"hedge.delay is {delay:g} s", mend)
    elif delay >= (timeout := seconds(said.timeout, DEFAULT_TIMEOUT)) > 0.0:
        problem = f"hedge.delay ({delay:g} s) is not below the timeout ({timeout:g} s), so no copy is ever sent"
        yield Fault(_DELAY, problem, "lower the one or raise the other")
