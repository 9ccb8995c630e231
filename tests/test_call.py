from __future__ import annotations

import pytest

from trunkline.api.testing.v1 import echo_pb2  # noqa: F401 - brings the contract in
from trunkline.call import Call, Shape, Side, current_call, host_of
from trunkline.descriptors import find_method

ECHO = "/trunkline.api.testing.v1.EchoService/Echo"


def test_the_running_call_is_known_inside_a_handler_only():
    with pytest.raises(RuntimeError, match="inside an RPC handler"):
        current_call()


def test_a_call_finds_the_first_value_of_a_metadata_key():
    call = Call(find_method(ECHO), Side.SERVER, [("a", "1"), ("b", "2"), ("a", "3")])
    assert (call.get("a"), call.get("c")) == ("1", None)


def test_a_call_knows_its_trace_by_the_traceparent():
    call = Call(find_method(ECHO), Side.CLIENT)
    assert call.trace_id == ""
    call.trace = f"00-{'a' * 32}-{'b' * 16}-01"
    assert call.trace_id == "a" * 32


def test_a_method_knows_its_names_and_shape():
    method = find_method(ECHO)
    assert (method.path, method.full_name) == (ECHO, ECHO[1:])
    assert method.shape is Shape.UNARY_UNARY
    assert [(shape.streams_requests, shape.streams_responses) for shape in Shape] == [
        (False, False),
        (False, True),
        (True, False),
        (True, True),
    ]


@pytest.mark.parametrize(
    ("peer", "host"),
    [
        ("ipv4:10.0.0.7:51234", "10.0.0.7"),
        ("ipv6:%5B::1%5D:51234", "[::1]"),
        ("ipv6:[::1]:1", "[::1]"),
        ("unix:/run/x", "unix:/run/x"),
        ("", ""),
    ],
)
def test_the_host_of_a_peer_is_its_address_without_the_port(peer, host):
    assert host_of(peer) == host
