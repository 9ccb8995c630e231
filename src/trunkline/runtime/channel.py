"""`mesh.channel`: one channel for every stub."""

from __future__ import annotations

import random
from functools import partial
from typing import TYPE_CHECKING, Any

import grpc

from trunkline.call import Side
from trunkline.clock import SystemClock
from trunkline.descriptors import find_method
from trunkline.runtime.caller import Caller
from trunkline.runtime.chain import compose
from trunkline.runtime.streams import StreamCall
from trunkline.runtime.unary import UnaryCall

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from trunkline.clock import Clock
    from trunkline.runtime.chain import Interceptor
    from trunkline.runtime.pool import Pool, Routes


class MeshChannel(grpc.aio.Channel):
    """Routes every stub by the name of its service; `component` fixes where all of them go instead."""

    def __init__(
        self,
        routes: Routes,
        interceptors: Sequence[Interceptor] = (),
        *,
        component: str | None = None,
        clock: Clock | None = None,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._routes = routes
        self._interceptors = tuple(interceptors)
        self._component = component
        self._clock = clock or SystemClock()
        self._draw = draw

    def to(self, component: str) -> MeshChannel:
        """Return the channel on which every stub calls `component`. Raises LookupError where the mesh has none such."""
        if self._routes.component(component) is None:
            known = ", ".join(self._routes.components)
            raise LookupError(f"no component {component!r} in this mesh; there are: {known}")
        return MeshChannel(self._routes, self._interceptors, component=component, clock=self._clock, draw=self._draw)

    def _caller(self, path: str) -> Caller:
        method = find_method(path)
        find: Callable[[], Pool | None] = (
            partial(self._routes.find, method.service)
            if self._component is None
            else partial(self._routes.component, self._component)
        )
        chain = compose(self._interceptors, method, Side.CLIENT)
        return Caller(method, chain, find, clock=self._clock, random=self._draw)

    def unary_unary(self, method: str, *_: Any, **__: Any) -> Any:
        """Return the callable of a unary method. The contract, not the caller, says how messages are serialised."""
        return _Unary(self._caller(method))

    def unary_stream(self, method: str, *_: Any, **__: Any) -> Any:
        """Return the callable of a method that streams responses."""
        return _ResponseStream(self._caller(method))

    def stream_unary(self, method: str, *_: Any, **__: Any) -> Any:
        """Return the callable of a method that streams requests."""
        return _RequestStream(self._caller(method))

    def stream_stream(self, method: str, *_: Any, **__: Any) -> Any:
        """Return the callable of a method that streams both ways."""
        return _RequestStream(self._caller(method))

    async def close(self, grace: float | None = None) -> None:
        """Do nothing: the connections are the mesh's, which closes them when it is left."""

    async def __aenter__(self) -> MeshChannel:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:  # noqa: ARG002
        """Not told: a channel of the mesh is many connections. See the diagnostics service for each."""
        raise RuntimeError("a mesh channel is many connections and has no single state")

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:  # noqa: ARG002
        """Not told; see `get_state`."""
        self.get_state()

    async def channel_ready(self) -> None:
        """Return at once: connections are made by the calls that need them."""


class _Callable:
    __slots__ = ("_caller",)

    def __init__(self, caller: Caller) -> None:
        self._caller = caller


class _Unary(_Callable):
    __slots__ = ()

    def __call__(self, request: Any, *, timeout: float | None = None, metadata: Any = None, **_: Any) -> UnaryCall:
        caller = self._caller
        return UnaryCall(caller, request, caller.call(timeout, metadata))


class _ResponseStream(_Callable):
    __slots__ = ()

    def __call__(self, request: Any, *, timeout: float | None = None, metadata: Any = None, **_: Any) -> StreamCall:
        caller = self._caller
        return StreamCall(caller, request, caller.call(timeout, metadata))


class _RequestStream(_Callable):
    __slots__ = ()

    def __call__(
        self, request_iterator: Any = None, *, timeout: float | None = None, metadata: Any = None, **_: Any
    ) -> StreamCall:
        caller = self._caller
        return StreamCall(caller, request_iterator, caller.call(timeout, metadata))
