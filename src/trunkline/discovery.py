"""The backbone's key set over HTTP, so that any JWT library can verify tokens of this mesh."""

from __future__ import annotations

import json
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from trunkline.identity.openid import CONFIGURATION_PATH, JWKS_PATH, jwks, openid_configuration
from trunkline.web import Document, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from trunkline.config import Settings
    from trunkline.identity.model import PublicKey

KEY_SET = "application/jwk-set+json"
JSON = "application/json"

logger = logging.getLogger(__name__)


@asynccontextmanager
async def discovered(settings: Settings, keys: Callable[[], Iterable[PublicKey]]) -> AsyncIterator[None]:
    """Serve what `keys` returns then at `settings.identity.http` for as long as the block lasts; unset, do nothing.

    Whoever fetches it may keep it for one cache life, after which the next key may sign. Raises OSError where the port
    is taken.
    """
    listen = settings.identity.http
    if listen is None:
        yield
        return
    max_age = int(settings.identity.rotation.cache_life)
    documents = {JWKS_PATH: lambda: Document(_text(jwks(keys())), KEY_SET, max_age)}
    async with serving(documents, listen, what="the key set") as address:
        configuration = Document(_text(openid_configuration(settings.issuer, address)), JSON, max_age)
        documents[CONFIGURATION_PATH] = lambda: configuration
        logger.info("key set at http://%s%s", address, JWKS_PATH)
        yield


def _text(document: object) -> str:
    return json.dumps(document, indent=2) + "\n"
