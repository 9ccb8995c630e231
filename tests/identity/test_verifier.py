from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
import string
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from trunkline.errors import Unauthenticated, Unavailable
from trunkline.identity.verifier import Verifier

NOW = 1_800_000_000.0
ACCEPTED = 10.0  # leeway


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
    "sub in capitals": lambda f: f.token(claims=f.claims(sub="Activity")),
    "sub too long": lambda f: f.token(claims=f.claims(sub="a" * 65)),
    "jti missing": lambda f: f.token(claims=f.claims(jti=None)),
    "jti empty": lambda f: f.token(claims=f.claims(jti="")),
    "jti a number": lambda f: f.token(claims=f.claims(jti=1)),
    "jti too long": lambda f: f.token(claims=f.claims(jti="j" * 129)),
    "scope a list": lambda f: f.token(claims=f.claims(scope=["accounts.read"])),
    "roles a string": lambda f: f.token(claims=f.claims(roles="registrar")),
    "roles nested": lambda f: f.token(claims=f.claims(roles=[["registrar"]])),
}

MOMENT = {
    "expired": (lambda f: f.token(claims=f.claims(iat=NOW - 610, exp=NOW - ACCEPTED)), "TOKEN_EXPIRED"),
    "long expired": (lambda f: f.token(claims=f.claims(iat=0, exp=600)), "TOKEN_EXPIRED"),
    "not yet": (lambda f: f.token(claims=f.claims(nbf=NOW + ACCEPTED + 1)), "TOKEN_NOT_YET_VALID"),
    "issued in the future": (lambda f: f.token(claims=f.claims(iat=NOW + ACCEPTED + 1)), "TOKEN_NOT_YET_VALID"),
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


def test_a_good_token_tells_who_calls_and_with_what(verifier, forge):
    principal = verifier.verify(forge.token())
    assert principal.subject == "activity"
    assert principal.scopes == {"accounts.read", "accounts.write"}
    assert principal.roles == {"registrar"}
    assert principal.expires_at == NOW + 600
    assert principal.claims["jti"] == "00ff"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": ["progress", "accounts"]},
        {"exp": NOW - ACCEPTED + 1, "iat": NOW - 300},
        {"nbf": NOW + ACCEPTED},
        {"iat": int(NOW), "exp": int(NOW) + 3600},
        {"iat": NOW + ACCEPTED},
        {"scope": None, "roles": None},
        {"act": {"sub": "journey"}},
    ],
    ids=str,
)
def test_what_is_within_the_bounds_passes(changes, verifier, forge):
    assert verifier.verify(forge.token(claims=forge.claims(**changes))).subject == "activity"


def test_a_jwk_beside_a_good_signature_is_passed_over(verifier, forge):
    assert verifier.verify(forge.token(forge.header(jwk={}, jku="http://127.0.0.1:1/"))).subject == "activity"


def test_claims_cannot_be_changed_by_who_reads_them(verifier, forge):
    claims = verifier.verify(forge.token()).claims
    with pytest.raises(TypeError):
        claims["sub"] = "progress"


def test_without_a_key_set_nobody_is_let_in(clock, forge):
    verifier = Verifier(issuer="campus", audience="accounts", clock=clock)
    assert not verifier.loaded
    with pytest.raises(Unavailable) as refusal:
        verifier.verify(forge.token())
    assert refusal.value.reason == "KEYS_NOT_LOADED"
    verifier.replace_keys([])
    assert verifier.loaded
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        verifier.verify(forge.token())


def test_a_verified_token_is_not_verified_again(verifier, forge):
    token = forge.token()
    assert verifier.verify(token) is verifier.verify("".join(token))


def test_a_verified_token_dies_on_time(verifier, forge, clock):
    token = forge.token()
    verifier.verify(token)
    clock.advance(600 + ACCEPTED - 1)
    assert verifier.verify(token).subject == "activity"
    clock.advance(1)
    with pytest.raises(Unauthenticated, match="TOKEN_EXPIRED"):
        verifier.verify(token)


def test_a_verified_token_dies_with_its_key(verifier, forge):
    token = forge.token()
    verifier.verify(token)
    verifier.replace_keys([forge.stranger.public])
    with pytest.raises(Unauthenticated, match="TOKEN_FOREIGN"):
        verifier.verify(token)


def test_a_verified_token_outlives_a_key_set_that_says_the_same(verifier, forge):
    principal = verifier.verify(forge.token())
    verifier.replace_keys([forge.key.public])
    assert verifier.verify(forge.token()) is principal


def test_two_keys_verify_side_by_side(verifier, forge):
    verifier.replace_keys([forge.key.public, forge.stranger.public])
    other = forge.token(forge.header(kid=forge.stranger.public.kid), key=forge.stranger)
    assert verifier.verify(forge.token()).subject == verifier.verify(other).subject == "activity"


def test_a_key_of_an_unknown_kind_does_not_hide_the_others(verifier, forge):
    odd = dataclasses.replace(forge.stranger.public, kty="RSA", alg="RS256")
    verifier.replace_keys([odd, forge.key.public])
    assert verifier.verify(forge.token()).subject == "activity"


def test_the_memory_is_bounded_and_the_oldest_goes_first(clock, forge):
    verifier = Verifier(issuer="campus", audience="accounts", clock=clock, remember=3)
    verifier.replace_keys([forge.key.public])
    tokens = [forge.token(claims=forge.claims(jti=f"{n}")) for n in range(5)]
    first = [verifier.verify(token) for token in tokens]
    again = [verifier.verify(token) for token in reversed(tokens)]
    assert [old is new for old, new in zip(first, reversed(again), strict=True)] == [False, False, True, True, True]


def test_a_refused_token_takes_no_place_in_the_memory(clock, forge):
    verifier = Verifier(issuer="campus", audience="accounts", clock=clock, remember=1)
    verifier.replace_keys([forge.key.public])
    principal = verifier.verify(forge.token())
    with pytest.raises(Unauthenticated):
        verifier.verify(forge.token(key=forge.stranger))
    assert verifier.verify(forge.token()) is principal


def test_a_fault_inside_refuses(clock, forge):
    class Broken(str):
        def __len__(self) -> int:
            raise ZeroDivisionError

    verifier = Verifier(issuer="campus", audience="accounts", clock=clock)
    verifier.replace_keys([forge.key.public])
    with pytest.raises(Unauthenticated, match="TOKEN_REFUSED"):
        verifier.verify(Broken(forge.token()))


@pytest.mark.parametrize("leeway", [-1.0, 61.0, float("nan")])
def test_a_leeway_beyond_a_minute_is_no_leeway(leeway, clock):
    with pytest.raises(ValueError, match="leeway"):
        Verifier(issuer="campus", audience="accounts", clock=clock, leeway=leeway)


@pytest.fixture(scope="module")
def still(forge):
    verifier = Verifier(issuer="campus", audience="accounts", clock=SimpleNamespace(time=lambda: NOW))
    verifier.replace_keys([forge.key.public])
    return verifier


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TEXTS = st.one_of(
    st.text(),
    st.text(string.ascii_letters + string.digits + "-_.=", max_size=200),
    st.lists(st.binary(max_size=80).map(encode), min_size=3, max_size=3).map(".".join),
)


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_no_text_gives_anything_but_the_refusal(text, still):
    with pytest.raises(Unauthenticated):
        still.verify(text)


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 10_000), new=st.text(max_size=3), cut=st.integers(0, 3))
def test_a_good_token_changed_anywhere_is_refused(at, new, cut, still, forge):
    token = forge.token()
    at %= len(token) + 1
    changed = token[:at] + new + token[at + cut :]
    if changed == token:
        assert still.verify(changed).subject == "activity"
        return
    with pytest.raises(Unauthenticated):
        still.verify(changed)


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "scope", "roles"]), value=JSON)
def test_no_signed_claim_gives_anything_but_the_refusal_or_a_principal(name, value, still, forge):
    token = forge.token(claims=json.dumps({**forge.claims(), name: value}))
    try:
        principal = still.verify(token)
    except Unauthenticated:
        return
    assert principal.expires_at > NOW - ACCEPTED


@settings(max_examples=200, deadline=None)
@given(name=st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "zip", "x5c"]), value=JSON)
def test_no_header_gives_anything_but_the_refusal_or_a_principal(name, value, still, forge):
    token = forge.token(json.dumps({**forge.header(), name: value}))
    try:
        principal = still.verify(token)
    except Unauthenticated:
        return
    assert name in {"jwk", "zip", "x5c"}
    assert principal.subject == "activity"
