from __future__ import annotations

import pytest

from trunkline.identity.model import identity_of, is_identity


@pytest.mark.parametrize("component", ["a", "activity", "activity-2", "a" * 64])
def test_what_tokens_call_a_component_is_a_well_formed_subject(component):
    assert is_identity(identity_of(component))


@pytest.mark.parametrize("text", ["", "A", "2a", "-a", "a_b", "a.b", "a\n", "a b", "é", "a" * 65])
def test_anything_else_is_not(text):
    assert not is_identity(text)
