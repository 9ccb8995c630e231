from __future__ import annotations

import pytest

from campus.api.activity.v1 import activity_pb2  # noqa: F401 - brings the contract in
from trunkline.api.testing.v1 import echo_pb2  # noqa: F401
from trunkline.descriptors import find_method, service_descriptor
from trunkline.errors import Code
from trunkline.policy import AccessPolicy, HedgePolicy

ECHO = "/trunkline.api.testing.v1.EchoService/"


def test_a_method_says_its_policy_in_the_contract():
    policy = find_method(f"{ECHO}Echo").policy
    assert policy.timeout == 5.0
    assert policy.retry is not None
    assert (policy.retry.max_attempts, policy.retry.initial_backoff, policy.retry.max_backoff) == (3, 0.01, 0.05)
    assert policy.retry.codes == {Code.UNAVAILABLE}
    assert policy.access == AccessPolicy(scopes=frozenset({"echo.use"}))
    assert policy.idempotent
    assert policy.no_side_effects


def test_a_silent_method_has_ten_seconds_and_no_second_attempt():
    policy = find_method(f"{ECHO}Greet").policy
    assert (policy.timeout, policy.retry, policy.hedge, policy.idempotent) == (10.0, None, None, False)


def test_hedge_and_concurrency_are_read():
    assert find_method(f"{ECHO}Hurry").policy.hedge == HedgePolicy(delay=0.05, max_attempts=2)
    assert find_method(f"{ECHO}Once").policy.max_concurrency == 1


def test_idempotent_is_less_than_no_side_effects():
    policy = find_method("/campus.api.activity.v1.ActivityService/Submit").policy
    assert (policy.idempotent, policy.no_side_effects) == (True, False)


def test_an_unknown_service_or_method_is_named():
    with pytest.raises(LookupError, match=r"no\.Such"):
        service_descriptor("no.Such")
    with pytest.raises(LookupError, match="has no method 'Shout'"):
        find_method(f"{ECHO}Shout")
