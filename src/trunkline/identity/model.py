"""Values of identity. Who calls, as a verified token says, is `trunkline.call.Principal`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN_TYPE = "at+jwt"  # noqa: S105 - the `typ` header of RFC 9068, not a password
MAX_LIFETIME = 3600.0
"""No access token lives longer than this many seconds."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key in the members of a JSON Web Key (RFC 7517, RFC 8037). `y` is empty for `OKP`."""

    kid: str
    kty: str
    crv: str
    alg: str
    x: str
    y: str = ""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as it was issued: how many seconds it lives from then, and until when by the issuer's clock (epoch)."""

    text: str = field(repr=False)
    lifetime: float
    expires_at: float


@dataclass(frozen=True, slots=True)
class Grant:
    """What a component's tokens carry. `digest` is that of its bootstrap secret; empty where it has none."""

    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    digest: bytes = field(default=b"", repr=False)


def identity_of(component: str) -> str:
    """Return what tokens call a component, as their `sub` and as their `aud`."""
    return component


def is_identity(text: str) -> bool:
    """Whether `text` is a well-formed subject of a token."""
    return _NAME.fullmatch(text) is not None
