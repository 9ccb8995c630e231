import base64

import jwt
import pytest

from trunkline.cli.decode import decode


def token(payload: bytes, wrong: str = "cannot be read") -> tuple[str, str]:
    """A token that says `payload`, and what is wrong with it."""
    return f"e30.{base64.urlsafe_b64encode(payload).rstrip(b'=').decode()}.", f"its payload {wrong}"


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
        token(b"["),
        token(b"[]", "is no JSON object"),
        token(b"\xff"),
        token(b'{"a": 1, "a": 2}'),
        token(b'{"exp": NaN}'),
        token(b'{"a":' + b"[" * 100_000),
        token(b'{"a": ' + b"9" * 5000 + b"}"),
        ("e30=.e30.", "its header cannot be read"),
        ("e30\n.e30.", "its header cannot be read"),
        ("e3.e30.", "its header cannot be read"),
    ],
)
def test_what_is_no_token_is_told_in_words_that_repeat_none_of_it(text: str, wrong: str):
    with pytest.raises(ValueError, match=rf"^is no JWT: {wrong}$"):
        decode(text)
