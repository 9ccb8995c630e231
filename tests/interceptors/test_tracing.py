from __future__ import annotations

import asyncio
import json
import random
from pathlib import Path

import pytest
from interceptors.hand import ECHO, new_call, run
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

from trunkline.call import Principal, Side, serving
from trunkline.errors import Code, DeadlineExceeded, NotFound, Unauthenticated
from trunkline.interceptors.tracing import ClientTracing, ServerTracing
from trunkline.telemetry.propagation import traceparent_of
from trunkline.telemetry.recorder import SpanRecorder
from trunkline.telemetry.sampling import Sampler
from trunkline.testing.clock import ManualClock

CASES = Path(__file__).parents[3] / "shared" / "vectors" / "tracecontext" / "w3c_trace_context_cases.json"
PARENT = "00-12345678901234567890123456789012-1234567890123456-01"
UNSAMPLED = PARENT[:-1] + "0"


class Process:
    """Both ends of one process, and what it recorded."""

    def __init__(self, ratio=1.0, seed=1):
        self.clock = ManualClock()
        self.recorder = SpanRecorder(16)
        sampler = Sampler(ratio, getrandbits=random.Random(seed).getrandbits)
        self.server = [ServerTracing(sampler, self.recorder, self.clock)]
        self.client = [ClientTracing(sampler, self.recorder, self.clock)]

    def relay(self, metadata, calls=1, caller=None, path=ECHO):
        """Serve a call that makes `calls` others; return it and them."""
        served, made = new_call(Side.SERVER, metadata, path), []

        def handler():
            served.principal = caller
            for _ in range(calls):
                made.append(new_call(Side.CLIENT))
                run(self.client, made[-1])

        run(self.server, served, inside=handler)
        return served, made


def header(call, key):
    return [value for name, value in call.metadata if name == key]


def members(call):
    values = header(call, "tracestate")
    return dict(member.split("=", 1) for value in values for member in value.split(","))


def cases():
    if not CASES.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=f"THE W3C VECTORS ARE NOT THERE: {CASES}"))]
    found = json.loads(CASES.read_text())["cases"]
    lower_case = [case for case in found if "valid_casing" not in case["id"]]
    return [pytest.param(case, id=case["id"].split(".")[1]) for case in lower_case]


def parents(calls):
    return [header(call, "traceparent")[0] for call in calls]


def state(call):
    return ",".join(header(call, "tracestate"))


RULES_OF_A_CALL = {
    "trace_id_is": lambda call, wanted: call.trace_id == wanted,
    "trace_id_not": lambda call, wanted: call.trace_id != wanted,
    "parent_id_not": lambda call, wanted: call.trace[36:52] != wanted,
    "tracestate_member": lambda call, wanted: members(call).get(wanted[0]) == wanted[1],
    "tracestate_has": lambda call, wanted: wanted in members(call),
    "tracestate_absent": lambda call, wanted: wanted not in members(call),
    "tracestate_len": lambda call, wanted: len(members(call)) == wanted,
    "tracestate_contains": lambda call, wanted: wanted in state(call),
    "tracestate_contains_any": lambda call, wanted: any(one in state(call) for one in wanted),
    "tracestate_order": lambda call, wanted: state(call).index(wanted[0]) < state(call).index(wanted[1]),
    "tracestate_header_not_empty_string": lambda call, wanted: "" not in header(call, "tracestate"),
    "trace_flags_bit_set": lambda call, wanted: int(call.trace[53:], 16) & 1 << (wanted - 1),
}
RULES_OF_ALL = {
    "traceparent": lambda calls, wanted: all(traceparent_of(parent) == parent for parent in parents(calls)),
    "distinct_trace_ids": lambda calls, wanted: len({one[3:35] for one in parents(calls)}) == wanted,
    "distinct_parent_ids": lambda calls, wanted: len({one[36:52] for one in parents(calls)}) == wanted,
    "trace_ids_contain": lambda calls, wanted: wanted in {one[3:35] for one in parents(calls)},
    "trace_ids_lack": lambda calls, wanted: wanted not in {one[3:35] for one in parents(calls)},
}


@pytest.mark.parametrize("case", cases())
def test_headers_go_out_as_w3c_expects(case):
    _, made = Process().relay([tuple(pair) for pair in case["request_headers"]], case.get("outgoing_calls", 1))
    for call in made:
        assert header(call, "traceparent") == [call.trace]
    for expectation in case["expect"]:
        for rule, wanted in expectation.items():
            if rule in RULES_OF_ALL:
                assert RULES_OF_ALL[rule](made, wanted), expectation
            else:
                assert all(RULES_OF_A_CALL[rule](call, wanted) for call in made), expectation


def test_spans_of_three_ends_form_one_tree():
    process = Process()
    process.relay([("traceparent", PARENT)])
    outer, inner = process.recorder.spans_of(PARENT[3:35])
    served, made = (outer, inner) if outer.side is Side.SERVER else (inner, outer)
    assert served.parent_id == PARENT[36:52]
    assert made.parent_id == served.span_id


def test_the_parents_flag_decides_whatever_the_ratio():
    sampled, unsampled = Process(ratio=0.0), Process(ratio=1.0)
    sampled.relay([("traceparent", PARENT)], caller=Principal("activity"))
    served, made = unsampled.relay([("traceparent", UNSAMPLED)], caller=Principal("activity"))
    assert sampled.recorder.recorded == 2
    assert unsampled.recorder.recorded == 0
    assert header(made[0], "traceparent")[0].endswith("-00")
    assert made[0].trace_id == served.trace_id == PARENT[3:35]


GREET = ECHO.replace("/Echo", "/Greet")
"""A public method."""
CHOSEN = "00-12345678901234560000000000000000-1234567890123456-01"
"""Its trace id is one that a ratio of any size would record."""


def refused(process, parent):
    call = new_call(Side.SERVER, [("traceparent", parent)])
    run(process.server, call, Unauthenticated("TOKEN_MISSING"))
    return call


@pytest.mark.parametrize("parent", [PARENT, CHOSEN])
def test_a_stranger_cannot_have_its_refused_calls_recorded(parent):
    process = Process(ratio=0.001)
    call = refused(process, parent)
    assert process.recorder.recorded == 0
    assert call.trace_id == parent[3:35]


def test_a_strangers_refused_call_is_recorded_where_our_own_sampler_would():
    process = Process(ratio=1.0)
    call = refused(process, PARENT)
    (span,) = process.recorder.spans_of(PARENT[3:35])
    assert (span.code, span.span_id) == (Code.UNAUTHENTICATED, call.trace[36:52])


@pytest.mark.parametrize("parent", [PARENT, UNSAMPLED, CHOSEN])
@pytest.mark.parametrize(("ratio", "recorded"), [(0.0, 0), (0.001, 0), (1.0, 1)])
def test_our_own_sampler_alone_decides_on_calls_of_a_public_method(ratio, recorded, parent):
    process = Process(ratio)
    served, _ = process.relay([("traceparent", parent)], calls=0, path=GREET)
    assert process.recorder.recorded == recorded
    assert served.trace_id == parent[3:35]


def test_what_was_decided_on_a_public_call_holds_for_the_calls_it_makes():
    _, (made,) = Process(ratio=0.0).relay([("traceparent", PARENT)], path=GREET)
    assert header(made, "traceparent")[0].startswith(PARENT[:36])
    assert header(made, "traceparent")[0].endswith("-00")


def test_a_call_outside_any_handler_starts_a_trace():
    process = Process()
    call = new_call(Side.CLIENT)
    run(process.client, call)
    (span,) = process.recorder.recent_roots()
    assert (span.trace_id, span.parent_id) == (call.trace_id, "")


def test_what_the_caller_gave_itself_is_the_parent_and_goes_out_once():
    given = [("traceparent", PARENT), ("x-correlation-id", "order-7"), ("tenant", "north")]
    call = new_call(Side.CLIENT, given)
    run(Process().client, call)
    assert [value[3:35] for value in header(call, "traceparent")] == [PARENT[3:35]]
    assert header(call, "x-correlation-id") == ["order-7"]
    assert header(call, "tenant") == ["north"]


def test_a_call_served_without_tracing_is_still_the_parent():
    served = new_call(Side.SERVER)
    served.trace = PARENT
    made = new_call(Side.CLIENT)

    def handler():
        serving.set(served)
        run(Process().client, made)

    run([], served, inside=handler)
    assert made.trace_id == PARENT[3:35]


@pytest.mark.parametrize("sent", ["order-7", "a b", "x" * 128])
def test_a_correlation_id_travels_on(sent):
    served, made = Process().relay([("x-correlation-id", sent)])
    assert served.correlation_id == made[0].correlation_id == sent
    assert header(made[0], "x-correlation-id") == [sent]


@pytest.mark.parametrize("sent", ["", "x" * 129, "a\nb", "caf\u00e9", " "])
def test_a_correlation_id_that_is_none_is_replaced_by_the_trace_id(sent):
    served, made = Process().relay([("x-correlation-id", sent)])
    assert served.correlation_id == made[0].correlation_id == served.trace_id
    assert header(made[0], "x-correlation-id") == []


@pytest.mark.parametrize("flag", ["00", "01"])
def test_baggage_travels_on_unchanged(flag):
    _, made = Process().relay([("traceparent", PARENT[:-2] + flag), ("baggage", "tenant=north;p=1, plan=%20x")])
    assert header(made[0], "baggage") == ["tenant=north;p=1, plan=%20x"]


@pytest.mark.parametrize("sent", [PARENT, UNSAMPLED])
def test_spans_of_user_libraries_join_in_between(sent):
    process, made, between = Process(), new_call(Side.CLIENT), []
    tracer = TracerProvider().get_tracer("library")

    def handler():
        with tracer.start_as_current_span("query") as span:
            between.append(span)
            run(process.client, made)

    served = new_call(Side.SERVER, [("traceparent", sent), ("tracestate", "vendor=1"), ("baggage", "tenant=north")])
    run(process.server, served, inside=handler)
    assert between[0].get_span_context().trace_id == int(PARENT[3:35], 16)
    assert between[0].get_span_context().trace_flags.sampled == (sent is PARENT)
    assert made.trace_id == PARENT[3:35]
    assert header(made, "tracestate") == ["vendor=1"]
    assert header(made, "baggage") == ["tenant=north"]
    if sent is PARENT:
        ours = [span for span in process.recorder.spans_of(PARENT[3:35]) if span.side is Side.CLIENT]
        assert ours[0].parent_id == f"{between[0].get_span_context().span_id:016x}"


def test_a_handler_may_add_to_the_span_of_its_call():
    process = Process()
    served = new_call(Side.SERVER)
    run(process.server, served, inside=lambda: trace.get_current_span().set_attribute("rows", 3))
    assert process.recorder.spans_of(served.trace_id)[0].attributes["rows"] == 3


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, Code.OK),
        (NotFound("NO_USER"), Code.NOT_FOUND),
        (asyncio.CancelledError(), Code.CANCELLED),
        (DeadlineExceeded("DEADLINE"), Code.DEADLINE_EXCEEDED),
        (KeyError("x"), Code.INTERNAL),
    ],
)
@pytest.mark.parametrize("side", list(Side))
def test_a_span_ends_with_the_code_of_its_call(side, error, code):
    process = Process()
    call = new_call(side)
    chain = process.server if side is Side.SERVER else process.client
    assert run(chain, call, error, inside=lambda: process.clock.advance(0.25)) is error
    (span,) = process.recorder.spans_of(call.trace_id)
    assert span.attributes["rpc.response.status_code"] == code.name
    assert span.ended - span.started == 250_000_000


def test_a_server_span_is_an_error_only_where_the_server_is_at_fault():
    process = Process()
    for side, chain in ((Side.SERVER, process.server), (Side.CLIENT, process.client)):
        for error in (NotFound("NO_USER"), DeadlineExceeded("DEADLINE")):
            run(chain, new_call(side), error)
    facts = [(span.side, span.code, span.attributes.get("error.type")) for span in process.recorder.recent_roots()]
    assert set(facts) == {
        (Side.SERVER, Code.NOT_FOUND, None),
        (Side.SERVER, Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
        (Side.CLIENT, Code.NOT_FOUND, "NOT_FOUND"),
        (Side.CLIENT, Code.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
    }


def test_a_span_says_who_called_whom_and_how_often():
    process = Process()
    served, made = new_call(Side.SERVER), new_call(Side.CLIENT)
    served.peer_of = lambda: "ipv6:%5B::1%5D:4711"
    made.peer_of = lambda: "ipv4:127.0.0.1:7401"
    made.component, made.attempt = "accounts", 3

    def handler():
        served.principal = Principal("activity")

    run(process.server, served, inside=handler)
    run(process.client, made, NotFound("NO_USER"))
    received = process.recorder.spans_of(served.trace_id)[0].attributes
    sent = process.recorder.spans_of(made.trace_id)[0].attributes
    assert (received["client.address"], received["client.port"]) == ("::1", 4711)
    assert received["trunkline.caller"] == "activity"
    assert (sent["server.address"], sent["server.port"]) == ("127.0.0.1", 7401)
    assert (sent["trunkline.component"], sent["trunkline.attempts"]) == ("accounts", 3)
    assert sent["trunkline.reason"] == "NO_USER"
