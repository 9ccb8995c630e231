from __future__ import annotations

import asyncio
import hashlib

import pytest

from trunkline.errors import ResourceExhausted
from trunkline.identity.hashing import Hashing, new_salt

SALT = bytes(16)


async def test_the_hash_is_scrypt_as_the_standard_computes_it():
    expected = hashlib.scrypt(b"secret", salt=SALT, n=16384, r=8, p=1, dklen=32)
    assert await Hashing().hash("secret", SALT) == expected


async def test_another_salt_gives_another_hash():
    hashing = Hashing()
    assert await hashing.hash("secret", new_salt()) != await hashing.hash("secret", new_salt())


async def test_what_was_right_is_forgotten_once_it_is_right_no_more():
    hashing = Hashing()
    made = await hashing.hash("secret", SALT)
    assert await hashing.matches("secret", SALT, (made,))
    assert not await hashing.matches("secret", SALT, (bytes(32),))
    assert not await hashing.matches("secret", SALT, ())


async def test_the_memory_is_bounded_and_holds_no_secret():
    hashing = Hashing(remember=2)
    for secret in ("one", "two", "three"):
        assert await hashing.matches(secret, SALT, (await hashing.hash(secret, SALT),))
    assert len(hashing._known) == 2
    assert not any(b"three" in label for label in hashing._known)


async def test_those_who_would_wait_too_long_are_refused_with_a_pause():
    hashing = Hashing()
    asked = [asyncio.create_task(hashing.hash("secret", SALT)) for _ in range(70)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    refused = [answer for answer in answers if isinstance(answer, ResourceExhausted)]
    assert len(refused) == 6
    assert {(error.reason, error.retry_after) for error in refused} == {("TOO_MANY_REQUESTS", 1.0)}


async def test_one_who_gives_up_frees_the_place():
    hashing = Hashing()
    task = asyncio.create_task(hashing.hash("secret", SALT))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert hashing._waiting == 0
