"""Every policy of one method, in words, and where each comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from google.protobuf.descriptor_pb2 import MethodOptions as StandardOptions

from trunkline.api.policy.v1.policy_pb2 import Access, Hedge, MethodOptions, Retry
from trunkline.call import Shape
from trunkline.contract.find import find
from trunkline.contract.method import POLICY
from trunkline.contract.reach import Declared, declared, reach
from trunkline.contract.walk import METHOD_OPTIONS
from trunkline.policy import AccessPolicy, HedgePolicy, RetryPolicy, policy_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    from trunkline.contract.find import Found

DEFAULT = "default"
NONE = "none"

Value = str | int | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Setting:
    """One policy. `value` is for programs (durations in seconds), `text` for people; `origin` is `file:line`,
    or `default` where the contract is silent.
    """  # fmt: skip

    name: str
    value: Value
    text: str
    origin: str


@dataclass(frozen=True, slots=True)
class Description:
    """A method and all that its contract says about it."""

    method: str
    shape: Shape
    request: str
    response: str
    comment: str
    origin: str
    settings: Sequence[Setting]


def describe(
    files: Sequence[FileDescriptorProto], asked: str, *, shown: Mapping[str, str] | None = None
) -> Description:
    """Describe the method that `asked` names in full or by a telling end of its name.

    `shown` maps the name of a file within its module to the path people know it by. Raises LookupError where no
    method, or more than one, is called so.
    """
    names = shown or {}
    found = find(files, names, asked)
    method = found.method
    types = declared(files, names)
    return Description(
        method=found.name,
        shape=Shape((method.client_streaming, method.server_streaming)),
        request=method.input_type.lstrip("."),
        response=method.output_type.lstrip("."),
        comment=found.source.comment(found.path),
        origin=found.source.place(found.path),
        settings=[*_policies(found), _validation(types, method.input_type), *_redacted(types, found)],
    )


def _policies(found: Found) -> Iterator[Setting]:
    policy = policy_of(found.method.options)
    said = found.method.options.Extensions[_method_extension()]
    origin = _Origin(found, said)
    yield Setting("timeout", policy.timeout, _span(policy.timeout), origin.of("timeout"))
    yield from _retry(policy.retry, origin)
    yield from _hedge(policy.hedge, origin)
    yield from _access(policy.access, origin)
    limit = policy.max_concurrency
    yield Setting("max_concurrency", limit or None, str(limit or NONE), origin.of("max_concurrency"))
    yield Setting("audit", policy.audit, "yes" if policy.audit else "no", origin.of("audit"))
    yield _idempotency(found)
