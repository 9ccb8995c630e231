"""Refuses a request of the wrong type before it is sent; gRPC would send an empty message in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trunkline.runtime.chain import Interceptor

if TYPE_CHECKING:
    from trunkline.call import Call, Method


class TypeCheck(Interceptor):
    """Raises TypeError at the call."""

    def message(self, call: Call, message: Any) -> None:
        """Compare the class of `message` with the contract's."""
        check_type(call.method, message)


def check_type(method: Method, message: Any) -> None:
    """Raise TypeError where `message` is no request of `method`."""
    expected = method.request_type
    if type(message) is not expected:
        raise TypeError(f"{method.full_name} takes a {expected.__name__}, not a {type(message).__name__}")
