"""From the head of a request to the bytes of its answer: documents by their path, to GET and HEAD."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PLAIN = "text/plain; charset=utf-8"
METHODS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Document:
    """What is found at one path now. `max_age`: seconds anybody may keep it, and then ask by its tag; None: not."""

    text: str
    content_type: str = PLAIN
    max_age: int | None = None


def answer(head: bytes, documents: Mapping[str, Callable[[], Document]]) -> bytes:
    """Answer a request by its head, the lines up to the empty one. Its query is not looked at."""
    first, *lines = head.decode("latin-1").split("\r\n")
    words = first.split(" ")
    if len(words) != len(("method", "target", "version")) or not words[2].startswith("HTTP/1."):
        return refusal(HTTPStatus.BAD_REQUEST)
    make = documents.get(words[1].partition("?")[0])
    if make is None:
        return refusal(HTTPStatus.NOT_FOUND)
    if words[0] not in METHODS:
        return refusal(HTTPStatus.METHOD_NOT_ALLOWED, [f"Allow: {', '.join(METHODS)}"])
    document = make()
    body = document.text.encode()
    caching = _caching(document, body)
    if caching and caching[-1].removeprefix("ETag: ") in _tags(lines):
        return _response(HTTPStatus.NOT_MODIFIED, caching)
    entity = [f"Content-Type: {document.content_type}", f"Content-Length: {len(body)}"]
    return _response(HTTPStatus.OK, [*entity, *caching], body if words[0] == "GET" else b"")


def refusal(status: HTTPStatus, headers: list[str] | None = None) -> bytes:
    """Return an answer that says no more than its status."""
    body = f"{status.phrase}\n".encode()
    return _response(status, [f"Content-Type: {PLAIN}", f"Content-Length: {len(body)}", *(headers or [])], body)


def _caching(document: Document, body: bytes) -> list[str]:
    if document.max_age is None:
        return []
    return [f"Cache-Control: public, max-age={document.max_age}", f'ETag: "{sha256(body).hexdigest()[:32]}"']


def _tags(lines: list[str]) -> list[str]:
    """Return the tags of what the client has; a weak one is as good here (RFC 9110 section 13.1.2)."""
    fields = (line.partition(":") for line in lines)
    listed = ",".join(value for name, _, value in fields if name.lower() == "if-none-match")
    return [tag.strip().removeprefix("W/") for tag in listed.split(",")]


def _response(status: HTTPStatus, headers: list[str], body: bytes = b"") -> bytes:
    head = [f"HTTP/1.1 {status.value} {status.phrase}", *headers, "Connection: close"]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body
