"""The channel of a `SyncMesh`: sends every stub to the component that serves it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import grpc

from trunkline.descriptors import find_method
from trunkline.errors import Code
from trunkline.interceptors.types import check_type
from trunkline.runtime import status
from trunkline.runtime.status import Spent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from trunkline.call import Method
    from trunkline.config import Route
    from trunkline.errors import MeshError

    Find = Callable[[str], tuple[Route, grpc.Channel]]


class RoutedChannel(grpc.Channel):
    """Routes by the name of the service, checks requests as the contract says, and raises `MeshError`."""

    def __init__(self, find: Find) -> None:
        self._find = find

    def unary_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return the callable of a unary method."""
        return _Callable(self._find, "unary_unary", method, *args, **kwargs)

    def unary_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return the callable of a method that streams responses."""
        return _Callable(self._find, "unary_stream", method, *args, **kwargs)

    def stream_unary(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return the callable of a method that streams requests."""
        return _Callable(self._find, "stream_unary", method, *args, **kwargs)

    def stream_stream(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """Return the callable of a method that streams both ways."""
        return _Callable(self._find, "stream_stream", method, *args, **kwargs)

    def subscribe(self, callback: Callable[[grpc.ChannelConnectivity], None], try_to_connect: bool = False) -> None:
        """Do nothing: a mesh channel is many connections and has no single state."""

    def unsubscribe(self, callback: Callable[[grpc.ChannelConnectivity], None]) -> None:
        """Do nothing, as `subscribe`."""

    def close(self) -> None:
        """Do nothing: the mesh closes its connections."""

    def __enter__(self) -> RoutedChannel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Callable:
    """One method of a stub. It is opened on the channel of each call, so that making a stub needs no route yet."""

    def __init__(self, find: Find, kind: str, path: str, *args: Any, **kwargs: Any) -> None:
        self._method = find_method(path)
        self._find = find
        self._open: Callable[[grpc.Channel], Any] = lambda channel: getattr(channel, kind)(path, *args, **kwargs)
        self._opened: tuple[grpc.Channel, Any] | None = None

    def __call__(self, request: Any, **options: Any) -> Any:
        """Make one call. Raises TypeError for a request of another type, MeshError where the call fails."""
        route, inner = self._route()
        outcome = _Outcome(self._method, route)
        shape = self._method.shape
        if shape.streams_requests:
            request = outcome.checked(request)
        else:
            check_type(self._method, request)
        try:
            answer = inner(request, **options)
        except grpc.RpcError as error:
            raise outcome.error(error) from None
        return _Stream(answer, outcome) if shape.streams_responses else answer

    def _route(self) -> tuple[Route, Any]:
        route, channel = self._find(self._method.service)
        opened = self._opened
        if opened is None or opened[0] is not channel:
            opened = self._opened = channel, self._open(channel)
        return route, opened[1]


class _Outcome:
    """How one call fails: by a request of the wrong type, which another thread finds, or by its status."""

    def __init__(self, method: Method, route: Route) -> None:
        self._method = method
        self._route = route
        self._started = time.monotonic()
        self._fault: TypeError | None = None

    def checked(self, requests: Iterable[Any]) -> Iterator[Any]:
        """Yield `requests`, each of the right type."""
        try:
            for request in requests:
                check_type(self._method, request)
                yield request
        except TypeError as error:
            self._fault = error
            raise

    def error(self, error: Any) -> Exception:
        """Return what the caller gets to see for an error of gRPC."""
        if self._fault is not None:
            return self._fault
        code, text = status.CODE.get(error.code(), Code.UNKNOWN), error.details() or ""
        sent = status.received(code, text, error.trailing_metadata() or ())
        return sent or self._local(code, text)

    def _local(self, code: Code, text: str) -> MeshError:
        policy = self._method.policy.retry
        attempts = policy.max_attempts if policy is not None and code in policy.codes else 1
        took = time.monotonic() - self._started
        spent = Spent(self._route.component, ", ".join(self._route.endpoints), attempts, took)
        return status.made_here(code, text, self._method, spent)


class _Stream:
    """A stream of responses; anything else it is asked for, gRPC's own call answers."""

    def __init__(self, call: Any, outcome: _Outcome) -> None:
        self._call = call
        self._outcome = outcome

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            return next(self._call)
        except grpc.RpcError as error:
            raise self._outcome.error(error) from None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._call, name)
