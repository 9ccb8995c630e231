"""Values of identity. Who calls, as a verified token says, is `trunkline.call.Principal`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

TOKEN_TYPE = "at+jwt"  # noqa: S105 - the `typ` header of RFC 9068, not a password
MAX_LIFETIME = 3600.0
"""No access token lives longer than this many seconds."""

COMPONENT = "component"
"""The role that every component's tokens carry, and nobody else's."""

_NAME = re.compile(r"[a-z][a-z0-9-]{0,63}", re.ASCII)
_SUBJECT = re.compile(r"[!-~]{1,256}", re.ASCII)


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
    jti: str = ""
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Grant:
    """What the tokens of somebody carry."""

    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()


def spiffe_id(trust_domain: str, component: str) -> str:
    """Return what tokens and certificates call a component."""
    return f"spiffe://{trust_domain}/{component}"


def component_of(identity: str, trust_domain: str) -> str | None:
    """Return the component that `identity` is the SPIFFE ID of; None for anything else, a user or a foreign domain."""
    prefix = f"spiffe://{trust_domain}/"
    name = identity.removeprefix(prefix)
    return name if identity.startswith(prefix) and _NAME.fullmatch(name) else None


def is_subject(text: str) -> bool:
    """Whether `text` can be whom a token speaks for: printable, without spaces, of bounded length."""
    return _SUBJECT.fullmatch(text) is not None
