"""The grants as they are kept in the store: what the backbone goes by, and what changed when the access file did."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trunkline.audit.model import Event
from trunkline.config import BACKBONE
from trunkline.errors import DataLoss
from trunkline.identity.grants import Grants
from trunkline.identity.model import Grant
from trunkline.storage.ports import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.audit.model import Audit
    from trunkline.storage.ports import KeyValue

KEY = "access/document"
"""Where the document stands in the bucket of identity."""


async def load(grants: Grants, kv: KeyValue, *, audit: Audit | None = None) -> Grants:
    """Bring the store to `grants` and return what stands there. Nothing is written where nothing has changed.

    A change is audited, each single thing that is granted or no longer granted, before it is committed: the store never
    holds a grant that the audit log does not know. Raises as `KeyValue` and `Audit` do, and DataLoss where what was
    stored cannot be read.
    """
    entry = (await kv.get(KEY)).entry
    before = decode(entry.value) if entry is not None else Grants()
    if entry is not None and before == grants:
        return before
    if audit is not None:
        await audit.write(_event(before, grants))
    await kv.put(KEY, encode(grants), expect=entry.revision if entry is not None else ABSENT)
    return grants


def encode(grants: Grants) -> bytes:
    """Return the document for `grants`, the same bytes for the same grants."""
    document = {"components": _plain(grants.components), "users": _plain(grants.users)}
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def decode(document: bytes) -> Grants:
    """Return the grants of a document. Raises DataLoss where it is none."""
    try:
        held = json.loads(document)
        return Grants(_read(held["components"]), _read(held["users"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise DataLoss("ACCESS_UNREADABLE", f"what the store holds under {KEY} is no access document") from None


def _plain(held: Mapping[str, Grant]) -> dict[str, dict[str, list[str]]]:
    return {name: {"scopes": sorted(one.scopes), "roles": sorted(one.roles)} for name, one in held.items()}


def _read(held: Mapping[str, Any]) -> dict[str, Grant]:
    return {name: Grant(frozenset(one["scopes"]), frozenset(one["roles"])) for name, one in held.items()}


def _event(before: Grants, after: Grants) -> Event:
    gained, lost = sorted(after.facts() - before.facts()), sorted(before.facts() - after.facts())
    said = {"gained": "; ".join(gained), "lost": "; ".join(lost)}
    details = {name: text for name, text in said.items() if text}
    return Event("access.change", "granted", who=BACKBONE, what=KEY, details=details)
