"""The backbone: the composition root of everything the mesh provides for its components."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.audit.log import AuditLog
from trunkline.clock import SystemClock
from trunkline.identity.administration import Administration
from trunkline.identity.credentials import Credentials
from trunkline.identity.desk import Desk
from trunkline.identity.families import Families
from trunkline.identity.grants import Grants
from trunkline.identity.hashing import Hashing
from trunkline.identity.issuer import Issuer
from trunkline.identity.judging import Judge
from trunkline.identity.keeper import PREFIX, Keeper
from trunkline.identity.master import master_key_of, read_master_key
from trunkline.identity.model import MAX_LIFETIME, Grant
from trunkline.identity.pace import Pace
from trunkline.identity.proofs import Proofs
from trunkline.identity.published import Published
from trunkline.identity.register import Register
from trunkline.identity.revocations import Revocations
from trunkline.identity.ring import Terms
from trunkline.identity.service import Identity
from trunkline.identity.vault import Vault
from trunkline.identity.withdrawal import Withdrawal
from trunkline.membership import Stranger
from trunkline.mesh import Mesh
from trunkline.storage.sqlite import SqliteStore

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from trunkline.audit.model import Audit
    from trunkline.clock import Clock
    from trunkline.config import Settings
    from trunkline.config.settings import Grant as Held
    from trunkline.identity.model import PublicKey
    from trunkline.identity.proofs import Outside
    from trunkline.identity.signing import SigningKey
    from trunkline.storage.ports import KeyValue
