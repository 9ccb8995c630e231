"""The backbone: the composition root of everything the mesh provides for its components."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

from trunkline.access import document
from trunkline.access.grants import from_settings
from trunkline.clock import SystemClock
from trunkline.discovery import discovered
from trunkline.identity.administration import Administration
from trunkline.identity.credentials import Credentials
from trunkline.identity.desk import Desk
from trunkline.identity.families import Families
from trunkline.identity.feed import Feed, News
from trunkline.identity.grants import Grants
from trunkline.identity.hashing import Hashing
from trunkline.identity.issuer import Issuer
from trunkline.identity.judging import Judge
from trunkline.identity.keeper import PREFIX, Keeper
from trunkline.identity.listeners import Listeners
from trunkline.identity.master import master_key_of, read_master_key
from trunkline.identity.model import MAX_LIFETIME
from trunkline.identity.outside import OutsideIssuers
from trunkline.identity.pace import Pace
from trunkline.identity.proofs import Proofs
from trunkline.identity.published import Published
from trunkline.identity.register import Register
from trunkline.identity.revocations import Revocations
from trunkline.identity.ring import Terms
from trunkline.identity.service import Identity
from trunkline.identity.vault import Vault
from trunkline.identity.withdrawal import Withdrawal
from trunkline.membership import Stranger, verifier_of
from trunkline.mesh import Mesh
from trunkline.storage.sqlite import SqliteStore

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from trunkline.audit.model import Audit
    from trunkline.clock import Clock
    from trunkline.config import Settings
    from trunkline.identity.model import PublicKey
    from trunkline.identity.proofs import Outside
    from trunkline.identity.signing import SigningKey
    from trunkline.identity.verifier import Verifier
    from trunkline.storage.ports import KeyValue

STORE = "backbone.db"
_LEEWAY = 60.0  # seconds that no verifier goes beyond


async def serve_backbone(settings: Settings) -> None:
    """Serve the backbone until it is told to stop.

    Raises FailedPrecondition where the master key, the store, the audit log or a secret cannot be used, OSError where
    the port is taken.
    """
    clock = SystemClock()
    verifier = own_verifier(settings, clock)
    async with (
        SqliteStore.open(settings.data_dir / STORE, clock=clock) as store,
        _trusted(settings, clock) as outside,
        Mesh.open(settings, membership=lambda own: Stranger(own, clock, verifier)) as mesh,
    ):
        backbone = Backbone(
            settings,
            store.bucket("identity"),
            verifier=verifier,
            audit=mesh.audit,
            clock=clock,
            outside=outside.judge,
        )
        await backbone.load()
        async with backbone.keeping(), discovered(settings, lambda: backbone.keeper.ring.published):
            await mesh.serve(*backbone.services(mesh.stop.asked))


class Backbone:
    """What identity is made of on the backbone, over one bucket of a store.

    It keeps `verifier`, the backbone's own, current. `outside` judges tokens of outside issuers. Call `load` first.
    """

    def __init__(
        self,
        settings: Settings,
        store: KeyValue,
        *,
        verifier: Verifier,
        audit: Audit,
        clock: Clock,
        outside: Outside | None = None,
    ) -> None:
        domain, identity = settings.trust_domain, settings.identity
        self._settings, self._store, self._audit, self._clock = settings, store, audit, clock
        self.verifier = verifier
        self.published = Published(())
        self.revocations = Revocations(
            store, clock=clock, changed=lambda one: self.verifier.revoke(News(revocations=(one,)))
        )
        self.listeners = Listeners(store, clock=clock)
        self.credentials = Credentials(store, Hashing(), clock=clock)
        self.register = Register(store, clock=clock)
        self._families = Families(store, clock=clock)
        self._grants = Grants()
        self._proofs = Proofs(self.credentials, trust_domain=domain, outside=outside)
        self._judge = Judge(
            self.revocations,
            issuer=settings.issuer,
            trust_domain=domain,
            clock=clock,
            leeway=identity.leeway,
            outside=outside,
        )
        self._keeper: Keeper | None = None
        self._issuer: Issuer | None = None

    @property
    def keeper(self) -> Keeper:
        """What keeps the signing keys."""
        assert self._keeper is not None, "load() comes first"
        return self._keeper

    async def load(self) -> None:
        """Take up what is stored and what has changed on disk: grants, revocations, keys, secrets."""
        settings, identity = self._settings, self._settings.identity
        self._grants = await document.load(from_settings(settings), self._store, audit=self._audit)
        await self.revocations.load()
        await self.listeners.load()
        self.verifier.revoke(News(revocations=self.revocations.all, complete=True))
        begun = bool((await self._store.snapshot(PREFIX)).entries)
        self._keeper = Keeper(
            self._store,
            await asyncio.to_thread(_vault, settings, begun=begun),
            algorithm=identity.algorithm,
            clock=self._clock,
            audit=self._audit,
            changed=self._keys_changed,
        )
        rotation = identity.rotation
        await self._keeper.load(Terms(rotation.every, rotation.cache_life, linger=MAX_LIFETIME + _LEEWAY))
        folder = settings.secrets_dir or settings.data_dir / "secrets"
        for name in await self.credentials.enrol(folder, self._grants.components):
            logger.warning("%s has no bootstrap secret in %s and can get no token by one", name, folder)

    @asynccontextmanager
    async def keeping(self) -> AsyncIterator[None]:
        """Change the signing keys when it is time, until the end of the block."""
        task = asyncio.create_task(self.keeper.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def services(self, draining: asyncio.Event) -> tuple[Identity, Administration]:
        """Return the servicers; their watches end when `draining` is set."""
        service = Identity(
            self._desk(),
            self._proofs,
            published=self.published,
            revocations=self.revocations,
            listeners=self.listeners,
            audit=self._audit,
            pace=Pace(self._settings.identity.requests, clock=self._clock),
            draining=draining,
        )
        administration = Administration(
            withdrawal=self._withdrawal(),
            revocations=self.revocations,
            listeners=self.listeners,
            register=self.register,
            keeper=self.keeper,
            credentials=self.credentials,
            grants=self._grants,
            judge=self._judge,
            audit=self._audit,
        )
        return service, administration

    def _desk(self) -> Desk:
        assert self._issuer is not None, "load() comes first"
        return Desk(
            grants=self._grants,
            issuer=self._issuer,
            register=self.register,
            families=self._families,
            revocations=self.revocations,
            judge=self._judge,
            audit=self._audit,
            trust_domain=self._settings.trust_domain,
            bind=self._settings.tls.bind_tokens,
        )

    def _withdrawal(self) -> Withdrawal:
        return Withdrawal(
            self._store,
            revocations=self.revocations,
            register=self.register,
            families=self._families,
            keeper=self.keeper,
            grants=self._grants,
            trust_domain=self._settings.trust_domain,
        )

    def _keys_changed(self, key: SigningKey, published: Sequence[PublicKey]) -> None:
        if self._issuer is None:
            self._issuer = Issuer(
                key,
                name=self._settings.issuer,
                trust_domain=self._settings.trust_domain,
                clock=self._clock,
                lifetime=self._settings.identity.lifetime,
            )
        self._issuer.sign_with(key)
        self.verifier.replace_keys(published)
        self._judge.replace_keys(published)
        self.published.replace(published)


def own_verifier(settings: Settings, clock: Clock) -> Verifier:
    """Return what judges the callers of the backbone; a `Backbone` tells it of keys and revocations."""
    return verifier_of(settings, clock, Feed(clock=clock, stale_after=inf))


@asynccontextmanager
async def _trusted(settings: Settings, clock: Clock) -> AsyncIterator[OutsideIssuers]:
    outside = OutsideIssuers(
        settings.identity.issuers,
        trust_domain=settings.trust_domain,
        clock=clock,
        leeway=settings.identity.leeway,
    )
    try:
        yield outside
    finally:
        await outside.close()


def _vault(settings: Settings, *, begun: bool) -> Vault:
    """Return what opens the signing keys. A master key is made where there is none and nothing was encrypted yet."""
    identity = settings.identity
    if identity.master_key:
        return Vault(master_key_of(identity.master_key), where="identity.master_key")
    path = identity.master_key_file or settings.data_dir / "master.key"
    made = identity.master_key_file is None and not begun
    return Vault(read_master_key(path, make=made), where=str(path))
