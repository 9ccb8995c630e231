"""Gets the key set of an outside issuer from where the configuration says it is: a file, or a URL."""

from __future__ import annotations

import time
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit

from trunkline.identity.jwks import MAX_BYTES

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from typing import IO

TIMEOUT = 2.0
_CHUNK = 16 * 1024


def fetch(place: str) -> bytes:
    """Return what is at `place`, of 256 KiB at most. Blocks, for a URL about 2 s at most.

    Raises OSError where it cannot be had, ValueError where it is too large. A redirect is followed on the same host
    only, and never to a weaker scheme.
    """
    if "://" not in place:
        with Path(place).open("rb") as file:
            return _bounded(file.read(MAX_BYTES + 1), place)
    try:
        return _bounded(_get(place), place)
    except HTTPError as error:
        error.close()
        raise OSError(f"{place} answers {error.code} {error.reason}") from None


def _get(url: str) -> bytes:
    handlers: list[urllib.request.BaseHandler] = [_SameHost()]
    if url.startswith("http://"):  # on loopback alone, as the settings see to: no proxy stands between
        handlers.append(urllib.request.ProxyHandler({}))
    give_up = time.monotonic() + TIMEOUT
    data = b""
    with urllib.request.build_opener(*handlers).open(url, timeout=TIMEOUT) as answer:
        while len(data) <= MAX_BYTES and (chunk := answer.read1(_CHUNK)):
            data += chunk
            # The time-out of the socket is for each piece; a server that sends byte by byte would hold us for ever.
            if time.monotonic() >= give_up:
                raise TimeoutError(f"{url} took longer than {TIMEOUT:g} s")
    return data


class _SameHost(urllib.request.HTTPRedirectHandler):
    max_redirections = 3

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        before, after = urlsplit(req.full_url), urlsplit(newurl)
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            fp.close()
            raise OSError(f"{req.full_url} sends on to another host: name the right one in the configuration")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _bounded(data: bytes, place: str) -> bytes:
    if len(data) > MAX_BYTES:
        raise ValueError(f"{place} is larger than {MAX_BYTES} bytes")
    return data
