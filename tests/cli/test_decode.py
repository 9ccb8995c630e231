import base64
import json

import jwt
import pytest

from trunkline.cli.decode import decode


def part(data: object) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_token_of_another_library_is_read_without_its_key():
    token = jwt.encode({"sub": "ada", "n": [1]}, "k" * 32, headers={"kid": "one"})
    decoded = decode(token)
    assert (decoded.header, decoded.claims) == ({"alg": "HS256", "typ": "JWT", "kid": "one"}, {"sub": "ada", "n": [1]})


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("", "it has 1 part, not 3"),
        ("a.b", "it has 2 parts, not 3"),
        ("a.b.c.d.e", "it has 5 parts, not 3"),
        (f"{part({})}.{part(b'[')}.", "its claims cannot be read"),
        (f"{part({})}.{part([])}.", "its claims is not a JSON object"),
        (f"{part(b'{}')}=.{part({})}.", "its header cannot be read"),
        (f"{part(b'{}')[:-1]}.{part({})}.", "its header cannot be read"),
        (f"{part({})}.{part(bytes([0xFF]))}.", "its claims cannot be read"),
        (f"{part({})}.{part(b'{' + b'"a":' * 0 + b'"a": 1, "a": 2}')}.", "its claims cannot be read"),
        (f"{part({})}.{part(b'{"exp": NaN}')}.", "its claims cannot be read"),
        (f"{part({})}.{part(b'{"a":' + b'[' * 100_000)}.", "its claims cannot be read"),
        (f"{part({})}.{part(b'{"a": ' + b'9' * 5000 + b'}')}.", "its claims cannot be read"),
    ],
)
def test_what_is_no_token_is_told_in_words_that_repeat_none_of_it(text: str, wrong: str):
    with pytest.raises(ValueError, match=rf"^is no JWT: {wrong}$"):
        decode(text)
