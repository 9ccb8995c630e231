from __future__ import annotations

import asyncio
import base64
import json
from dataclasses import dataclass, field

import pytest

from trunkline.identity.signing import SigningKey
from trunkline.identity.verifier import Verifier
from trunkline.storage.sqlite import SqliteStore

NOW = 1_800_000_000.0


class ManualClock:
    """Both clocks, moved by hand; whoever sleeps on it wakes when it has been moved far enough."""

    def __init__(self) -> None:
        self.now = NOW
        self.pauses: asyncio.Queue[float] = asyncio.Queue()
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.now + seconds, future))
        self.pauses.put_nowait(seconds)
        await future

    def advance(self, seconds: float) -> None:
        self.now += seconds
        for at, future in self._sleepers:
            if at <= self.now and not future.done():
                future.set_result(None)
        self._sleepers = [(at, future) for at, future in self._sleepers if not future.done()]


def encode(part: bytes | str | dict) -> str:
    if isinstance(part, dict):
        part = json.dumps(part)
    if isinstance(part, str):
        part = part.encode()
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()


@dataclass
class Forge:
    """Makes tokens, good ones unless told otherwise. A value of None takes the member away."""

    key: SigningKey = field(default_factory=SigningKey.generate)
    stranger: SigningKey = field(default_factory=SigningKey.generate)

    def header(self, **changes: object) -> dict:
        return _changed({"alg": "EdDSA", "kid": self.key.public.kid, "typ": "at+jwt"}, changes)

    def claims(self, **changes: object) -> dict:
        good = {
            "iss": "spiffe://campus",
            "sub": "spiffe://campus/activity",
            "aud": "spiffe://campus/accounts",
            "iat": NOW,
            "exp": NOW + 600,
            "jti": "00ff",
            "scope": "accounts.read accounts.write",
            "roles": ["registrar"],
        }
        return _changed(good, changes)

    def token(self, header: object = None, claims: object = None, *, key: SigningKey | None = None) -> str:
        signed = f"{encode(header or self.header())}.{encode(claims or self.claims())}"
        return f"{signed}.{encode((key or self.key).sign(signed.encode()))}"


def _changed(good: dict, changes: dict) -> dict:
    return {name: value for name, value in {**good, **changes}.items() if value is not None}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="module")
def forge() -> Forge:
    return Forge()


@pytest.fixture
def verifier(clock: ManualClock, forge: Forge) -> Verifier:
    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock)
    verifier.replace_keys([forge.key.public])
    return verifier


@pytest.fixture
async def store(tmp_path, clock: ManualClock):
    async with SqliteStore.open(tmp_path / "store.db", clock=clock) as opened:
        yield opened.bucket("identity")
