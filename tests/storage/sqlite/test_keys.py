from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trunkline.storage.sqlite.keys import beyond

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXT, TEXT)
def test_what_begins_with_a_prefix_is_before_what_is_beyond_it(prefix, rest):
    end = beyond(prefix)
    assert end is None or prefix + rest < end


@given(TEXT, TEXT)
def test_what_is_after_a_prefix_and_before_what_is_beyond_it_begins_with_it(prefix, other):
    end = beyond(prefix)
    assert not (prefix <= other and (end is None or other < end)) or other.startswith(prefix)


def test_after_the_last_character_before_the_surrogates_comes_the_first_behind_them():
    assert beyond("a\ud7ff") == "a\ue000"
