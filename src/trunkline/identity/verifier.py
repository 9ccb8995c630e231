"""Verifies tokens without asking anybody: a pure decision, and a bounded memory of those that passed.

The order of checks is that of the attack list: size, form, header, key, signature, then the claims, then what is
revoked. Nothing in a token makes us fetch anything, and what is not understood is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.errors import MeshError, Unavailable
from trunkline.identity.claims import Expected, judge
from trunkline.identity.feed import Unfed
from trunkline.identity.keys import ALGORITHMS, VerifyingKey
from trunkline.identity.leases import Leases
from trunkline.identity.model import TOKEN_TYPE, spiffe_id
from trunkline.identity.parse import parse, read_object
from trunkline.identity.refusal import UnknownKeyError, refused, unknown_key

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
    from typing import Any

    from trunkline.call import Principal
    from trunkline.clock import Clock
    from trunkline.identity.feed import Feed, News
    from trunkline.identity.model import PublicKey
    from trunkline.identity.parse import Parsed
    from trunkline.identity.renewal import Renewal

_MAX_KID = 128
_TYPES = frozenset({TOKEN_TYPE})


@dataclass(frozen=True, slots=True)
class Verified:
    """Whom a good token speaks for, which key signed it, and until when it is let in (epoch, leeway included)."""

    principal: Principal
    kid: str
    until: float


def verify(token: str, keys: Mapping[str, VerifyingKey], expected: Expected, now: float) -> Principal:
    """Return whom `token` speaks for, revoked or not. Raises Unauthenticated where there is any doubt."""
    return examine(token, keys, expected, now).principal


def examine(token: str, keys: Mapping[str, VerifyingKey], expected: Expected, now: float) -> Verified:
    """Return what `verify` found out about `token`. Raises Unauthenticated, for an unknown `kid` UnknownKeyError."""
    parsed = parse(token)
    key = check_signature(parsed, keys, algorithms=ALGORITHMS, types=_TYPES)
    principal = judge(read_object(parsed.payload), expected, now)
    return Verified(principal, key.kid, principal.expires_at + expected.leeway)


def check_signature(
    parsed: Parsed, keys: Mapping[str, VerifyingKey], *, algorithms: Container[str], types: Container[str | None]
) -> VerifyingKey:
    """Return the key of `keys` that signed. Raises Unauthenticated, for an unknown `kid` UnknownKeyError.

    `types` are those that the header may name as `typ`; None among them for a header that names none.
    """
    key = _key(parsed.header, keys, algorithms, types)
    if not key.signed(parsed.signed, parsed.signature):
        raise refused("TOKEN_FOREIGN", "the signature is not that of the key")
    return key


class Verifier:
    """Verifies the tokens that reach the component `audience` of `trust_domain`, issued by `issuer`.

    It knows no key until `replace_keys` was called and refuses everybody until then, and so it does while `feed` has
    not heard what is revoked, or has heard nothing for too long. Without a `feed` nothing is ever revoked. It remembers
    at most `remember` verified tokens, oldest out first. Not for use from several threads.
    """

    def __init__(
        self,
        *,
        issuer: str,
        trust_domain: str,
        audience: str,
        clock: Clock,
        leeway: float = 10.0,
        remember: int = 2048,
        feed: Feed | None = None,
    ) -> None:
        self.renewal: Renewal | None = None
        """What asks for a newer key set when a key is unknown; None where there is nobody to ask."""
        self._expected = Expected(issuer, spiffe_id(trust_domain, audience), trust_domain, leeway)
        self._now = clock.time
        self._monotonic = clock.monotonic
        self._remember = remember
        self._feed = feed or Unfed(clock)
        self._published: frozenset[PublicKey] | None = None
        self._keys: dict[str, VerifyingKey] = {}
        self._verified: dict[str, Verified] = {}
        self._leases = Leases(clock.time)

    @property
    def loaded(self) -> bool:
        """Whether the first key set has come, and the first word of what is revoked."""
        return self._published is not None and self._feed.loaded

    def verify(self, token: str) -> Principal:
        """Return whom `token` speaks for.

        Raises Unauthenticated, with a reason that begins with `TOKEN_`, and Unavailable (`KEYS_NOT_LOADED`,
        `REVOCATIONS_NOT_LOADED`, `REVOCATIONS_STALE`) as long as nobody can be judged.
        """
        known = self._verified.get(token)
        if known is not None and self._now() < known.until and self._monotonic() < self._feed.fresh_until:
            return known.principal
        return self._verify(token).principal

    def renewed(self, refusal: MeshError) -> Awaitable[None] | None:
        """Return what to wait for before the token of `refusal` is judged again; None where that would change nothing.

        The wait is short and never fails. What is asked for is the key set of this mesh, whatever the token says.
        """
        if self.renewal is None or not isinstance(refusal, UnknownKeyError):
            return None
        return self.renewal.begin()

    def hold(self, token: str, end: Callable[[MeshError], None]) -> Callable[[], None]:
        """Call `end` once, with the refusal, when `token` expires or is revoked; return what is called to forget it.

        Raises what `verify` raises. Needs a running event loop.
        """
        return self._leases.hold(self._verified.get(token) or self._verify(token), end)

    def replace_keys(self, keys: Iterable[PublicKey]) -> None:
        """Take `keys` as the whole set. Those of a kind this version cannot verify with are passed over."""
        published = frozenset(keys)
        if published == self._published:
            return
        gone = {key.kid for key in (self._published or frozenset()) - published}
        self._published = published
        self._keys = _usable(published)
        if gone:
            self._drop(lambda verified: verified.kid in gone)

    def revoke(self, news: News) -> None:
        """Learn what is revoked; forget the tokens that are, and end the streams that live by them."""
        self._feed.take(news)
        if news.revocations:
            revoked = self._feed.revoked
            self._drop(lambda verified: revoked.meets(verified.principal.claims, verified.kid))

    def _drop(self, meant: Callable[[Verified], bool]) -> None:
        self._verified = {token: verified for token, verified in self._verified.items() if not meant(verified)}
        self._leases.revoke(meant)

    def _verify(self, token: str) -> Verified:
        self._check_ready()
        self._verified.pop(token, None)
        try:
            verified = examine(token, self._keys, self._expected, self._now())
            if self._feed.revoked.meets(verified.principal.claims, verified.kid):
                raise refused("TOKEN_REVOKED")
        except MeshError:
            raise
        except Exception as error:
            # Fail closed: whatever goes wrong inside, nobody is let in, and a stranger sees no INTERNAL to play with.
            raise refused("TOKEN_REFUSED", type(error).__name__) from error
        if len(self._verified) >= self._remember:
            del self._verified[next(iter(self._verified))]
        self._verified[token] = verified
        return verified

    def _check_ready(self) -> None:
        if self._published is None:
            message = "this component has not received the keys of the mesh yet"
            raise Unavailable("KEYS_NOT_LOADED", message, refused=True)
        if not self._feed.loaded:
            message = "this component has not heard yet which tokens are revoked"
            raise Unavailable("REVOCATIONS_NOT_LOADED", message, refused=True)
        if not self._feed.fresh:
            message = "this component has not heard for too long which tokens are revoked"
            raise Unavailable("REVOCATIONS_STALE", message, refused=True)


def _usable(published: frozenset[PublicKey]) -> dict[str, VerifyingKey]:
    keys: dict[str, VerifyingKey] = {}
    for public in published:
        try:
            keys[public.kid] = VerifyingKey.of(public)
        except ValueError:
            continue
    return keys


def _key(
    header: Mapping[str, Any],
    keys: Mapping[str, VerifyingKey],
    algorithms: Container[str],
    types: Container[str | None],
) -> VerifyingKey:
    alg, kid, kind = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(alg, str) or alg not in algorithms:
        raise refused("TOKEN_FOREIGN", "its `alg` is not one of ours")
    if "crit" in header or "b64" in header or not isinstance(kind, str | None) or kind not in types:
        raise refused("TOKEN_MALFORMED", "its header has `crit` or `b64`, or another `typ`")
    if not isinstance(kid, str) or len(kid) > _MAX_KID:
        raise refused("TOKEN_MALFORMED", "its `kid` is no name of a key")
    key = keys.get(kid)
    if key is None:
        raise unknown_key()
    if key.alg != alg:
        raise refused("TOKEN_FOREIGN", "its `alg` is not that of the key")
    return key
