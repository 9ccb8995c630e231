"""The smallest driver of an `around`: what the runtime does to one interceptor, by hand."""

from __future__ import annotations

from contextvars import copy_context

from trunkline.call import Call, Side, serving
from trunkline.descriptors import find_method
from trunkline.runtime.chain import Chain, compose, enter, leave

ECHO = "/trunkline.api.testing.v1.EchoService/Echo"
EXPAND = "/trunkline.api.testing.v1.EchoService/Expand"


def new_call(side=Side.SERVER, metadata=(), path=ECHO) -> Call:
    import trunkline.api.testing.v1.echo_pb2  # noqa: F401 - declares the service

    return Call(find_method(path), side, list(metadata))


def run(interceptors, call, error=None, inside=lambda: None):
    """Take `call` through `interceptors` in a context of its own; return the error that stands in the end."""
    return copy_context().run(_run, interceptors, call, error, inside)


def _run(interceptors, call, error, inside):
    chain: Chain = compose(interceptors, call.method, call.side)
    if call.side is Side.SERVER:
        serving.set(call)
    entered = enter(chain, call)
    inside()
    return leave(entered, call, error)
