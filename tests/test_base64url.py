from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.base64url import decode, encode


@given(st.binary(max_size=64))
def test_what_is_written_is_read_again(data):
    assert decode(encode(data)) == data


@pytest.mark.parametrize(
    "text", ["AA==", "A", "AB", "A A", "A\nA", "AAA+", "AAA/", "\u00e4A"], ids=lambda text: ascii(text)
)
def test_of_several_spellings_only_the_one_that_is_written_is_read(text):
    with pytest.raises(ValueError, match=r"."):
        decode(text)
