"""A bearer token on each call, and PyJWT that verifies it on each call with an EdDSA key object."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import grpc
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from pathlib import Path

ISSUER = "bench"
AUDIENCE = "accounts"
LIFETIME_S = 3600


def write_keys(folder: Path) -> None:
    """Make a key pair and leave both halves in `folder`."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    (folder / "private.pem").write_bytes(private)
    (folder / "public.pem").write_bytes(public)


def public_key(folder: Path) -> Ed25519PublicKey:
    """Read the half that verifies."""
    key = serialization.load_pem_public_key((folder / "public.pem").read_bytes())
    assert isinstance(key, Ed25519PublicKey)
    return key


def token(folder: Path) -> str:
    """Sign a token with the private half, valid for an hour."""
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "caller",
        "iat": now,
        "exp": now + LIFETIME_S,
        "scope": "accounts.read",
    }
    return jwt.encode(claims, (folder / "private.pem").read_bytes(), algorithm="EdDSA")


class Verifier(grpc.aio.ServerInterceptor):
    """Refuses a call whose bearer token does not verify, before its handler."""

    def __init__(self, key: Ed25519PublicKey) -> None:
        self._key = key
        self._refusal = grpc.unary_unary_rpc_method_handler(_refuse)

    async def intercept_service(self, continuation, handler_call_details):
        metadata = dict(handler_call_details.invocation_metadata)
        scheme, _, credential = metadata.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return self._refusal
        try:
            claims = jwt.decode(
                credential,
                self._key,
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub"]},
            )
        except jwt.InvalidTokenError:
            return self._refusal
        if "accounts.read" not in claims["scope"].split():
            return self._refusal
        return await continuation(handler_call_details)


async def _refuse(request, context):
    await context.abort(grpc.StatusCode.UNAUTHENTICATED, "no valid token")


class Bearer(grpc.aio.UnaryUnaryClientInterceptor):
    """Adds the token to the metadata of each call."""

    def __init__(self, credential: str) -> None:
        self._authorization = f"Bearer {credential}"

    async def intercept_unary_unary(self, continuation, client_call_details, request):
        metadata = grpc.aio.Metadata(*(client_call_details.metadata or ()))
        metadata.add("authorization", self._authorization)
        return await continuation(client_call_details._replace(metadata=metadata), request)
