"""Verifies tokens without asking anybody: a pure decision, and a bounded memory of those that passed.

The order of checks is that of the attack list: size, form, header, key, signature, then the claims. Nothing in a token
makes us fetch anything, and what is not understood is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import MeshError, Unavailable
from trunkline.identity.claims import Expected, judge
from trunkline.identity.keys import ALGORITHMS, VerifyingKey
from trunkline.identity.model import TOKEN_TYPE, spiffe_id
from trunkline.identity.parse import parse, read_object
from trunkline.identity.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from trunkline.call import Principal
    from trunkline.clock import Clock
    from trunkline.identity.model import PublicKey

_MAX_KID = 128


def verify(token: str, keys: Mapping[str, VerifyingKey], expected: Expected, now: float) -> Principal:
    """Return whom `token` speaks for. Raises Unauthenticated where there is any doubt."""
    parsed = parse(token)
    key = _key(parsed.header, keys)
    if not key.signed(parsed.signed, parsed.signature):
        raise refused("TOKEN_FOREIGN")
    return judge(read_object(parsed.payload), expected, now)


class Verifier:
    """Verifies the tokens that reach the component `audience` of `trust_domain`, issued by `issuer`.

    It knows no key until `replace_keys` was called and refuses everybody until then. It remembers at most `remember`
    verified tokens, oldest out first. Not for use from several threads.
    """

    def __init__(
        self, *, issuer: str, trust_domain: str, audience: str, clock: Clock, leeway: float = 10.0, remember: int = 2048
    ) -> None:
        self._expected = Expected(issuer, spiffe_id(trust_domain, audience), leeway)
        self._leeway = leeway
        self._now = clock.time
        self._remember = remember
        self._published: frozenset[PublicKey] | None = None
        self._keys: dict[str, VerifyingKey] = {}
        self._verified: dict[str, Principal] = {}

    @property
    def loaded(self) -> bool:
        """Whether the first key set has come."""
        return self._published is not None

    def verify(self, token: str) -> Principal:
        """Return whom `token` speaks for.

        Raises Unauthenticated, with a reason that begins with `TOKEN_`, and Unavailable (`KEYS_NOT_LOADED`) as long as
        no key set has come.
        """
        principal = self._verified.get(token)
        if principal is not None and self._now() < principal.expires_at + self._leeway:
            return principal
        return self._verify(token)

    def replace_keys(self, keys: Iterable[PublicKey]) -> None:
        """Take `keys` as the whole set. Those of a kind this version cannot verify with are passed over."""
        published = frozenset(keys)
        if published == self._published:
            return
        self._published = published
        self._keys = _usable(published)
        # A token may have been signed by a key that is gone.
        self._verified.clear()

    def _verify(self, token: str) -> Principal:
        if self._published is None:
            message = "this component has not received the keys of the mesh yet"
            raise Unavailable("KEYS_NOT_LOADED", message, refused=True)
        self._verified.pop(token, None)
        try:
            principal = verify(token, self._keys, self._expected, self._now())
        except MeshError:
            raise
        except Exception as error:
            # Fail closed: whatever goes wrong inside, nobody is let in, and a stranger sees no INTERNAL to play with.
            raise refused("TOKEN_REFUSED") from error
        if len(self._verified) >= self._remember:
            del self._verified[next(iter(self._verified))]
        self._verified[token] = principal
        return principal


def _usable(published: frozenset[PublicKey]) -> dict[str, VerifyingKey]:
    keys: dict[str, VerifyingKey] = {}
    for public in published:
        try:
            keys[public.kid] = VerifyingKey.of(public)
        except ValueError:
            continue
    return keys


def _key(header: Mapping[str, Any], keys: Mapping[str, VerifyingKey]) -> VerifyingKey:
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        raise refused("TOKEN_FOREIGN")
    if "crit" in header or "b64" in header or header.get("typ") != TOKEN_TYPE:
        raise refused("TOKEN_MALFORMED")
    if not isinstance(kid, str) or len(kid) > _MAX_KID:
        raise refused("TOKEN_MALFORMED")
    key = keys.get(kid)
    if key is None or key.alg != alg:
        raise refused("TOKEN_FOREIGN")
    return key
