from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trunkline.errors import Unauthenticated

NOW = 1_800_000_000.0
LEEWAY = 10.0


def encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def swap(token: str, index: int, segment: str) -> str:
    parts = token.split(".")
    parts[index] = segment
    return ".".join(parts)


def hs256(forge, secret: bytes) -> str:
    signed = f"{encode(json.dumps(forge.header(alg='HS256')).encode())}.{encode(json.dumps(forge.claims()).encode())}"
    return f"{signed}.{encode(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def public_spellings(forge) -> list[bytes]:
    public = forge.key.private.public_key()
    kinds = [
        (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        (Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        (Encoding.OpenSSH, PublicFormat.OpenSSH),
        (Encoding.Raw, PublicFormat.Raw),
    ]
    members = {"kty": "OKP", "crv": "Ed25519", "x": forge.key.public.x}
    return [public.public_bytes(*kind) for kind in kinds] + [json.dumps(members).encode(), b""]


def duplicated(members: dict, name: str, value: object) -> str:
    return json.dumps(members)[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}"


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


FORM = {
    "empty": lambda f: "",
    "two segments": lambda f: f.token().rsplit(".", 1)[0],
    "four segments": lambda f: f.token() + ".AA",
    "a JWE's five segments": lambda f: "AA.AA.AA.AA.AA",
    "a million dots": lambda f: "." * 1_000_000,
    "dots within the size": lambda f: "." * 8000,
    "8 KiB and one character": lambda f: f.token(claims=f.claims(pad="x" * 8000)),
    "a huge segment": lambda f: swap(f.token(), 0, "A" * 1_000_000),
    "no signature": lambda f: swap(f.token(), 2, ""),
    "padding": lambda f: f.token() + "==",
    "padding inside": lambda f: swap(f.token(), 0, f.token().split(".")[0] + "="),
    "standard base64": lambda f: swap(f.token(), 2, "+/" * 43),
    "white space before": lambda f: " " + f.token(),
    "a line end behind": lambda f: f.token() + "\n",
    "a NUL inside": lambda f: f.token()[:20] + "\0" + f.token()[21:],
    "letters beyond ASCII": lambda f: "é" + f.token()[1:],
    "digits beyond ASCII": lambda f: "٣" + f.token()[1:],
    "a lone surrogate": lambda f: "\ud800" + f.token()[1:],
    "an impossible length": lambda f: swap(f.token(), 2, "A" * 85),
    "a header that is a list": lambda f: f.token("[]"),
    "a header that is a string": lambda f: f.token('"EdDSA"'),
    "a header that is no JSON": lambda f: f.token("{alg: EdDSA}"),
    "a header in UTF-16": lambda f: f.token(json.dumps(f.header()).encode("utf-16")),
    "a header with a BOM": lambda f: f.token(b"\xef\xbb\xbf" + json.dumps(f.header()).encode()),
    "a header that is not UTF-8": lambda f: f.token(b'{"alg":"EdDSA\xff"}'),
    "a header with alg twice": lambda f: f.token(duplicated(f.header(), "alg", "EdDSA")),
    "a header with kid twice": lambda f: f.token(duplicated(f.header(), "kid", f.key.public.kid)),
    "a header with NaN": lambda f: f.token(f.header(x=float("nan"))),
    "a deep header": lambda f: f.token(nested(1000)),
    "a header of brackets": lambda f: f.token("[" * 6000),
    "a number of 5,000 digits": lambda f: f.token('{"alg":' + "9" * 5000 + "}"),
    "crit of an unknown name": lambda f: f.token(f.header(crit=["exp"])),
    "an empty crit": lambda f: f.token(f.header(crit=[])),
    "b64 false": lambda f: f.token(f.header(b64=False)),
    "b64 false, crit": lambda f: f.token(f.header(b64=False, crit=["b64"])),
    "b64 true": lambda f: f.token(f.header(b64=True)),
    "no typ": lambda f: f.token(f.header(typ=None)),
    "another kind of token": lambda f: f.token(f.header(typ="rt+jwt")),
    "typ JWT": lambda f: f.token(f.header(typ="JWT")),
    "typ a list": lambda f: f.token(f.header(typ=["at+jwt"])),
    "no kid": lambda f: f.token(f.header(kid=None)),
    "kid a number": lambda f: f.token(f.header(kid=1)),
    "kid a list": lambda f: f.token(f.header(kid=[f.key.public.kid])),
    "kid of 129 characters": lambda f: f.token(f.header(kid="k" * 129)),
}

SIGNER = {
    **{
        f"alg {alg!r}": lambda f, alg=alg: f.token(f.header(alg=alg))
        for alg in ("none", "None", "NONE", "nOnE", "noNe", "none ", "", "eddsa", "EDDSA", "Ed25519", "ES256", "RS256")
    },
    "no alg": lambda f: f.token(f.header(alg=None)),
    "alg a list": lambda f: f.token(f.header(alg=["EdDSA"])),
    "alg an object": lambda f: f.token(f.header(alg={"EdDSA": 1})),
    "alg a number": lambda f: f.token(f.header(alg=0)),
    "alg true": lambda f: f.token(f.header(alg=True)),
    **{f"HS256 with the public key {n}": lambda f, n=n: hs256(f, public_spellings(f)[n]) for n in range(6)},
    "the kid of another key": lambda f: f.token(f.header(kid=f.stranger.public.kid), key=f.stranger),
    "a kid in other case": lambda f: f.token(f.header(kid=f.key.public.kid.swapcase())),
    "a prefix of the kid": lambda f: f.token(f.header(kid=f.key.public.kid[:-1])),
    "a kid with a path": lambda f: f.token(f.header(kid="../../../dev/null")),
    "a kid with SQL": lambda f: f.token(f.header(kid="' OR 1=1 --")),
    "a kid with a URL": lambda f: f.token(f.header(kid="http://127.0.0.1/jwks.json")),
    "an empty kid": lambda f: f.token(f.header(kid="")),
    "another key's signature": lambda f: f.token(key=f.stranger),
    "its own jwk": lambda f: f.token(
        f.header(jwk={"kty": "OKP", "crv": "Ed25519", "x": f.stranger.public.x}), key=f.stranger
    ),
    "its own jwk, unknown kid": lambda f: f.token(
        f.header(kid="mine", jwk={"kty": "OKP", "crv": "Ed25519", "x": f.stranger.public.x}), key=f.stranger
    ),
    "jku": lambda f: f.token(f.header(jku="http://127.0.0.1:1/"), key=f.stranger),
    "x5u": lambda f: f.token(f.header(x5u="http://127.0.0.1:1/"), key=f.stranger),
    "x5c": lambda f: f.token(f.header(x5c=["AAAA"]), key=f.stranger),
    "other claims": lambda f: swap(f.token(), 1, encode(json.dumps(f.claims(sub="progress")).encode())),
    "another header": lambda f: swap(f.token(), 0, encode(json.dumps(f.header(x=1)).encode())),
    "a signature of zeros": lambda f: swap(f.token(), 2, encode(bytes(64))),
    "a short signature": lambda f: swap(f.token(), 2, encode(bytes(63))),
    "a long signature": lambda f: swap(f.token(), 2, encode(bytes(65))),
    "no iss": lambda f: f.token(claims=f.claims(iss=None)),
    "a prefix of iss": lambda f: f.token(claims=f.claims(iss="camp")),
    "more than iss": lambda f: f.token(claims=f.claims(iss="campus2")),
    "iss in other case": lambda f: f.token(claims=f.claims(iss="Campus")),
    "iss a list": lambda f: f.token(claims=f.claims(iss=["campus"])),
    "an empty iss": lambda f: f.token(claims=f.claims(iss="")),
}

CALLEE = {
    "another component": lambda f: f.token(claims=f.claims(aud="progress")),
    "a prefix": lambda f: f.token(claims=f.claims(aud="account")),
    "more than the name": lambda f: f.token(claims=f.claims(aud="accounts-admin")),
    "other case": lambda f: f.token(claims=f.claims(aud="Accounts")),
    "an empty name": lambda f: f.token(claims=f.claims(aud="")),
    "names in one string": lambda f: f.token(claims=f.claims(aud="accounts progress")),
    "a list of others": lambda f: f.token(claims=f.claims(aud=["progress", "activity"])),
    "an empty list": lambda f: f.token(claims=f.claims(aud=[])),
}

CLAIMS = {
    "claims that are a list": lambda f: f.token(claims="[]" + " "),
    "claims that are no JSON": lambda f: f.token(claims="exp"),
    "claims not UTF-8": lambda f: f.token(claims=b'{"iss":"\xff"}'),
    "claims with a BOM": lambda f: f.token(claims=b"\xef\xbb\xbf" + json.dumps(f.claims()).encode()),
    "claims in UTF-16": lambda f: f.token(claims=json.dumps(f.claims()).encode("utf-16")),
    "exp twice": lambda f: f.token(claims=duplicated(f.claims(), "exp", NOW + 900)),
    "sub twice": lambda f: f.token(claims=duplicated(f.claims(), "sub", "progress")),
    "a name twice further down": lambda f: f.token(claims=duplicated(f.claims(), "act", {})[:-3] + '{"a":1,"a":2}}'),
    "deep claims": lambda f: f.token(claims=nested(1000)),
    "aud missing": lambda f: f.token(claims=f.claims(aud=None)),
    "aud nested": lambda f: f.token(claims=f.claims(aud=[["accounts"]])),
    "aud with a number": lambda f: f.token(claims=f.claims(aud=["accounts", 1])),
    "aud an object": lambda f: f.token(claims=f.claims(aud={"accounts": True})),
    "exp missing": lambda f: f.token(claims=f.claims(exp=None)),
    "exp a string": lambda f: f.token(claims=f.claims(exp=str(NOW + 600))),
    "exp true": lambda f: f.token(claims=f.claims(exp=True)),
    "exp null": lambda f: f.token(claims=json.dumps({**f.claims(), "exp": None})),
    "exp NaN": lambda f: f.token(claims=f.claims(exp=float("nan"))),
    "exp Infinity": lambda f: f.token(claims=f.claims(exp=float("inf"))),
    "exp 1e999": lambda f: f.token(claims=json.dumps(f.claims()).replace(str(NOW + 600), "1e999")),
    "exp of 400 digits": lambda f: f.token(claims=f.claims(exp=10**400)),
    "exp of 5,000 digits": lambda f: f.token(claims=json.dumps(f.claims()).replace(str(NOW + 600), "9" * 5000)),
    "exp below zero": lambda f: f.token(claims=f.claims(exp=-1)),
    "a life beyond the cap": lambda f: f.token(claims=f.claims(exp=NOW + 3601)),
    "an end before the beginning": lambda f: f.token(claims=f.claims(iat=NOW + 5, exp=NOW + 5)),
    "iat missing": lambda f: f.token(claims=f.claims(iat=None)),
    "iat a string": lambda f: f.token(claims=f.claims(iat=str(NOW))),
    "nbf a string": lambda f: f.token(claims=f.claims(nbf=str(NOW))),
    "nbf NaN": lambda f: f.token(claims=f.claims(nbf=float("nan"))),
    "sub missing": lambda f: f.token(claims=f.claims(sub=None)),
    "sub empty": lambda f: f.token(claims=f.claims(sub="")),
    "sub a number": lambda f: f.token(claims=f.claims(sub=1)),
    "sub with a line end": lambda f: f.token(claims=f.claims(sub="activity\n")),
    "sub with a space": lambda f: f.token(claims=f.claims(sub="the registrar")),
    "sub too long": lambda f: f.token(claims=f.claims(sub="a" * 257)),
    "jti missing": lambda f: f.token(claims=f.claims(jti=None)),
    "jti empty": lambda f: f.token(claims=f.claims(jti="")),
    "jti a number": lambda f: f.token(claims=f.claims(jti=1)),
    "jti too long": lambda f: f.token(claims=f.claims(jti="j" * 129)),
    "scope a list": lambda f: f.token(claims=f.claims(scope=["accounts.read"])),
    "roles a string": lambda f: f.token(claims=f.claims(roles="registrar")),
    "roles nested": lambda f: f.token(claims=f.claims(roles=[["registrar"]])),
}

MOMENT = {
    "expired": (lambda f: f.token(claims=f.claims(iat=NOW - 610, exp=NOW - LEEWAY)), "TOKEN_EXPIRED"),
    "long expired": (lambda f: f.token(claims=f.claims(iat=0, exp=600)), "TOKEN_EXPIRED"),
    "not yet": (lambda f: f.token(claims=f.claims(nbf=NOW + LEEWAY + 1)), "TOKEN_NOT_YET_VALID"),
    "issued in the future": (lambda f: f.token(claims=f.claims(iat=NOW + LEEWAY + 1)), "TOKEN_NOT_YET_VALID"),
}

REFUSED = {
    **{f"form: {name}": (make, "TOKEN_MALFORMED") for name, make in FORM.items()},
    **{f"signer: {name}": (make, "TOKEN_FOREIGN") for name, make in SIGNER.items()},
    **{f"callee: {name}": (make, "TOKEN_AUDIENCE") for name, make in CALLEE.items()},
    **{f"claims: {name}": (make, "TOKEN_MALFORMED") for name, make in CLAIMS.items()},
    **{f"moment: {name}": case for name, case in MOMENT.items()},
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused_each_time_and_for_the_right_reason(name, verifier, forge):
    make, reason = REFUSED[name]
    token = make(forge)
    for _ in range(2):
        with pytest.raises(Unauthenticated) as refusal:
            verifier.verify(token)
        assert refusal.value.reason == reason
        assert not token or token not in str(refusal.value)
