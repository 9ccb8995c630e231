from __future__ import annotations

import pytest

from trunkline.resilience.backoff import full_jitter


@pytest.mark.parametrize(("attempt", "bound"), [(1, 0.1), (2, 0.2), (3, 0.4), (5, 1.0), (1000, 1.0)])
def test_the_bound_doubles_with_each_attempt_up_to_the_maximum(attempt, bound):
    assert full_jitter(attempt, initial=0.1, maximum=1.0, random=lambda: 0.999999) == pytest.approx(bound, rel=1e-3)


def test_the_pause_may_be_nothing_at_all():
    assert full_jitter(4, initial=0.1, maximum=1.0, random=lambda: 0.0) == 0.0
