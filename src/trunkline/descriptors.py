"""Contracts as this process knows them: methods and their policy, read off descriptors."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import MethodOptions as StandardOptions

from trunkline.api.policy.v1 import policy_pb2
from trunkline.call import Method, Shape
from trunkline.errors import Code
from trunkline.policy import (
    DEFAULT_INITIAL_BACKOFF,
    DEFAULT_MAX_BACKOFF,
    DEFAULT_TIMEOUT,
    AccessPolicy,
    HedgePolicy,
    Policy,
    RetryPolicy,
)

if TYPE_CHECKING:
    from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
    from google.protobuf.duration_pb2 import Duration


def seconds(duration: Duration, default: float) -> float:
    """Return `duration` in seconds, `default` where it is zero or unset."""
    return duration.seconds + duration.nanos / 1e9 or default


def policy_of(options: StandardOptions) -> Policy:
    """Read the policy out of the options of one method."""
    said = options.Extensions[policy_pb2.method]
    level = options.idempotency_level
    return Policy(
        timeout=seconds(said.timeout, DEFAULT_TIMEOUT),
        retry=_retry(said.retry) if said.HasField("retry") else None,
        hedge=HedgePolicy(seconds(said.hedge.delay, 0.0), said.hedge.max_attempts) if said.HasField("hedge") else None,
        access=_access(said.access) if said.HasField("access") else None,
        max_concurrency=said.max_concurrency,
        audit=said.audit,
        idempotent=level in {StandardOptions.IDEMPOTENT, StandardOptions.NO_SIDE_EFFECTS},
        no_side_effects=level == StandardOptions.NO_SIDE_EFFECTS,
    )


def method_of(descriptor: MethodDescriptor) -> Method:
    """Return the `Method` a descriptor stands for."""
    return Method(
        service=descriptor.containing_service.full_name,
        name=descriptor.name,
        shape=Shape((descriptor.client_streaming, descriptor.server_streaming)),
        policy=policy_of(descriptor.GetOptions()),
        request_type=message_factory.GetMessageClass(descriptor.input_type),
        response_type=message_factory.GetMessageClass(descriptor.output_type),
    )


def service_descriptor(service: str) -> ServiceDescriptor:
    """Find a service by its full name among the contracts this process has imported.

    Raises LookupError where no imported contract declares it.
    """
    try:
        return descriptor_pool.Default().FindServiceByName(service)
    except KeyError:
        raise LookupError(f"no imported contract declares the service {service!r}") from None


@cache
def find_method(path: str) -> Method:
    """Return the method of `/package.Service/Method`. Raises LookupError where no imported contract declares it."""
    service, _, name = path.removeprefix("/").partition("/")
    descriptor = service_descriptor(service).methods_by_name.get(name)
    if descriptor is None:
        raise LookupError(f"the service {service!r} has no method {name!r}")
    return method_of(descriptor)


def _retry(said: policy_pb2.Retry) -> RetryPolicy:
    return RetryPolicy(
        max_attempts=said.max_attempts,
        initial_backoff=seconds(said.initial_backoff, DEFAULT_INITIAL_BACKOFF),
        max_backoff=seconds(said.max_backoff, DEFAULT_MAX_BACKOFF),
        codes=frozenset(Code(code) for code in said.codes) or frozenset({Code.UNAVAILABLE}),
    )


def _access(said: policy_pb2.Access) -> AccessPolicy:
    return AccessPolicy(said.public, frozenset(said.scopes), frozenset(said.roles), said.rule)
