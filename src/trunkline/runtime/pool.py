"""The endpoints of one component: connections, choice, retry budget."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import grpc

from trunkline.call import Shape

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from trunkline.call import Method
    from trunkline.resilience.balancer import Balancer
    from trunkline.resilience.budget import Budget
    from trunkline.runtime.options import Options

_OPENERS = {
    Shape.UNARY_UNARY: "unary_unary",
    Shape.UNARY_STREAM: "unary_stream",
    Shape.STREAM_UNARY: "stream_unary",
    Shape.STREAM_STREAM: "stream_stream",
}


class Endpoint:
    """One address and the channel to it, made at the first call."""

    __slots__ = ("_channel", "_credentials", "_invokers", "_loop", "_options", "_pid", "address")

    def __init__(self, address: str, *, options: Options, credentials: grpc.ChannelCredentials | None = None) -> None:
        self.address = address
        self._invokers: dict[str, Callable[..., Any]] = {}
        self._options = options
        self._credentials = credentials
        self._channel: grpc.aio.Channel | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pid = os.getpid()

    def peer(self) -> str:
        """Return the address, as a call tells its peer."""
        return self.address

    @property
    def channel(self) -> grpc.aio.Channel:
        """The channel, opened on first use. Raises RuntimeError in a forked child and in a second event loop."""
        if self._pid != os.getpid():
            raise RuntimeError("this mesh was opened before a fork; open another in the child process")
        if self._channel is None:
            self._loop = asyncio.get_running_loop()
            self._channel = self._open(self._credentials)
        elif self._loop is not asyncio.get_running_loop():
            raise RuntimeError(
                "this mesh belongs to another event loop; open one mesh per loop, and one loop per process"
            )
        return self._channel

    def invoker(self, method: Method) -> Callable[..., Any]:
        """Return gRPC's multicallable of `method` at this address."""
        channel, invoker = self.channel, self._invokers.get(method.path)
        if invoker is None:
            opened = getattr(channel, _OPENERS[method.shape])
            invoker = opened(
                method.path,
                request_serializer=method.request_type.SerializeToString,
                response_deserializer=method.response_type.FromString,
            )
            self._invokers[method.path] = invoker
        return invoker

    async def renew(self, credentials: grpc.ChannelCredentials, *, patience: float) -> Callable[[], None]:
        """Show `credentials` on another connection; return what has calls go over it from then on.

        Waits until it is ready, for `patience` seconds at most. Calls that run go on over the old one, which ends with
        the last of them.
        """
        if self._channel is None:
            return lambda: self._take(credentials, None)
        fresh = self._open(credentials)
        try:
            await asyncio.wait_for(fresh.channel_ready(), patience)
        except TimeoutError:
            pass
        except BaseException:
            await fresh.close()
            raise
        return lambda: self._take(credentials, fresh)

    async def close(self) -> None:
        """Close the channel; calls in flight end as cancelled, but for those begun before `renew`."""
        if self._channel is not None:
            await self._channel.close()

    def _take(self, credentials: grpc.ChannelCredentials, fresh: grpc.aio.Channel | None) -> None:
        # The old one is let go and not closed: closing would cancel what still runs on it. One that was opened
        # meanwhile, with the old credentials, is let go as well.
        self._credentials, self._channel, self._invokers = credentials, fresh, {}

    def _open(self, credentials: grpc.ChannelCredentials | None) -> grpc.aio.Channel:
        if credentials is None:
            return grpc.aio.insecure_channel(self.address, options=self._options)
        return grpc.aio.secure_channel(self.address, credentials, options=self._options)


class Pool:
    """All endpoints of one component."""

    __slots__ = ("balancer", "budget", "component", "endpoints")

    def __init__(
        self, component: str, endpoints: Iterable[Endpoint], *, balancer: Balancer[Endpoint], budget: Budget
    ) -> None:
        self.component = component
        self.endpoints = tuple(endpoints)
        self.balancer = balancer
        self.budget = budget

    def pick(self, excluded: Collection[Endpoint], now: float) -> Endpoint | None:
        """Return the endpoint of the next attempt, None where the component has none."""
        return self.balancer.pick(self.endpoints, excluded, now) if self.endpoints else None


class Routes:
    """Which component serves which service."""

    def __init__(self, services: dict[str, str], pools: dict[str, Pool]) -> None:
        self._services = services
        self._pools = pools

    def find(self, service: str) -> Pool | None:
        """Return the pool of the component that serves `service`."""
        return self._pools.get(self._services.get(service, ""))

    def component(self, name: str) -> Pool | None:
        """Return the pool of the component called `name`."""
        return self._pools.get(name)

    @property
    def components(self) -> list[str]:
        """Names of all components that have a pool, sorted."""
        return sorted(self._pools)

    def pools(self) -> list[Pool]:
        """Return the pools of all components."""
        return list(self._pools.values())

    async def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            for endpoint in pool.endpoints:
                await endpoint.close()
