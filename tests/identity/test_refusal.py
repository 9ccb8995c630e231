from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import socket

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from trunkline.errors import Unauthenticated
from trunkline.identity.signing import SigningKey
from trunkline.identity.verifier import Verifier

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


NONE = ("none", "None", "NONE", "nOnE", "noNe", "nonE", "none ", "none\0")


def unsigned(forge, alg: str) -> str:
    """A token of no algorithm. The form asks for some signature, so it has one byte of it."""
    return swap(forge.token(forge.header(alg=alg)), 2, "AA")


def duplicated(members: dict, name: str, value: object) -> str:
    return json.dumps(members)[:-1] + f", {json.dumps(name)}: {json.dumps(value)}}}"


def nested(depth: int) -> str:
    return '{"a":' * depth + "1" + "}" * depth


BOMB = {"alg": "PBES2-HS256+A128KW", "enc": "A128GCM", "p2c": 2**31, "zip": "DEF"}


def acting(depth: int) -> dict:
    """A chain of actors, `depth` deep."""
    inner = {"act": acting(depth - 1)} if depth > 1 else {}
    return {"sub": f"spiffe://campus/hop-{depth}", **inner}


FORM = {
    "empty": lambda f: "",
    "two segments": lambda f: f.token().rsplit(".", 1)[0],
    "four segments": lambda f: f.token() + ".AA",
    "a JWE's five segments": lambda f: "AA.AA.AA.AA.AA",
    "a million dots": lambda f: "." * 1_000_000,
    "dots within the size": lambda f: "." * 8000,
    "8 KiB and one character": lambda f: f.token(claims=f.claims(pad="x" * 8000)),
    "a JWE with a bomb": lambda f: f"{encode(json.dumps(BOMB).encode())}.AA.AA.AA.AA",
    "a JWE of three segments": lambda f: f.token(json.dumps({**BOMB, **f.header(typ="JWE")})),
    "a kid of 64 KiB": lambda f: f.token(f.header(kid="k" * 65536)),
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
    "a refresh token": lambda f: f.token(f.header(typ="refresh+jwt")),
    "an id token": lambda f: f.token(f.header(typ="id_token+jwt")),
    "typ in other case": lambda f: f.token(f.header(typ="AT+JWT")),
    "typ as a media type": lambda f: f.token(f.header(typ="application/at+jwt")),
    "typ a list": lambda f: f.token(f.header(typ=["at+jwt"])),
    "no kid": lambda f: f.token(f.header(kid=None)),
    "kid a number": lambda f: f.token(f.header(kid=1)),
    "kid a list": lambda f: f.token(f.header(kid=[f.key.public.kid])),
    "kid of 129 characters": lambda f: f.token(f.header(kid="k" * 129)),
}

SIGNER = {
    **{
        f"alg {alg!r}": lambda f, alg=alg: f.token(f.header(alg=alg))
        for alg in ("", "eddsa", "EDDSA", "EdDSA ", "Ed25519", "ES256", "RS256", "HS256", "PS256", "A256KW")
    },
    **{f"alg {alg!r} and no signature": lambda f, alg=alg: unsigned(f, alg) for alg in NONE},
    **{f"alg {alg!r} and a signature": lambda f, alg=alg: f.token(f.header(alg=alg)) for alg in NONE},
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
    "other claims": lambda f: swap(f.token(), 1, encode(json.dumps(f.claims(sub="spiffe://campus/progress")).encode())),
    "another header": lambda f: swap(f.token(), 0, encode(json.dumps(f.header(x=1)).encode())),
    "a signature of zeros": lambda f: swap(f.token(), 2, encode(bytes(64))),
    "a short signature": lambda f: swap(f.token(), 2, encode(bytes(63))),
    "a long signature": lambda f: swap(f.token(), 2, encode(bytes(65))),
    "no iss": lambda f: f.token(claims=f.claims(iss=None)),
    "a prefix of iss": lambda f: f.token(claims=f.claims(iss="spiffe://camp")),
    "a part of iss": lambda f: f.token(claims=f.claims(iss="campus")),
    "more than iss": lambda f: f.token(claims=f.claims(iss="spiffe://campus2")),
    "iss with a slash": lambda f: f.token(claims=f.claims(iss="spiffe://campus/")),
    "iss with a space": lambda f: f.token(claims=f.claims(iss="spiffe://campus ")),
    "iss in other case": lambda f: f.token(claims=f.claims(iss="spiffe://Campus")),
    "iss a list": lambda f: f.token(claims=f.claims(iss=["spiffe://campus"])),
    "iss an object": lambda f: f.token(claims=f.claims(iss={"spiffe://campus": 1})),
    "an empty iss": lambda f: f.token(claims=f.claims(iss="")),
}

US = "spiffe://campus/accounts"
CALLEE = {
    "another component": lambda f: f.token(claims=f.claims(aud="spiffe://campus/progress")),
    "another trust domain": lambda f: f.token(claims=f.claims(aud="spiffe://campus.example/accounts")),
    "the name alone": lambda f: f.token(claims=f.claims(aud="accounts")),
    "a prefix": lambda f: f.token(claims=f.claims(aud=US[:-1])),
    "the trust domain": lambda f: f.token(claims=f.claims(aud="spiffe://campus")),
    "more than the name": lambda f: f.token(claims=f.claims(aud=f"{US}-admin")),
    "a path below": lambda f: f.token(claims=f.claims(aud=f"{US}/admin")),
    "other case": lambda f: f.token(claims=f.claims(aud="spiffe://campus/Accounts")),
    "a scheme in other case": lambda f: f.token(claims=f.claims(aud="SPIFFE://campus/accounts")),
    "an empty name": lambda f: f.token(claims=f.claims(aud="")),
    "names in one string": lambda f: f.token(claims=f.claims(aud=f"{US} spiffe://campus/progress")),
    "a list of others": lambda f: f.token(claims=f.claims(aud=["spiffe://campus/progress", f"{US}2"])),
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
    "aud nested": lambda f: f.token(claims=f.claims(aud=[[US]])),
    "aud with a number": lambda f: f.token(claims=f.claims(aud=[US, 1])),
    "aud an object": lambda f: f.token(claims=f.claims(aud={US: True})),
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
    "sub of another trust domain": lambda f: f.token(claims=f.claims(sub="spiffe://other/activity")),
    "sub of a longer trust domain": lambda f: f.token(claims=f.claims(sub="spiffe://campus.example/activity")),
    "sub of a scheme in other case": lambda f: f.token(claims=f.claims(sub="SPIFFE://campus/activity")),
    "sub a trust domain": lambda f: f.token(claims=f.claims(sub="spiffe://campus")),
    "sub a component of no name": lambda f: f.token(claims=f.claims(sub="spiffe://campus/")),
    "sub below a component": lambda f: f.token(claims=f.claims(sub="spiffe://campus/activity/admin")),
    "sub with a way up": lambda f: f.token(claims=f.claims(sub="spiffe://campus/../other/activity")),
    "sub too long": lambda f: f.token(claims=f.claims(sub="a" * 257)),
    "jti missing": lambda f: f.token(claims=f.claims(jti=None)),
    "jti empty": lambda f: f.token(claims=f.claims(jti="")),
    "jti a number": lambda f: f.token(claims=f.claims(jti=1)),
    "jti too long": lambda f: f.token(claims=f.claims(jti="j" * 129)),
    "fam a number": lambda f: f.token(claims=f.claims(fam=1)),
    "fam empty": lambda f: f.token(claims=f.claims(fam="")),
    "cnf a string": lambda f: f.token(claims=f.claims(cnf="A" * 43)),
    "cnf empty": lambda f: f.token(claims=f.claims(cnf={})),
    "cnf of another kind": lambda f: f.token(claims=f.claims(cnf={"jkt": "A" * 43})),
    "cnf of two kinds": lambda f: f.token(claims=f.claims(cnf={"x5t#S256": "A" * 43, "jkt": "A" * 43})),
    "cnf too short": lambda f: f.token(claims=f.claims(cnf={"x5t#S256": "A" * 42})),
    "act null": lambda f: f.token(claims=json.dumps({**f.claims(), "act": None})),
    "act a string": lambda f: f.token(claims=f.claims(act="spiffe://campus/journey")),
    "act a list": lambda f: f.token(claims=f.claims(act=[{"sub": "spiffe://campus/journey"}])),
    "act without sub": lambda f: f.token(claims=f.claims(act={})),
    "act a user": lambda f: f.token(claims=f.claims(act={"sub": "learner-7"})),
    "act of another trust domain": lambda f: f.token(claims=f.claims(act={"sub": "spiffe://other/journey"})),
    "act with more": lambda f: f.token(claims=f.claims(act={"sub": "spiffe://campus/journey", "iss": "x"})),
    "act null further down": lambda f: f.token(
        claims=json.dumps({**f.claims(), "act": {"sub": "spiffe://campus/journey", "act": None}})
    ),
    "five actors": lambda f: f.token(claims=f.claims(act=acting(5))),
    "the role of components for a user": lambda f: f.token(claims=f.claims(sub="learner-7", roles=["component"])),
    "the role of components by way of another": lambda f: f.token(claims=f.claims(roles=["component"], act=acting(1))),
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
        assert refusal.value.cause or not reason.endswith(("MALFORMED", "FOREIGN"))
        assert not refusal.value.cause or refusal.value.cause not in str(refusal.value)


def test_nothing_in_a_token_makes_us_connect_anywhere(verifier, forge):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/jwks.json"
        headers = [{name: url} for name in ("jku", "x5u", "kid", "jwk")] + [{"x5c": [url]}]
        tokens = [forge.token(forge.header(**header), key=forge.stranger) for header in headers]
        for token in [*tokens, forge.token(claims=forge.claims(iss=url))]:
            with pytest.raises(Unauthenticated):
                verifier.verify(token)
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.mark.parametrize("alg", ["EdDSA", "ES256"])
def test_a_key_takes_no_token_that_says_the_other_algorithm(alg, clock, forge):
    mine = dataclasses.replace(forge, key=SigningKey.generate(alg))
    verifier = Verifier(issuer="spiffe://campus", trust_domain="campus", audience="accounts", clock=clock)
    verifier.replace_keys([mine.key.public])
    assert verifier.verify(mine.token(mine.header(alg=alg))).subject == "spiffe://campus/activity"
    for other in {"EdDSA", "ES256", "RS256", "HS256"} - {alg}:
        with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
            verifier.verify(mine.token(mine.header(alg=other)))
