"""Trunkline: a gRPC service mesh backbone for Python.

Everything public is here. Names are loaded when first used, so that `import trunkline` costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trunkline.call import Call, Method, Principal, Shape, Side, current_call
    from trunkline.clock import Clock, SystemClock
    from trunkline.config import ConfigError, MeshFile, Settings, load_mesh_file, load_settings, settings_for
    from trunkline.deadline import Deadline
    from trunkline.errors import (
        Aborted,
        AlreadyExists,
        Cancelled,
        Code,
        DataLoss,
        DeadlineExceeded,
        FailedPrecondition,
        FieldViolation,
        Internal,
        InvalidArgument,
        MeshError,
        NotFound,
        OutOfRange,
        PermissionDenied,
        ResourceExhausted,
        Unauthenticated,
        Unavailable,
        Unimplemented,
        Unknown,
    )
    from trunkline.mesh import Mesh
    from trunkline.protection.envelope import Envelope
    from trunkline.protection.keys import MessageSigner, MessageVerifier
    from trunkline.protection.signature import SignedMessage, sign_message, verify_message
    from trunkline.runtime.chain import Interceptor
    from trunkline.supervisor import StartError, Supervisor
    from trunkline.sync import SyncMesh

__version__ = "0.1.0"

_HOMES = {
    "trunkline.call": ("Call", "Method", "Principal", "Shape", "Side", "current_call"),
    "trunkline.clock": ("Clock", "SystemClock"),
    "trunkline.config": (
        "ConfigError",
        "MeshFile",
        "Settings",
        "load_mesh_file",
        "load_settings",
        "settings_for",
    ),
    "trunkline.deadline": ("Deadline",),
    "trunkline.errors": (
        "Aborted",
        "AlreadyExists",
        "Cancelled",
        "Code",
        "DataLoss",
        "DeadlineExceeded",
        "FailedPrecondition",
        "FieldViolation",
        "Internal",
        "InvalidArgument",
        "MeshError",
        "NotFound",
        "OutOfRange",
        "PermissionDenied",
        "ResourceExhausted",
        "Unauthenticated",
        "Unavailable",
        "Unimplemented",
        "Unknown",
    ),
    "trunkline.mesh": ("Mesh",),
    "trunkline.protection.envelope": ("Envelope",),
    "trunkline.protection.keys": ("MessageSigner", "MessageVerifier"),
    "trunkline.protection.signature": ("SignedMessage", "sign_message", "verify_message"),
    "trunkline.runtime.chain": ("Interceptor",),
    "trunkline.supervisor": ("StartError", "Supervisor"),
    "trunkline.sync": ("SyncMesh",),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "Aborted",
    "AlreadyExists",
    "Call",
    "Cancelled",
    "Clock",
    "Code",
    "ConfigError",
    "DataLoss",
    "Deadline",
    "DeadlineExceeded",
    "Envelope",
    "FailedPrecondition",
    "FieldViolation",
    "Interceptor",
    "Internal",
    "InvalidArgument",
    "Mesh",
    "MeshError",
    "MeshFile",
    "MessageSigner",
    "MessageVerifier",
    "Method",
    "NotFound",
    "OutOfRange",
    "PermissionDenied",
    "Principal",
    "ResourceExhausted",
    "Settings",
    "Shape",
    "Side",
    "SignedMessage",
    "StartError",
    "Supervisor",
    "SyncMesh",
    "SystemClock",
    "Unauthenticated",
    "Unavailable",
    "Unimplemented",
    "Unknown",
    "__version__",
    "current_call",
    "load_mesh_file",
    "load_settings",
    "settings_for",
    "sign_message",
    "verify_message",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'trunkline' has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
