from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from trunkline.supervisor.restart import FIRST_DELAY, LONGEST_DELAY, restart_delay


def test_the_delay_doubles_from_death_to_death_up_to_ten_seconds():
    delays = list(accumulate([0.0] * 9, restart_delay))[1:]
    assert delays == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10.0, 10.0]


def test_a_process_that_lived_ten_seconds_starts_over():
    assert restart_delay(6.4, alive=9.9) == 10.0
    assert restart_delay(6.4, alive=10.0) == FIRST_DELAY


@given(st.lists(st.floats(0, 1e6)))
def test_the_delay_stays_within_its_bounds(lives: list[float]):
    delays = list(accumulate(lives, restart_delay, initial=0.0))[1:]
    assert all(FIRST_DELAY <= delay <= LONGEST_DELAY for delay in delays)
