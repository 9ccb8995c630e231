"""What any JWT library needs to verify our tokens: the key set (RFC 7517), and where it is (OpenID Discovery)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.identity.keys import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.identity.model import PublicKey

JWKS_PATH = "/.well-known/jwks.json"
CONFIGURATION_PATH = "/.well-known/openid-configuration"
CLAIMS = ("iss", "sub", "aud", "iat", "exp", "jti", "scope", "roles", "act", "cnf")


def jwks(keys: Iterable[PublicKey]) -> dict[str, list[dict[str, str]]]:
    """Return `keys` as a JSON Web Key Set, in their order. Members are those of RFC 7518 and, for `OKP`, RFC 8037."""
    return {"keys": [_jwk(key) for key in keys]}


def openid_configuration(issuer: str, address: str) -> dict[str, object]:
    """Return the metadata of `issuer`, whose key set is also served as plain HTTP at `address`.

    An issuer that is an https URL is where the set is found by the rest of the world. There is no endpoint for
    authorization or tokens: tokens are had by gRPC alone, so no response type yields any.
    """
    base = issuer.rstrip("/") if issuer.startswith("https://") else f"http://{address}"
    return {
        "issuer": issuer,
        "jwks_uri": f"{base}{JWKS_PATH}",
        "response_types_supported": ["none"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": sorted(ALGORITHMS),
        "claims_supported": list(CLAIMS),
    }


def _jwk(key: PublicKey) -> dict[str, str]:
    members = {"kty": key.kty, "use": "sig", "alg": key.alg, "kid": key.kid, "crv": key.crv, "x": key.x}
    return members | ({"y": key.y} if key.y else {})
