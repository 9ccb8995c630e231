"""The retry policy of contracts as gRPC's service config."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trunkline.descriptors import policy_of, service_descriptor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from google.protobuf.descriptor import MethodDescriptor

    from trunkline.policy import RetryPolicy


def service_config(services: Iterable[str]) -> str:
    """Return the service config, as JSON, for those of `services` whose contracts this process has imported.

    Timeouts are left out: core's fire a second or two early, so the deadline travels with each call instead.
    """
    methods: list[dict[str, Any]] = []
    for service in services:
        try:
            descriptor = service_descriptor(service)
        except LookupError:
            continue
        methods += [config for method in descriptor.methods if (config := _method_config(method)) is not None]
    # The same budget as everywhere: a failure takes a token, a success gives a tenth back, half of them must be left.
    return json.dumps({"methodConfig": methods, "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1}})


def _method_config(method: MethodDescriptor) -> dict[str, Any] | None:
    policy = policy_of(method.GetOptions())
    if policy.retry is None:
        return None
    return {
        "name": [{"service": method.containing_service.full_name, "method": method.name}],
        "retryPolicy": _retry_policy(policy.retry),
    }


def _retry_policy(retry: RetryPolicy) -> dict[str, Any]:
    return {
        "maxAttempts": retry.max_attempts,
        "initialBackoff": f"{retry.initial_backoff:.3f}s",
        "maxBackoff": f"{retry.max_backoff:.3f}s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": sorted(code.name for code in retry.codes),
    }
