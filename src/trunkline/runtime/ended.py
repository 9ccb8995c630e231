"""What gRPC says of a call of its own that has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import grpc

if TYPE_CHECKING:
    from collections.abc import Coroutine


def ready(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Return what a coroutine answers that has nothing left to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("the call has not ended")


def error_of(raw: Any) -> grpc.aio.AioRpcError:
    """Return the error that awaiting the failed call `raw` would raise."""
    return grpc.aio.AioRpcError(
        ready(raw.code()), grpc.aio.Metadata(), ready(raw.trailing_metadata()), details=ready(raw.details())
    )
