import pytest

from trunkline.cli.dates import dated, from_now


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (598.4, "in 9 min 58 s"),
        (-598.4, "9 min 58 s ago"),
        (600, "in 10 min"),
        (0.2, "now"),
        (-0.2, "now"),
        (-1, "1 s ago"),
        (3600, "in 1 h"),
        (3661, "in 1 h 1 min"),
        (90_000, "in 1 d 1 h"),
        (86_400 + 59, "in 1 d"),
    ],
)
def test_a_distance_is_told_in_its_two_largest_units(seconds: float, said: str):
    assert from_now(seconds) == said


@pytest.mark.parametrize(("seconds", "said"), [(598.4, "in 9 min"), (-3661, "1 h ago"), (0.2, "now")])
def test_a_distance_may_be_told_in_one_unit(seconds: float, said: str):
    assert from_now(seconds, units=1) == said


def test_a_moment_is_told_by_the_calendar_and_from_now():
    assert dated(1_700_000_000, 1_699_999_400) == "2023-11-14 22:13:20 UTC, in 10 min"


@pytest.mark.parametrize("epoch", [1e300, float("inf"), -1e15])
def test_a_moment_that_no_calendar_has_stays_a_number(epoch: float):
    assert dated(epoch, 0) == f"{epoch:g}"
