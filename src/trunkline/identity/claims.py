"""What the claims of a token must say before anybody is believed to be its subject."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trunkline.call import Principal
from trunkline.identity.actors import actors_of
from trunkline.identity.model import COMPONENT, MAX_LIFETIME, component_of, is_subject
from trunkline.identity.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_END_OF_TIME = 253_402_300_800.0  # the year 10000
_MAX_ID = 128
_SCHEME = "spiffe:"
_THUMBPRINT = "x5t#S256"
_THUMBPRINT_LENGTH = 43  # 32 bytes in base64url


@dataclass(frozen=True, slots=True)
class Expected:
    """What a verifier expects. `audience` is a SPIFFE ID; `leeway`, 0 to 60 seconds, allows for clocks that differ."""

    issuer: str
    audience: str
    trust_domain: str
    leeway: float = 10.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.leeway <= 60.0:
            raise ValueError(f"leeway must be 0 to 60 seconds, not {self.leeway}")


def judge(claims: dict[str, Any], expected: Expected, now: float) -> Principal:
    """Return whom verified `claims` of the mesh speak for. Raises Unauthenticated. `now` in seconds since the epoch."""
    check_meant_for(claims, expected.issuer, expected.audience)
    expires_at = check_times(claims, leeway=expected.leeway, now=now, longest=MAX_LIFETIME)
    subject = subject_of(claims.get("sub"))
    component = component_of(subject, expected.trust_domain)
    if component is None and is_spiffe(subject):
        raise refused("TOKEN_MALFORMED", "`sub` is no component of this mesh")
    _check_ids(claims)
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise refused("TOKEN_MALFORMED", "`scope` is no text")
    roles = frozenset(strings(claims.get("roles", [])))
    actors = actors_of(claims, expected.trust_domain)
    # The role stands for a component that calls for itself; nobody gets it by way of another.
    if COMPONENT in roles and (component is None or actors):
        raise refused("TOKEN_MALFORMED", "the role of components is not for this subject")
    return Principal(subject, frozenset(scope.split()), roles, expires_at, MappingProxyType(claims), actors)


def check_meant_for(claims: Mapping[str, Any], issuer: str, audience: str) -> None:
    """Refuse what another issuer signed or what is meant for another audience. Raises Unauthenticated."""
    if claims.get("iss") != issuer:
        raise refused("TOKEN_FOREIGN", "another issuer")
    said = claims.get("aud")
    if audience not in ([said] if isinstance(said, str) else strings(said)):
        raise refused("TOKEN_AUDIENCE")


def check_times(claims: Mapping[str, Any], *, leeway: float, now: float, longest: float) -> float:
    """Return when `claims` expire. Raises Unauthenticated where they do not hold now, or for longer than `longest`."""
    expires_at, issued_at = _moment(claims, "exp"), _moment(claims, "iat")
    if now >= expires_at + leeway:
        raise refused("TOKEN_EXPIRED")
    starts_at = _moment(claims, "nbf") if "nbf" in claims else issued_at
    if now < max(starts_at, issued_at) - leeway:
        raise refused("TOKEN_NOT_YET_VALID")
    if not 0.0 < expires_at - issued_at <= longest:
        raise refused("TOKEN_MALFORMED", "it ends before it begins, or lives too long")
    return expires_at


def subject_of(value: object) -> str:
    """Return the subject that a claim holds. Raises Unauthenticated for what can be none."""
    if not isinstance(value, str) or not is_subject(value):
        raise refused("TOKEN_MALFORMED", "`sub` is no subject")
    return value


def is_spiffe(subject: str) -> bool:
    """Whether `subject` is a SPIFFE ID, or looks so much like one that somebody might take it for one."""
    return subject[: len(_SCHEME)].lower() == _SCHEME


def strings(value: object) -> list[str]:
    """Return a list of strings as it is. Raises Unauthenticated for anything else."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise refused("TOKEN_MALFORMED", "a list of texts is something else")
    return value


def _check_ids(claims: Mapping[str, Any]) -> None:
    """Refuse a token that could not be revoked by its own id or its family's, or whose binding is not understood."""
    ids = [claims.get("jti"), claims.get("fam", "none")]
    if not all(isinstance(one, str) and 0 < len(one) <= _MAX_ID for one in ids):
        raise refused("TOKEN_MALFORMED", "`jti` or `fam` is no id")
    if "cnf" not in claims:
        return
    bound = claims["cnf"]
    thumbprint = bound.get(_THUMBPRINT) if isinstance(bound, dict) and len(bound) == 1 else None
    if not isinstance(thumbprint, str) or len(thumbprint) != _THUMBPRINT_LENGTH:
        raise refused("TOKEN_MALFORMED", "`cnf` is not understood")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _END_OF_TIME:
        raise refused("TOKEN_MALFORMED", f"`{name}` is no moment")
    return float(value)
