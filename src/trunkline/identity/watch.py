"""Keeps a verifier's keys current from the backbone's watch."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from trunkline.identity.following import Following
from trunkline.identity.model import PublicKey

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from trunkline.clock import Clock


class Keys(Protocol):
    """What takes the keys: a `Verifier`."""

    def replace_keys(self, keys: Sequence[PublicKey], /) -> None:
        """Take `keys` as the whole set."""
        ...


class KeyWatch(Following[Sequence[PublicKey]]):
    """Follows the key set. While the backbone is away, the last good set stays."""

    def __init__(
        self,
        watch: Callable[[], AsyncGenerator[Sequence[PublicKey]]],
        keys: Keys,
        *,
        clock: Clock,
        backoff: Callable[[int], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__("key", watch, keys.replace_keys, clock=clock, backoff=backoff, sleep=sleep)
