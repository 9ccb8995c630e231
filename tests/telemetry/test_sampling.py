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


@pytest.mark.parametrize("flags", ["00", "01", "02", "03"])
def test_a_child_keeps_the_trace_and_the_flags_of_its_parent(flags):
    sampler = Sampler(0.5, getrandbits=random.Random(1).getrandbits)
    parent = f"00-{'a' * 32}-{'b' * 16}-{flags}"
    child = sampler.child(parent)
    assert traceparent_of(child) == child
    assert (child[:36], child[52:]) == (parent[:36], parent[52:])
    assert child[36:52] != parent[36:52]
    assert is_sampled(child) == bool(int(flags) & 1)


def test_an_id_is_never_all_zeros():
    sampler = Sampler(0.5, getrandbits=lambda bits: 0)
    assert traceparent_of(sampler.root())
    assert traceparent_of(sampler.child(sampler.root()))
