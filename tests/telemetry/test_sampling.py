from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.sdk.trace.sampling import TraceIdRatioBased

from trunkline.telemetry.propagation import traceparent_of
from trunkline.telemetry.sampling import Sampler, is_sampled


@given(ratio=st.floats(0.0, 1.0), seed=st.integers())
def test_roots_are_chosen_as_opentelemetry_chooses_them(ratio, seed):
    root = Sampler(ratio, getrandbits=random.Random(seed).getrandbits).root()
    theirs = TraceIdRatioBased(ratio).should_sample(None, int(root[3:35], 16), "call")
    assert is_sampled(root) == theirs.decision.is_sampled()


@pytest.mark.parametrize("flags", range(256))
def test_a_child_keeps_trace_and_the_flags_w3c_defines(flags):
    sampler = Sampler(0.5, getrandbits=random.Random(1).getrandbits)
    parent = f"00-{'a' * 32}-{'b' * 16}-{flags:02x}"
    child = sampler.child(parent)
    assert (child[:35], child[53:]) == (parent[:35], f"{flags & 3:02x}")
    assert child[36:52] != parent[36:52]
    assert is_sampled(child) == bool(flags & 1)


def test_an_id_is_never_all_zeros():
    sampler = Sampler(0.5, getrandbits=lambda bits: 0)
    assert traceparent_of(sampler.root())
    assert traceparent_of(sampler.child(sampler.root()))
