"""What the claims of a token must say before anybody is believed to be its subject."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trunkline.call import Principal
from trunkline.identity.model import MAX_LIFETIME, is_subject
from trunkline.identity.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Mapping

_END_OF_TIME = 253_402_300_800.0  # the year 10000
_MAX_ID = 128


@dataclass(frozen=True, slots=True)
class Expected:
    """What a verifier expects. `leeway` in seconds allows for clocks that differ; at most 60."""

    issuer: str
    audience: str
    leeway: float = 10.0

    def __post_init__(self) -> None:
        if not 0.0 <= self.leeway <= 60.0:
            raise ValueError(f"leeway must be 0 to 60 seconds, not {self.leeway}")


def judge(claims: dict[str, Any], expected: Expected, now: float) -> Principal:
    """Return whom verified `claims` speak for. Raises Unauthenticated. `now` in seconds since the epoch."""
    if claims.get("iss") != expected.issuer:
        raise refused("TOKEN_FOREIGN")
    if expected.audience not in _audiences(claims):
        raise refused("TOKEN_AUDIENCE")
    expires_at = _check_times(claims, expected.leeway, now)
    subject, jti = claims.get("sub"), claims.get("jti")
    if not isinstance(subject, str) or not is_subject(subject):
        raise refused("TOKEN_MALFORMED")
    if not isinstance(jti, str) or not 0 < len(jti) <= _MAX_ID:
        raise refused("TOKEN_MALFORMED")
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise refused("TOKEN_MALFORMED")
    roles = frozenset(_strings(claims.get("roles", [])))
    return Principal(subject, frozenset(scope.split()), roles, expires_at, MappingProxyType(claims))


def _audiences(claims: Mapping[str, Any]) -> list[str]:
    audience = claims.get("aud")
    return [audience] if isinstance(audience, str) else _strings(audience)


def _strings(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise refused("TOKEN_MALFORMED")
    return value


def _check_times(claims: Mapping[str, Any], leeway: float, now: float) -> float:
    expires_at, issued_at = _moment(claims, "exp"), _moment(claims, "iat")
    if now >= expires_at + leeway:
        raise refused("TOKEN_EXPIRED")
    starts_at = _moment(claims, "nbf") if "nbf" in claims else issued_at
    if now < max(starts_at, issued_at) - leeway:
        raise refused("TOKEN_NOT_YET_VALID")
    if not 0.0 < expires_at - issued_at <= MAX_LIFETIME:
        raise refused("TOKEN_MALFORMED")
    return expires_at


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < _END_OF_TIME:
        raise refused("TOKEN_MALFORMED")
    return float(value)
