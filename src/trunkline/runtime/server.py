"""A server of the mesh: the services it hosts, each call through its chain."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import grpc

from trunkline.call import Shape, Side
from trunkline.descriptors import find_method
from trunkline.errors import Unavailable, Unimplemented
from trunkline.runtime import status
from trunkline.runtime.chain import compose
from trunkline.runtime.freed import guard_log
from trunkline.runtime.health import SERVICE as HEALTH
from trunkline.runtime.incoming import HANDLERS, Exchange, Running, arrived, rpc_handler
from trunkline.runtime.registration import registrations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from trunkline.clock import Clock
    from trunkline.runtime.chain import Interceptor
    from trunkline.runtime.health import Health
    from trunkline.runtime.options import Options

PLAIN = ("/grpc.health.v1.", "/grpc.reflection.")
"""Services of gRPC itself. They carry no policy and are never turned away, so that probes see the truth to the end."""


class Gate(grpc.aio.ServerInterceptor):
    """Hands each call's metadata to its exchange, and turns calls away while the server drains."""

    def __init__(self, domain: str) -> None:
        self.open = True
        self._domain = domain

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        """Return the handler of one call."""
        arrived.set(handler_call_details.invocation_metadata)
        handler = await continuation(handler_call_details)
        if self.open or handler is None or handler_call_details.method.startswith(PLAIN):
            return handler
        return self._refusal(handler)

    def _refusal(self, handler: Any) -> grpc.RpcMethodHandler[Any, Any]:
        async def refuse(_: Any, context: Any) -> None:
            error = Unavailable("DRAINING", f"{self._domain} is shutting down", domain=self._domain, refused=True)
            await context.abort(grpc.StatusCode.UNAVAILABLE, error.message, tuple(status.trailers(error, self._domain)))

        return HANDLERS[Shape((handler.request_streaming, handler.response_streaming))](refuse)


class MeshServer:
    """A grpc.aio server whose every call runs through `interceptors`, the first being the outermost."""

    def __init__(self, interceptors: Sequence[Interceptor], *, component: str, options: Options, clock: Clock) -> None:
        self.gate = Gate(component)
        self.running = Running()
        self.services: list[str] = []
        self._interceptors = tuple(interceptors)
        self._component = component
        self._clock = clock
        guard_log()
        self.grpc_server = grpc.aio.server(interceptors=[self.gate], options=options)

    def add(self, servicer: object) -> list[str]:
        """Host every service of `servicer`; return their full names.

        Raises TypeError for a class that is no servicer or has a handler that is not async.
        """
        names = []
        for registration in registrations(servicer):
            if registration.service in self.services:
                raise TypeError(f"{registration.service} is served already; one servicer of it is enough")
            handlers = {}
            for name, handler in registration.handlers.items():
                method = find_method(f"/{registration.service}/{name}")
                chain = compose(self._interceptors, method, Side.SERVER)
                exchange = Exchange(
                    method,
                    handler or _unimplemented,
                    chain,
                    domain=self._component,
                    clock=self._clock,
                    running=self.running,
                )
                handlers[name] = rpc_handler(exchange, method)
            generic = grpc.method_handlers_generic_handler(registration.service, handlers)
            self.grpc_server.add_generic_rpc_handlers((generic,))
            self.grpc_server.add_registered_method_handlers(registration.service, handlers)
            names.append(registration.service)
        self.services.extend(names)
        return names

    def add_plain(self, health: Health, *, reflection: bool) -> None:
        """Host gRPC's own services: health, and reflection where it is wanted."""
        health.serve_on(self.grpc_server)
        if reflection:
            from grpc_reflection.v1alpha import reflection as plain

            plain.enable_server_reflection([*self.services, HEALTH, plain.SERVICE_NAME], self.grpc_server)

    def listen(self, address: str, credentials: grpc.ServerCredentials | None = None) -> int:
        """Bind `address`; return the port. Raises OSError where it is taken."""
        try:
            if credentials is None:
                return self.grpc_server.add_insecure_port(address)
            return self.grpc_server.add_secure_port(address, credentials)
        except RuntimeError as error:
            raise OSError(f"{self._component} cannot listen on {address}: the port is taken or not ours") from error

    async def start(self) -> None:
        """Begin to take calls."""
        await self.grpc_server.start()

    async def drain(self, grace: float) -> int:
        """Turn new calls away and let the running ones finish, for `grace` seconds at most; return how many did not."""
        self.gate.open = False
        try:
            await asyncio.wait_for(self.running.none(), grace)
        except TimeoutError:
            return self.running.count
        return 0

    async def stop(self) -> None:
        """Close every connection at once."""
        await self.grpc_server.stop(0)


async def _unimplemented(_: Any, __: Any) -> None:
    raise Unimplemented("UNIMPLEMENTED", "this component does not implement the method")
