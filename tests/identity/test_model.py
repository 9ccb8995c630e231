from __future__ import annotations

import pytest

from trunkline.identity.model import component_of, is_subject, spiffe_id


@pytest.mark.parametrize("component", ["a", "activity", "activity-2", "a" * 64])
def test_a_component_is_known_by_its_spiffe_id(component):
    identity = spiffe_id("campus", component)
    assert identity == f"spiffe://campus/{component}"
    assert is_subject(identity)
    assert component_of(identity, "campus") == component


@pytest.mark.parametrize(
    "identity",
    [
        "",
        "activity",
        "spiffe://campus/",
        "spiffe://campus/A",
        "spiffe://campus/a/b",
        "spiffe://campus/a\n",
        "spiffe://campus.evil/a",
        "spiffe://other/a",
        "SPIFFE://campus/a",
        f"spiffe://campus/{'a' * 65}",
    ],
)
def test_anything_else_is_no_component(identity):
    assert component_of(identity, "campus") is None


@pytest.mark.parametrize("text", ["", "a b", "a\n", "é", "a" * 257])
def test_a_subject_is_printable_and_bounded(text):
    assert not is_subject(text)
