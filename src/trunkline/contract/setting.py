"""The policies of one method in words, each with the place it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import MethodOptions as StandardOptions

from trunkline.api.policy.v1 import policy_pb2
from trunkline.contract.method import POLICY
from trunkline.contract.walk import METHOD_OPTIONS
from trunkline.descriptors import policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from trunkline.contract.find import Found
    from trunkline.policy import AccessPolicy, HedgePolicy, RetryPolicy

DEFAULT = "default"
NONE = "none"


@dataclass(frozen=True, slots=True)
class Setting:
    """One policy: `value` for programs (durations in seconds), `text` for people.

    `origin` is the `file:line` of the option in the contract, or `default` where the contract is silent.
    """

    name: str
    value: str | float | bool | list[str] | None
    text: str
    origin: str


def settings_of(found: Found) -> Iterator[Setting]:
    """Yield every policy of the runtime that applies to one method."""
    policy = policy_of(found.method.options)

    def origin(*names: str) -> str:
        return _origin(found, names)

    yield _duration("timeout", policy.timeout, origin("timeout"))
    yield from _retry(policy.retry, origin)
    yield from _hedge(policy.hedge, origin)
    yield from _access(policy.access, origin)
    limit = policy.max_concurrency
    yield Setting("max_concurrency", limit or None, str(limit or NONE), origin("max_concurrency"))
    yield Setting("audit", policy.audit, "yes" if policy.audit else "no", origin("audit"))
    yield _idempotency(found)


def _retry(retry: RetryPolicy | None, origin: Callable[..., str]) -> Iterator[Setting]:
    if retry is None:
        yield Setting("retry", None, NONE, DEFAULT)
        return
    attempts = retry.max_attempts
    codes = sorted(code.name for code in retry.codes)
    yield Setting("retry.max_attempts", attempts, f"{attempts}, the first included", origin("retry", "max_attempts"))
    yield _duration("retry.initial_backoff", retry.initial_backoff, origin("retry", "initial_backoff"))
    yield _duration("retry.max_backoff", retry.max_backoff, origin("retry", "max_backoff"))
    yield Setting("retry.codes", codes, ", ".join(codes), origin("retry", "codes"))


def _hedge(hedge: HedgePolicy | None, origin: Callable[..., str]) -> Iterator[Setting]:
    if hedge is None:
        yield Setting("hedge", None, NONE, DEFAULT)
        return
    attempts = hedge.max_attempts
    yield _duration("hedge.delay", hedge.delay, origin("hedge", "delay"))
    yield Setting("hedge.max_attempts", attempts, f"{attempts}, the first included", origin("hedge", "max_attempts"))


def _access(access: AccessPolicy | None, origin: Callable[..., str]) -> Iterator[Setting]:
    if access is None:
        yield Setting("access", None, "not stated: servers refuse this contract", DEFAULT)
        return
    if access.public:
        yield Setting("access.public", True, "anybody, without a token", origin("access", "public"))
    if access.scopes:
        scopes = sorted(access.scopes)
        yield Setting("access.scopes", scopes, f"all of: {', '.join(scopes)}", origin("access", "scopes"))
    if access.roles:
        roles = sorted(access.roles)
        yield Setting("access.roles", roles, f"one of: {', '.join(roles)}", origin("access", "roles"))
    if access.rule:
        yield Setting("access.rule", access.rule, access.rule, origin("access", "rule"))


def _idempotency(found: Found) -> Setting:
    options = found.method.options
    level = StandardOptions.IdempotencyLevel.Name(options.idempotency_level)
    if not options.HasField("idempotency_level"):
        return Setting("idempotency", None, "not stated", DEFAULT)
    number = StandardOptions.IDEMPOTENCY_LEVEL_FIELD_NUMBER
    return Setting("idempotency", level, level, found.source.place((*found.path, METHOD_OPTIONS, number)))


def _duration(name: str, seconds: float, origin: str) -> Setting:
    text = f"{seconds * 1000:g} ms" if seconds < 1.0 else f"{seconds:g} s"
    return Setting(name, seconds, text, origin)


def _origin(found: Found, names: tuple[str, ...]) -> str:
    """Return the place of a policy that is reached by `names`, `default` where the contract does not say it."""
    said = found.method.options.Extensions[policy_pb2.method]
    path = [*found.path, *POLICY]
    for name in names:
        stated = {field.name: (field.number, value) for field, value in said.ListFields()}
        if name not in stated:
            return DEFAULT
        number, said = stated[name]
        path.append(number)
    return found.source.place(tuple(path))
