"""The claims of a token as people read them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trunkline.cli.dates import dated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from trunkline.cli.decode import Decoded

TIMES = {"iat": "issued", "nbf": "not before", "exp": "expires"}
NAMES = {"sub": "subject", "act": "actors", "aud": "audience", "scope": "scopes", "roles": "roles", "iss": "issuer"}
IDS = {"jti": "id", "fam": "family", "cnf": "bound to"}
CERTIFICATE = "x5t#S256"
MAX_ACTORS = 16


def lines_of(token: Decoded, now: float) -> list[tuple[str, str]]:
    """Return what a token says as labels and values, a value of several lines where it has several parts.

    The order is: who, where, what, when, by which key, then every other claim by its own name. What a terminal would
    obey is escaped, as anybody can have written the token.
    """
    claims = token.claims
    known = {**NAMES, **TIMES, **IDS}
    found = [(label, _value(name, claims[name], now)) for name, label in known.items() if name in claims]
    found += [(name, _plain(value)) for name, value in claims.items() if name not in known]
    found += [(name, _plain(value)) for name, value in token.header.items()]
    return [(_visible(label), "\n".join(map(_visible, value.split("\n")))) for label, value in found]


def expired(claims: Mapping[str, Any], now: float) -> bool:
    """Whether the time of a token is over, without any leeway."""
    return _is_number(claims.get("exp")) and claims["exp"] <= now


def _value(name: str, value: object, now: float) -> str:
    if name in TIMES and isinstance(value, int | float) and _is_number(value):
        return dated(value, now)
    if name == "scope" and isinstance(value, str):
        return "\n".join(value.split()) or "none"
    if name == "act" and isinstance(value, dict):
        return "\n".join(_actors(value))
    if name == "cnf" and isinstance(value, dict) and list(value) == [CERTIFICATE]:
        return f"certificate {_plain(value[CERTIFICATE])}"
    if isinstance(value, list):
        return "\n".join(map(_plain, value)) or "none"
    return _plain(value)


def _actors(chain: Mapping[str, Any]) -> Iterator[str]:
    """Yield who acts for the subject, the caller first (RFC 8693)."""
    actor: object = chain
    for _ in range(MAX_ACTORS):
        if not isinstance(actor, dict):
            return
        yield _plain(actor.get("sub", "?"))
        actor = actor.get("act")
    yield "..."


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _plain(value: object) -> str:
    return value.replace("\n", "\\n") if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    return json.dumps(value)


def _visible(text: str) -> str:
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
