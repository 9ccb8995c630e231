from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from trunkline.errors import DataLoss
from trunkline.protection.envelope import Envelope, key_id_of

OLD, NEW = b"o" * 32, b"n" * 32
BEFORE = Envelope({"2025": OLD}, current="2025")
AFTER = Envelope({"2025": OLD, "2026": NEW}, current="2026")
VALUES, CONTEXTS = st.binary(max_size=200), st.binary(max_size=40)


def reason(envelope, sealed, context=b""):
    with pytest.raises(DataLoss) as caught:
        envelope.open(sealed, context=context)
    return caught.value.reason


@given(VALUES, CONTEXTS)
def test_what_was_sealed_is_opened_the_same(value, context):
    assert AFTER.open(AFTER.seal(value, context=context), context=context) == value


@given(VALUES)
def test_a_sealed_value_does_not_show_what_is_in_it_and_is_never_the_same_twice(value):
    assume(len(value) > 4)
    first, second = AFTER.seal(value, context=b""), AFTER.seal(value, context=b"")
    assert value not in first
    assert first != second


@given(VALUES, CONTEXTS, CONTEXTS)
def test_in_another_place_it_does_not_open(value, context, other):
    assume(context != other)
    assert reason(AFTER, AFTER.seal(value, context=context), other) == "SEALED_ALTERED"


@given(VALUES, st.data())
def test_with_any_byte_changed_it_does_not_open(value, data):
    sealed = bytearray(AFTER.seal(value, context=b""))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))
    assert reason(AFTER, bytes(sealed)).startswith("SEALED_")


@given(VALUES, st.data())
def test_cut_short_or_with_more_behind_it_it_does_not_open(value, data):
    sealed = AFTER.seal(value, context=b"")
    assert reason(AFTER, sealed[: data.draw(st.integers(0, len(sealed) - 1))]).startswith("SEALED_")
    assert reason(AFTER, sealed + data.draw(st.binary(min_size=1))) == "SEALED_ALTERED"


@given(st.binary())
def test_any_other_bytes_are_no_sealed_value(junk):
    assert reason(AFTER, junk).startswith("SEALED_")


def test_a_value_tells_which_key_it_needs():
    sealed = AFTER.seal(b"v", context=b"")
    assert key_id_of(sealed) == "2026"
    with pytest.raises(DataLoss, match="'2026', which is not here") as caught:
        BEFORE.open(sealed, context=b"")
    assert caught.value.reason == "SEALED_KEY_UNKNOWN"


def test_another_key_of_the_same_name_does_not_open_it():
    other = Envelope({"2026": OLD}, current="2026")
    assert reason(other, AFTER.seal(b"v", context=b"")) == "SEALED_ALTERED"


@given(VALUES, CONTEXTS)
def test_a_value_moves_to_the_current_key_and_stays_what_it_is(value, context):
    moved = AFTER.reseal(BEFORE.seal(value, context=context), context=context)
    only_new = Envelope({"2026": NEW}, current="2026")
    assert only_new.open(moved, context=context) == value
    assert AFTER.reseal(moved, context=context) == moved


def test_an_altered_value_does_not_move():
    sealed = BEFORE.seal(b"value", context=b"")
    with pytest.raises(DataLoss):
        AFTER.reseal(sealed[:-1] + bytes([sealed[-1] ^ 1]), context=b"")


def test_the_key_can_change_while_the_value_is_not_encrypted_anew():
    sealed = BEFORE.seal(b"v" * 1000, context=b"")
    assert AFTER.reseal(sealed, context=b"")[-1016:] == sealed[-1016:]


@pytest.mark.parametrize(
    ("keys", "current"),
    [({}, "a"), ({"a": OLD}, "b"), ({"a": b"short"}, "a"), ({"": OLD}, ""), ({"a b": OLD}, "a b"), ({"ä": OLD}, "ä")],
)
def test_what_is_no_key_is_refused(keys, current):
    with pytest.raises(ValueError):
        Envelope(keys, current=current)


def test_it_never_shows_its_keys():
    assert repr(AFTER) == "Envelope(2025, 2026; current 2026)"
