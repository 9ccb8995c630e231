from __future__ import annotations

import asyncio
import json
import logging
import re
import socket
from contextlib import asynccontextmanager

import jwt
import pytest
from wire import asked

from trunkline.clock import SystemClock
from trunkline.config import Settings
from trunkline.discovery import discovered
from trunkline.identity.issuer import Issuer
from trunkline.identity.model import Grant
from trunkline.identity.signing import SigningKey

JWKS = b"GET /.well-known/jwks.json HTTP/1.1\r\n\r\n"
CONFIGURATION = b"GET /.well-known/openid-configuration HTTP/1.1\r\n\r\n"


def settings(**identity) -> Settings:
    return Settings(component="backbone", mesh="campus", identity={"http": "127.0.0.1:0", **identity})


@asynccontextmanager
async def serving(keys, caplog, **identity):
    caplog.set_level(logging.INFO, "trunkline.discovery")
    async with discovered(settings(**identity), lambda: keys):
        yield re.search(r"key set at http://([\d.:]+)/", caplog.text)[1]


@pytest.mark.parametrize("algorithm", ["EdDSA", "ES256"])
async def test_another_library_finds_the_key_of_a_token_and_verifies_it(caplog, algorithm):
    key = SigningKey.generate(algorithm)
    issuer = Issuer(key, name="spiffe://campus", trust_domain="campus", clock=SystemClock())
    token = issuer.issue("ada", "accounts", Grant(scopes=frozenset(["accounts.read"]))).text
    async with serving([SigningKey.generate().public, key.public], caplog) as address:
        client = jwt.PyJWKClient(f"http://{address}/.well-known/jwks.json")
        found = await asyncio.to_thread(client.get_signing_key_from_jwt, token)
    claims = jwt.decode(
        token, found, algorithms=[algorithm], audience="spiffe://campus/accounts", issuer="spiffe://campus"
    )
    assert (claims["sub"], claims["scope"]) == ("spiffe://campus/ada", "accounts.read")


async def test_a_set_that_changes_is_served_as_it_is_now_under_another_tag(caplog):
    keys = [SigningKey.generate().public]
    async with serving(keys, caplog) as address:
        _, before, _ = await asked(address, JWKS)
        keys.append(SigningKey.generate().public)
        _, after, body = await asked(address, JWKS)
    assert [key["kid"] for key in json.loads(body)["keys"]] == [key.kid for key in keys]
    assert before["ETag"] != after["ETag"]


async def test_the_set_may_be_kept_for_one_cache_life(caplog):
    async with serving([], caplog, rotation={"cache_life": 120}) as address:
        _, headers, _ = await asked(address, JWKS)
    assert headers["Content-Type"] == "application/jwk-set+json"
    assert headers["Cache-Control"] == "public, max-age=120"


async def test_the_configuration_leads_to_the_set_whatever_host_was_asked_for(caplog):
    async with serving([], caplog) as address:
        _, headers, body = await asked(address, CONFIGURATION.replace(b"1.1\r\n", b"1.1\r\nHost: evil.example\r\n"))
    assert headers["Content-Type"] == "application/json"
    assert json.loads(body)["jwks_uri"] == f"http://{address}/.well-known/jwks.json"


async def test_an_https_issuer_is_where_the_world_finds_the_set(caplog):
    async with serving([], caplog, issuer="https://id.example") as address:
        _, _, body = await asked(address, CONFIGURATION)
    assert json.loads(body)["jwks_uri"] == "https://id.example/.well-known/jwks.json"


async def test_without_an_address_nothing_is_served(caplog):
    caplog.set_level(logging.INFO, "trunkline.discovery")
    async with discovered(settings(http=None), list):
        assert caplog.text == ""


async def test_a_taken_port_ends_the_backbone_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(OSError, match=f"^the key set cannot be served on {address}: "):
            async with discovered(settings(http=address), list):
                pass
