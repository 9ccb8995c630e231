from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.telemetry.propagation import received, traceparent_of, tracestate_of

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "tracecontext" / "w3c_unit_vectors.json"
PARENT = "00-12345678901234567890123456789012-1234567890123456-01"


def vectors(name):
    if not VECTORS.exists():
        return [pytest.param("", marks=pytest.mark.skip(reason=f"THE W3C VECTORS ARE NOT THERE: {VECTORS}"))]
    return json.loads(VECTORS.read_text())[name]


@pytest.mark.parametrize("header", vectors("traceparent_valid") + vectors("traceparent_valid_future_version"))
def test_a_valid_traceparent_is_taken_as_version_00(header):
    taken = traceparent_of(header)
    assert taken[:53] == f"00{header[2:53]}"
    assert int(taken[53:], 16) == int(header[53:], 16) & 3


@pytest.mark.parametrize("flags", range(256))
def test_only_the_flags_w3c_defines_are_kept(flags):
    assert traceparent_of(f"{PARENT[:53]}{flags:02x}") == f"{PARENT[:53]}{flags & 3:02x}"


@pytest.mark.parametrize("header", vectors("traceparent_invalid"))
def test_an_invalid_traceparent_counts_as_absent(header):
    assert traceparent_of(header) == ""


@pytest.mark.parametrize("key", vectors("tracestate_key_valid"))
def test_a_valid_tracestate_key_is_carried(key):
    assert tracestate_of(f"{key}=1") == f"{key}=1"


@pytest.mark.parametrize("key", vectors("tracestate_key_invalid"))
def test_an_invalid_tracestate_key_loses_the_whole_state(key):
    assert tracestate_of(f"good=1,{key}=1") == ""


@pytest.mark.parametrize("value", vectors("tracestate_value_valid"))
def test_a_valid_tracestate_value_is_carried(value):
    assert tracestate_of(f"key={value}") == f"key={value}"


@pytest.mark.parametrize("value", vectors("tracestate_value_invalid"))
def test_an_invalid_tracestate_value_loses_the_whole_state(value):
    assert tracestate_of(f"good=1,key={value}") == ""


def test_a_long_tracestate_loses_bulky_members_first_and_then_the_last():
    bulky = "bulky=" + "x" * 200
    small = [f"key{number:02}={'y' * 20}" for number in range(25)]
    kept = tracestate_of(",".join([small[0], bulky, *small[1:]]))
    assert len(kept) <= 512
    assert kept.split(",") == small[: len(kept.split(","))]
    assert tracestate_of(f"{small[0]},{bulky}") == f"{small[0]},{bulky}"


def test_only_what_is_asked_for_is_read():
    metadata = [
        ("user-agent", "x"),
        ("traceparent", PARENT),
        ("token-bin", b"\x00"),
        ("baggage", "a=1"),
        ("baggage", "b=2"),
    ]
    assert received(metadata) == (PARENT, "", "a=1,b=2", "")


@given(st.lists(st.tuples(st.sampled_from(["traceparent", "tracestate", "x-correlation-id"]), st.text()), max_size=4))
def test_no_header_is_ever_a_failure(metadata):
    parent, _, _, correlation = received(metadata)
    assert len(parent) in {0, 55}
    assert correlation.isprintable()
    assert len(correlation) <= 128
