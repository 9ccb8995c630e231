"""Reads the key set of an outside issuer (RFC 7517): what is not plainly a public key to verify with is passed over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from trunkline.identity.keys import VerifyingKey
from trunkline.identity.model import PublicKey

if TYPE_CHECKING:
    from collections.abc import Container

MAX_BYTES = 256 * 1024
_MAX_KEYS = 64
_PRIVATE = frozenset({"d", "k", "p", "q"})


def read_keys(text: bytes, algorithms: Container[str]) -> dict[str, VerifyingKey]:
    """Return the keys by `kid` that verify one of `algorithms`.

    Of two keys with one name neither is taken, as a token could not say which it means. Raises ValueError where `text`
    is no key set, or one of more than 64 keys.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    published = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(published, list) or len(published) > _MAX_KEYS:
        raise ValueError(f"no JSON Web Key Set of at most {_MAX_KEYS} keys")
    found = [key for one in published if isinstance(one, dict) and (key := _key(one)) and key.alg in algorithms]
    names = [key.kid for key in found]
    return {key.kid: key for key in found if names.count(key.kid) == 1}


def _key(members: dict[str, Any]) -> VerifyingKey | None:
    if not _verifies(members):
        return None
    text = {name: value for name, value in members.items() if isinstance(value, str)}
    kid, kty, crv = text.get("kid", ""), text.get("kty", ""), text.get("crv", "")
    try:
        if kty == "RSA":
            key = VerifyingKey.rsa(kid, text.get("n", ""), text.get("e", ""))
        else:
            alg = "EdDSA" if kty == "OKP" else "ES256"
            key = VerifyingKey.of(PublicKey(kid, kty, crv, alg, text.get("x", ""), text.get("y", "")))
    except ValueError:
        return None
    return key if members.get("alg", key.alg) == key.alg else None


def _verifies(members: dict[str, Any]) -> bool:
    operations = members.get("key_ops", ["verify"])
    verifies = isinstance(operations, list) and "verify" in operations
    return verifies and members.get("use", "sig") == "sig" and _PRIVATE.isdisjoint(members)
