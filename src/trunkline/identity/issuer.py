"""Issues tokens: claims, a key, the time and some randomness make a signed JWT."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import jwt

from trunkline.identity.model import COMPONENT, MAX_LIFETIME, TOKEN_TYPE, Issued, spiffe_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from trunkline.clock import Clock
    from trunkline.identity.model import Grant
    from trunkline.identity.signing import SigningKey

DEFAULT_LIFETIME = 600


class Issuer:
    """Signs access tokens in the name of `name` for the components of `trust_domain`.

    `lifetime` in whole seconds; `entropy(n)` gives n bytes.
    """

    def __init__(
        self,
        key: SigningKey,
        *,
        name: str,
        trust_domain: str,
        clock: Clock,
        lifetime: int = DEFAULT_LIFETIME,
        entropy: Callable[[int], bytes] = secrets.token_bytes,
    ) -> None:
        if not 0 < lifetime <= MAX_LIFETIME:
            raise ValueError(f"a token lives for 1 to {MAX_LIFETIME:.0f} seconds, not {lifetime}")
        self._key = key
        self._name = name
        self._domain = trust_domain
        self._clock = clock
        self._lifetime = lifetime
        self._entropy = entropy

    def issue(self, component: str, audience: str, grant: Grant) -> Issued:
        """Return a token by which `component` calls `audience` with what `grant` allows."""
        now = int(self._clock.time())
        claims = {
            "iss": self._name,
            "sub": spiffe_id(self._domain, component),
            "aud": spiffe_id(self._domain, audience),
            "iat": now,
            "exp": now + self._lifetime,
            "jti": self._entropy(16).hex(),
            "scope": " ".join(sorted(grant.scopes)),
            "roles": sorted({COMPONENT, *grant.roles}),
        }
        public = self._key.public
        headers = {"kid": public.kid, "typ": TOKEN_TYPE}
        text = jwt.encode(claims, self._key.private, algorithm=public.alg, headers=headers)
        return Issued(text, self._lifetime, now + self._lifetime, str(claims["jti"]), grant.scopes)
