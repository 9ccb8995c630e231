"""Deadline and token of a call made by a thread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import grpc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trunkline.sync.tokens import SyncTokens


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: Sequence[tuple[str, str | bytes]] | None
    credentials: Any
    wait_for_ready: bool | None
    compression: Any


class Details(_Details, grpc.ClientCallDetails):  # type: ignore[misc]
    """What gRPC hands from one interceptor to the next."""


class Contract(
    grpc.UnaryUnaryClientInterceptor,
    grpc.UnaryStreamClientInterceptor,
    grpc.StreamUnaryClientInterceptor,
    grpc.StreamStreamClientInterceptor,
):
    """Gives every call the timeout of its contract, unless it brings its own, and a token unless it is public."""

    def __init__(self, component: str, tokens: SyncTokens | None) -> None:
        self._component = component
        self._tokens = tokens

    def _intercept(self, continuation: Callable[[Any, Any], Any], details: Any, request: Any) -> Any:
        from trunkline.descriptors import find_method

        path = details.method.decode() if isinstance(details.method, bytes) else details.method
        policy = find_method(path).policy
        metadata = list(details.metadata or ())
        timeout = policy.timeout if details.timeout is None else details.timeout
        if self._tokens is not None and not (policy.access is not None and policy.access.public):
            metadata.append(("authorization", f"Bearer {self._tokens.token(self._component, timeout)}"))
        settled = Details(
            details.method,
            timeout,
            metadata,
            getattr(details, "credentials", None),
            getattr(details, "wait_for_ready", None),
            getattr(details, "compression", None),
        )
        return continuation(settled, request)

    def intercept_unary_unary(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """Settle a unary call."""
        return self._intercept(continuation, client_call_details, request)

    def intercept_unary_stream(self, continuation: Any, client_call_details: Any, request: Any) -> Any:
        """Settle a call that streams responses."""
        return self._intercept(continuation, client_call_details, request)

    def intercept_stream_unary(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        """Settle a call that streams requests."""
        return self._intercept(continuation, client_call_details, request_iterator)

    def intercept_stream_stream(self, continuation: Any, client_call_details: Any, request_iterator: Any) -> Any:
        """Settle a call that streams both ways."""
        return self._intercept(continuation, client_call_details, request_iterator)
