"""Errors of the mesh: one tree, one class per gRPC code.

    MeshError
    ├── Cancelled            ├── ResourceExhausted     ├── Unavailable
    ├── Unknown              ├── FailedPrecondition    ├── DataLoss
    ├── InvalidArgument      ├── Aborted               └── Unauthenticated
    ├── DeadlineExceeded     ├── OutOfRange
    ├── NotFound             ├── Unimplemented
    ├── AlreadyExists        └── Internal
    └── PermissionDenied

A handler raises one; the server sends it as `google.rpc.Status`; the caller's stub raises the same class with the same
fields. Its `remote` is then true and its `domain` names the component that raised it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import isfinite
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Code(IntEnum):
    """The status codes of gRPC, by their numbers on the wire."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field of a request that breaks its contract."""

    field: str
    description: str


class MeshError(Exception):
    """Base of all errors of the mesh. Raise one of the subclasses.

    `reason` is a stable UPPER_SNAKE name that programs may compare; `message` is for people and may change.
    `metadata` are short facts about this case, `violations` the fields at fault, `retry_after` the seconds after which
    trying again makes sense. `remote` is true where a peer sent the error, false where it was made in this process.
    `tried` is true where the mesh has spent its attempts on the call already, so that a caller further up need not;
    `refused` where the call was turned away before anything was done with it. `cause` is why exactly, for the audit
    log: it stands in no text of the error and never leaves the process.
    """

    code: ClassVar[Code] = Code.UNKNOWN

    def __init__(
        self,
        reason: str,
        message: str = "",
        *,
        metadata: Mapping[str, str] | None = None,
        violations: Sequence[FieldViolation] = (),
        retry_after: float | None = None,
        domain: str = "",
        remote: bool = False,
        tried: bool = False,
        refused: bool = False,
        cause: str = "",
    ) -> None:
        message = message.encode("utf-8", "replace").decode()
        super().__init__(f"{self.code.name} {reason}: {message}" if message else f"{self.code.name} {reason}")
        self.reason = reason
        self.message = message
        self.metadata = {str(key): str(value) for key, value in (metadata or {}).items()}
        self.violations = tuple(violations)
        self.retry_after = retry_after if retry_after is not None and isfinite(retry_after) else None
        self.domain = domain
        self.remote = remote
        self.tried = tried
        self.refused = refused
        self.cause = cause

    @property
    def exactly(self) -> str:
        """The reason, and behind a colon the cause where there is one."""
        return f"{self.reason}: {self.cause}" if self.cause else self.reason


class Cancelled(MeshError):
    """The caller gave up."""

    code = Code.CANCELLED


class Unknown(MeshError):
    """A failure from outside the mesh that says no more."""

    code = Code.UNKNOWN


class InvalidArgument(MeshError):
    """The request is wrong whatever the state of the system."""

    code = Code.INVALID_ARGUMENT


class DeadlineExceeded(MeshError):
    """Time ran out; the effect may or may not have happened."""

    code = Code.DEADLINE_EXCEEDED


class NotFound(MeshError):
    """What was asked for does not exist."""

    code = Code.NOT_FOUND


class AlreadyExists(MeshError):
    """What was to be made exists and differs."""

    code = Code.ALREADY_EXISTS


class PermissionDenied(MeshError):
    """The caller is known and may not do this."""

    code = Code.PERMISSION_DENIED


class ResourceExhausted(MeshError):
    """A limit or quota is used up."""

    code = Code.RESOURCE_EXHAUSTED


class FailedPrecondition(MeshError):
    """The system must change state before this can succeed."""

    code = Code.FAILED_PRECONDITION


class Aborted(MeshError):
    """A conflict with another writer; start over from the read."""

    code = Code.ABORTED


class OutOfRange(MeshError):
    """Past the valid range as it stands now."""

    code = Code.OUT_OF_RANGE


class Unimplemented(MeshError):
    """The peer does not serve this method."""

    code = Code.UNIMPLEMENTED


class Internal(MeshError):
    """A fault of the program."""

    code = Code.INTERNAL


class Unavailable(MeshError):
    """Nobody could take the call just now; trying again may help."""

    code = Code.UNAVAILABLE


class DataLoss(MeshError):
    """Stored data is damaged."""

    code = Code.DATA_LOSS


class Unauthenticated(MeshError):
    """The caller did not prove who it is."""

    code = Code.UNAUTHENTICATED


_CLASSES: dict[Code, type[MeshError]] = {cls.code: cls for cls in MeshError.__subclasses__()}


def error_class(code: Code) -> type[MeshError]:
    """Return the class of `code`; `Unknown` for OK, which is no error."""
    return _CLASSES.get(code, Unknown)
