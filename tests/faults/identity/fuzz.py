"""A hundred thousand broken tokens: each is refused as a token, and none takes long."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from random import Random
from typing import TYPE_CHECKING

from faults.identity.figure import Figure

from trunkline import SystemClock
from trunkline.errors import Unauthenticated
from trunkline.identity.issuer import Issuer
from trunkline.identity.model import Grant
from trunkline.identity.signing import SigningKey
from trunkline.identity.verifier import Verifier

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TOKENS = 100_000
SEED = 7519
BOUND_MS = 5.0
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


def flip(token: str, random: Random) -> str:
    """Change one character."""
    place = random.randrange(len(token))
    return token[:place] + random.choice(ALPHABET) + token[place + 1 :]


def cut(token: str, random: Random) -> str:
    """Take a stretch away."""
    begin, end = sorted(random.randrange(len(token) + 1) for _ in range(2))
    return token[:begin] + token[end:]


def double(token: str, random: Random) -> str:
    """Repeat a stretch."""
    begin, end = sorted(random.randrange(len(token) + 1) for _ in range(2))
    return token[:end] + token[begin:end] + token[end:]


def noise(token: str, random: Random) -> str:
    """Put any characters at any place."""
    place = random.randrange(len(token))
    strange = "".join(chr(random.choice((0, 10, 32, 255, 0x1F600, random.randrange(0xD7FF)))) for _ in range(8))
    return token[:place] + strange + token[place:]


def shuffle(token: str, random: Random) -> str:
    """Put its segments in another order."""
    segments = token.split(".")
    random.shuffle(segments)
    return ".".join(segments[: random.randrange(5)])


MUTATIONS: tuple[Callable[[str, Random], str], ...] = (flip, cut, double, noise, shuffle)


async def fuzz(folder: Path) -> list[Figure]:
    """Verify mutated tokens in this process."""
    return await asyncio.to_thread(_fuzz)


def _fuzz() -> list[Figure]:
    clock, random = SystemClock(), Random(SEED)
    good, verifier = _pair(clock)
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(TOKENS):
        token = good
        while token == good:
            token = random.choice(MUTATIONS)(token, random)
        began = time.thread_time()
        outcome = _outcome(verifier, token)
        slowest = max(slowest, (time.thread_time() - began) * 1000)
        outcomes[outcome] += 1
    strange = sum(count for outcome, count in outcomes.items() if outcome != "refused")
    return [
        Figure(
            "fuzz",
            f"of {TOKENS:,} broken tokens not refused as tokens",
            "0",
            f"{strange}",
            not strange,
            str(dict(outcomes)),
        ),
        Figure("fuzz", "slowest of them, CPU", f"<= {BOUND_MS:g} ms", f"{slowest:.2f} ms", slowest <= BOUND_MS),
    ]


def _pair(clock: SystemClock) -> tuple[str, Verifier]:
    key = SigningKey.generate()
    issuer = Issuer(key, name="spiffe://faults", trust_domain="faults", clock=clock, lifetime=3600)
    verifier = Verifier(issuer="spiffe://faults", trust_domain="faults", audience="echo", clock=clock)
    verifier.replace_keys([key.public])
    good = issuer.issue("caller", "echo", Grant(scopes=frozenset({"echo.use"}))).text
    verifier.verify(good)
    return good, verifier


def _outcome(verifier: Verifier, token: str) -> str:
    try:
        verifier.verify(token)
    except Unauthenticated:
        return "refused"
    except Exception as error:  # noqa: BLE001 - finding any other is what this is for
        return type(error).__name__
    return "let in"
