"""What is no longer believed: single tokens, all of a subject up to a moment, all of a key, all of a family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from trunkline.errors import Unauthenticated
from trunkline.identity.parse import parse, read_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Kind = Literal["jti", "subject", "kid", "family"]
MARGIN = 60.0
"""Seconds by which a revocation is kept beyond its end: no verifier allows for clocks that differ by more."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """One of them. `at` and `until` in seconds since the epoch; only a subject's has its moment looked at."""

    kind: Kind
    value: str
    at: float
    until: float


class Revoked:
    """All of them, as a set. What has ended is forgotten when it is told the time."""

    def __init__(self, revocations: Iterable[Revocation] = ()) -> None:
        self._by_kind: dict[Kind, dict[str, Revocation]] = {"jti": {}, "subject": {}, "kid": {}, "family": {}}
        self.add(revocations)

    def __len__(self) -> int:
        return sum(map(len, self._by_kind.values()))

    def add(self, revocations: Iterable[Revocation]) -> None:
        """Take `revocations` to what is there. Of two for the same thing both hold."""
        for one in revocations:
            known = self._by_kind[one.kind]
            before = known.get(one.value, one)
            known[one.value] = Revocation(one.kind, one.value, max(before.at, one.at), max(before.until, one.until))

    def forget(self, now: float) -> None:
        """Drop what has ended by `now`, in seconds since the epoch."""
        for kind, known in self._by_kind.items():
            self._by_kind[kind] = {value: one for value, one in known.items() if now < one.until + MARGIN}

    def meets(self, claims: Mapping[str, Any], kid: str) -> bool:
        """Whether a token with verified `claims`, signed by the key `kid`, is revoked."""
        known = self._by_kind
        if claims["jti"] in known["jti"] or kid in known["kid"] or claims.get("fam") in known["family"]:
            return True
        inner: Mapping[str, Any] | None = claims if known["subject"] else None
        while inner is not None:
            revocation = known["subject"].get(inner["sub"])
            if revocation is not None and claims["iat"] <= revocation.at:
                return True
            inner = inner.get("act")
        return False

    def meets_text(self, token: str) -> bool:
        """Whether a token of one's own, which nobody has to verify, is revoked. False for what is no token."""
        try:
            parsed = parse(token)
            return self.meets(read_object(parsed.payload), parsed.header["kid"])
        except (Unauthenticated, LookupError, TypeError, AttributeError):
            return False
