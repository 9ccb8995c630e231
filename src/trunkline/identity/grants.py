"""Who may have a token, and what it carries."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import replace
from typing import TYPE_CHECKING

from trunkline.errors import FailedPrecondition
from trunkline.identity.model import Grant
from trunkline.identity.secret import read_secret

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_NOBODY = Grant()


class Grants:
    """The grants of all components. `callees` are further names a token may be issued for, such as the backbone's."""

    def __init__(self, components: Mapping[str, Grant], *, callees: Iterable[str] = ()) -> None:
        self._components = dict(components)
        self._audiences = frozenset(components).union(callees)

    @classmethod
    def load(cls, components: Mapping[str, Grant], secrets: Path, *, callees: Iterable[str] = ()) -> Grants:
        """Add to each grant the secret in the file of `secrets` that bears the component's name.

        A component without a file gets no token and is told by `without_secret`. Raises FailedPrecondition where a
        file is there and cannot be used.
        """
        return cls({name: _enrol(grant, secrets / name) for name, grant in components.items()}, callees=callees)

    @property
    def without_secret(self) -> tuple[str, ...]:
        """The components that can get no token because they have no secret, by name."""
        return tuple(sorted(name for name, grant in self._components.items() if not grant.digest))

    def knows(self, audience: str) -> bool:
        """Whether a token may be issued for `audience`."""
        return audience in self._audiences

    def grant(self, component: str, secret: str) -> Grant | None:
        """Return what `component` is granted; None where it is unknown or `secret` is not its own.

        The work is the same in every case, so that the time tells neither which of the two it was nor how much of the
        secret was right.
        """
        grant = self._components.get(component, _NOBODY)
        same = hmac.compare_digest(digest_of(secret), grant.digest or bytes(hashlib.sha256().digest_size))
        return grant if same and grant.digest else None


def digest_of(secret: str) -> bytes:
    """Return what is kept of a secret. It is random and long, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).digest()


def _enrol(grant: Grant, path: Path) -> Grant:
    try:
        return replace(grant, digest=digest_of(read_secret(path)))
    except FailedPrecondition as error:
        if error.reason == "SECRET_MISSING":
            return replace(grant, digest=b"")
        raise
