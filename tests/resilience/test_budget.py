from __future__ import annotations

from trunkline.resilience.budget import Budget


def drained(budget: Budget, now: float) -> int:
    taken = 0
    while budget.withdraw(now):
        taken += 1
    return taken


def test_a_fresh_client_can_afford_the_bank_and_no_more():
    assert drained(Budget(bank=10.0), 0.0) == 10


def test_every_fifth_call_pays_for_one_retry():
    budget = Budget(ratio=0.2, floor=0.0, bank=10.0)
    drained(budget, 0.0)
    for _ in range(25):
        budget.deposit()
    assert drained(budget, 0.0) == 5


def test_time_alone_pays_for_the_floor():
    budget = Budget(ratio=0.2, floor=3.0, bank=10.0)
    drained(budget, 0.0)
    assert drained(budget, 2.0) == 6


def test_a_quiet_hour_does_not_pay_for_a_storm():
    budget = Budget(floor=3.0, bank=10.0)
    assert drained(budget, 3600.0) == 10


def test_a_total_outage_costs_about_a_fifth_more_attempts():
    budget = Budget(ratio=0.2, floor=1.0, bank=10.0)
    retries, calls = 0, 6000
    for call in range(calls):
        budget.deposit()
        retries += budget.withdraw(call / 200.0)
    assert retries / calls < 0.21
