"""Tokens of outside issuers, such as an OIDC provider or a Kubernetes cluster: judged by the backbone alone.

A component never takes one from a caller. They are exchanged for tokens of the mesh, which have one callee each and can
be revoked.
"""

from __future__ import annotations

import asyncio
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from trunkline.call import Principal
from trunkline.errors import MeshError
from trunkline.identity.claims import check_meant_for, check_times, is_spiffe, strings, subject_of
from trunkline.identity.fetching import fetch
from trunkline.identity.jwks import read_keys
from trunkline.identity.model import COMPONENT, TOKEN_TYPE, spiffe_id
from trunkline.identity.parse import parse, read_object
from trunkline.identity.refusal import UnknownKeyError, refused
from trunkline.identity.renewal import COOLDOWN, Renewal
from trunkline.identity.verifier import check_signature

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from trunkline.clock import Clock
    from trunkline.config.settings import Issuer
    from trunkline.identity.keys import VerifyingKey

LONGEST = 86_400.0
"""Seconds that a token of an outside issuer may live at most."""

_TYPES = frozenset({None, "JWT", TOKEN_TYPE})


class OutsideIssuers:
    """Judges tokens of `issuers` for the mesh of `trust_domain`.

    Their keys are fetched from where the configuration says, at first use and again when one is unknown: at most once
    in `cooldown` seconds for each issuer. Where that fails, the keys that are there stay.
    """

    def __init__(
        self,
        issuers: Iterable[Issuer],
        *,
        trust_domain: str,
        clock: Clock,
        leeway: float = 10.0,
        cooldown: float = COOLDOWN,
        fetch: Callable[[str], bytes] = fetch,
    ) -> None:
        self._sources = {one.issuer: _Source(one, fetch, clock=clock, cooldown=cooldown) for one in issuers}
        self._trust_domain = trust_domain
        self._leeway = leeway
        self._now = clock.time

    async def judge(self, token: str) -> tuple[Issuer, Principal]:
        """Return who issued `token` and whom it speaks for. Raises Unauthenticated where there is any doubt."""
        try:
            source = self._source(token)
            try:
                return source.issuer, self._judge(token, source)
            except UnknownKeyError:
                renewed = source.renewal.begin()
                if renewed is None:
                    raise
                await asyncio.wait((renewed,))
            return source.issuer, self._judge(token, source)
        except MeshError:
            raise
        except Exception as error:
            raise refused("TOKEN_REFUSED", type(error).__name__) from error

    async def close(self) -> None:
        """Stop what is being fetched."""
        await asyncio.gather(*(source.renewal.close() for source in self._sources.values()))

    def _source(self, token: str) -> _Source:
        # What is not verified yet chooses among the issuers of the configuration, and nothing else.
        named = read_object(parse(token).payload).get("iss")
        source = self._sources.get(named) if isinstance(named, str) else None
        if source is None:
            raise refused("TOKEN_FOREIGN", "no trusted issuer has the name that it says")
        return source

    def _judge(self, token: str, source: _Source) -> Principal:
        parsed, issuer = parse(token), source.issuer
        check_signature(parsed, source.keys, algorithms=issuer.algorithms, types=_TYPES)
        claims = read_object(parsed.payload)
        check_meant_for(claims, issuer.issuer, issuer.audience)
        expires_at = check_times(claims, leeway=self._leeway, now=self._now(), longest=LONGEST)
        return principal_of(claims, issuer, trust_domain=self._trust_domain, expires_at=expires_at)


def principal_of(claims: dict[str, Any], issuer: Issuer, *, trust_domain: str, expires_at: float) -> Principal:
    """Return whom verified `claims` speak for, as `issuer` is configured. Raises Unauthenticated.

    Nobody from outside is a component of the mesh unless `issuer.components` says so, nor has its role. A token that is
    bound to a key is refused, as that key is not asked for here.
    """
    subject = subject_of(claims.get(issuer.subject))
    component = issuer.components.get(subject)
    if component is not None:
        subject = spiffe_id(trust_domain, component)
    elif is_spiffe(subject):
        raise refused("TOKEN_MALFORMED", "the subject looks like a SPIFFE ID")
    scopes, roles = (_words(claims, name) for name in (issuer.scopes, issuer.roles))
    if COMPONENT in roles or "cnf" in claims:
        raise refused("TOKEN_MALFORMED", "it has the role of components, or is bound to a key")
    return Principal(subject, scopes, roles, expires_at, MappingProxyType(claims))


class _Source:
    """One issuer with its keys; none before the first fetch."""

    def __init__(self, issuer: Issuer, fetch: Callable[[str], bytes], *, clock: Clock, cooldown: float) -> None:
        self.issuer = issuer
        self.keys: Mapping[str, VerifyingKey] = {}
        self.renewal = Renewal(self._renew, clock=clock, cooldown=cooldown)
        self._fetch = fetch

    async def _renew(self) -> None:
        text = await asyncio.to_thread(self._fetch, self.issuer.jwks)
        self.keys = read_keys(text, self.issuer.algorithms)


def _words(claims: Mapping[str, Any], name: str) -> frozenset[str]:
    """Return what a claim lists, as text with spaces or as a list; issuers do either."""
    said = claims.get(name, "")
    return frozenset(said.split() if isinstance(said, str) else strings(said))
