"""Errors over the wire: `MeshError` to `google.rpc.Status` and back, in one place."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc

from trunkline.errors import Code, DeadlineExceeded, FieldViolation, MeshError, Unavailable, error_class

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.any_pb2 import Any as AnyMessage

    from trunkline.call import Method

STATUS = {Code(status.value[0]): status for status in grpc.StatusCode}
CODE = {status: code for code, status in STATUS.items()}

DETAILS_KEY = "grpc-status-details-bin"
PUSHBACK_KEY = "grpc-retry-pushback-ms"
ATTEMPTS_LEFT_KEY = "x-trunkline-attempts-left"
REFUSED_KEY = "x-trunkline-refused"
"""Sent by a server that turned a call away before anything was done with it: safe to repeat, whatever the method."""


MAX_VIOLATIONS = 32
"""Field violations an error carries at most, and characters of its text: all of it must fit into the metadata."""
MAX_TEXT = 2048


def trailers(error: MeshError, domain: str) -> list[tuple[str, str | bytes]]:
    """Return the trailing metadata that carries `error`. `domain` names this component."""
    pairs: list[tuple[str, str | bytes]] = [(DETAILS_KEY, _pack(error, error.domain or domain))]
    if error.tried:
        pairs.append((PUSHBACK_KEY, "-1"))
    elif error.retry_after is not None:
        pairs.append((PUSHBACK_KEY, str(int(error.retry_after * 1000))))
    if error.refused:
        pairs.append((REFUSED_KEY, "1"))
    return pairs


def received(code: Code, text: str, metadata: Iterable[tuple[str, str | bytes]]) -> MeshError | None:
    """Return the error a peer sent; None where the trailers carry none: it was made on this side."""
    for key, value in metadata:
        if key == DETAILS_KEY and isinstance(value, bytes):
            return _unpack(code, text, value)
    return None


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call has cost so far: whom it asked, at which addresses, how often, and for how many seconds."""

    component: str
    endpoints: str
    attempts: int
    seconds: float


def made_here(code: Code, text: str, method: Method, spent: Spent) -> MeshError:
    """Return the error for a status that no peer sent; it says what was tried."""
    took = f"{spent.seconds:.2f} s" if spent.seconds >= 0.01 else f"{spent.seconds * 1000:.1f} ms"
    if code is Code.DEADLINE_EXCEEDED:
        where = spent.component or "its component"
        return DeadlineExceeded("DEADLINE", f"{method.full_name}: no answer from {where} within {took}")
    if code is not Code.UNAVAILABLE:
        return error_class(code)(code.name, text)
    counted = f"{spent.attempts} attempt{'s' if spent.attempts != 1 else ''}"
    return Unavailable(
        "UNREACHABLE",
        f"{method.service} ({spent.component}): tried {spent.endpoints}, {counted} in {took}",
        metadata={"endpoints": spent.endpoints, "cause": text},
        tried=True,
    )


def pushback(metadata: Iterable[tuple[str, str | bytes]]) -> float | None:
    """Return the pause in seconds a server asked for; negative: do not try again; None: it did not say."""
    for key, value in metadata:
        if key == PUSHBACK_KEY:
            try:
                return int(value) / 1000
            except ValueError:
                return -1.0
    return None


def _unpack_into(part: Any, detail: AnyMessage) -> None:
    from google.protobuf.message import DecodeError

    with suppress(DecodeError):  # a peer's broken detail costs that detail, not the error
        detail.Unpack(part)


def _pack(error: MeshError, domain: str) -> bytes:
    from google.protobuf.duration_pb2 import Duration
    from google.rpc import error_details_pb2, status_pb2

    status = status_pb2.Status(code=error.code, message=error.message[:MAX_TEXT])
    parts: list[Any] = [error_details_pb2.ErrorInfo(reason=error.reason, domain=domain, metadata=error.metadata)]
    if error.violations:
        fields = [
            error_details_pb2.BadRequest.FieldViolation(field=one.field, description=one.description)
            for one in error.violations[:MAX_VIOLATIONS]
        ]
        parts.append(error_details_pb2.BadRequest(field_violations=fields))
    if error.retry_after is not None:
        pause = Duration()
        pause.FromNanoseconds(int(error.retry_after * 1e9))
        parts.append(error_details_pb2.RetryInfo(retry_delay=pause))
    for part in parts:
        status.details.add().Pack(part)
    return bytes(status.SerializeToString())


def _unpack(code: Code, text: str, packed: bytes) -> MeshError:
    from google.protobuf.message import DecodeError
    from google.rpc import error_details_pb2, status_pb2

    try:
        details: Iterable[AnyMessage] = status_pb2.Status.FromString(packed).details
    except DecodeError:
        details = ()
    info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
    for detail in details:
        for part in (info, bad, retry):
            if detail.Is(part.DESCRIPTOR):
                _unpack_into(part, detail)
    return error_class(code)(
        info.reason or code.name,
        text,
        metadata=dict(info.metadata),
        violations=[FieldViolation(one.field, one.description) for one in bad.field_violations],
        retry_after=retry.retry_delay.ToNanoseconds() / 1e9 if retry.HasField("retry_delay") else None,
        domain=info.domain,
        remote=True,
    )
