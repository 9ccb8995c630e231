"""What a contract says about a method, as values."""

from __future__ import annotations

import re
from dataclasses import dataclass

from trunkline.errors import Code

DEFAULT_TIMEOUT = 10.0
DEFAULT_INITIAL_BACKOFF = 0.05
DEFAULT_MAX_BACKOFF = 1.0

SCOPE = r"[a-z][a-z0-9_-]*(\.[a-z][a-z0-9_-]*)+"
"""The form of a scope as a regular expression: lower-case words joined by dots."""


def is_scope(text: str) -> bool:
    """Whether `text` has the form of a scope, such as `orders.read`."""
    return re.fullmatch(SCOPE, text, re.ASCII) is not None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a failed call is sent again. Backoffs in seconds; `max_attempts` counts the first."""

    max_attempts: int
    initial_backoff: float = DEFAULT_INITIAL_BACKOFF
    max_backoff: float = DEFAULT_MAX_BACKOFF
    codes: frozenset[Code] = frozenset({Code.UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class HedgePolicy:
    """When a copy of a slow call is sent. `delay` in seconds; `max_attempts` counts the first."""

    delay: float
    max_attempts: int = 2


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Who may call: everything that is set must hold."""

    public: bool = False
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """All that a contract says about one method. `timeout` in seconds; `access` None where the contract is silent."""

    timeout: float = DEFAULT_TIMEOUT
    retry: RetryPolicy | None = None
    hedge: HedgePolicy | None = None
    access: AccessPolicy | None = None
    max_concurrency: int = 0
    audit: bool = False
    idempotent: bool = False
    no_side_effects: bool = False
