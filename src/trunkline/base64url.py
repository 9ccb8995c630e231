"""Base64 as JSON Web Tokens and Keys have it (RFC 7515, 2): the alphabet for URLs, and no padding."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode


def encode(data: bytes) -> str:
    """Return the text for `data`."""
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes that `text` stands for. Raises ValueError for any other spelling than the one of `encode`."""
    # The library overlooks foreign characters, and stray bits in the last one.
    data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text:
        raise ValueError("not base64url")
    return data
