"""Signatures over messages that leave the mesh: a detached JWS (RFC 7515, appendix F) beside the bytes.

protobuf promises the same bytes for the same message only within one version of one library. So the sender sends the
very bytes it signed, and the receiver verifies the bytes it received before it makes a message of them: nobody
serializes a second time.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.message import DecodeError, Message

from trunkline.base64url import decode, encode
from trunkline.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from trunkline.protection.keys import Signs, Verifies

    Header = dict[str, Any]

M = TypeVar("M", bound=Message)

TYPE = "trunkline-message+jws"
_MAX = 4096
_DETACHED = re.compile(r"([A-Za-z0-9_-]+)\.\.([A-Za-z0-9_-]+)")
# Nothing else is understood, so nothing else is let pass: neither b64 and crit, nor keys that the header brings along.
_MEMBERS = {"alg", "kid", "typ", "msg"}


@dataclass(frozen=True, slots=True)
class SignedMessage:
    """The bytes of a message as they must be sent, and the signature to send with them."""

    data: bytes
    signature: str


def sign_message(message: Message, key: Signs) -> SignedMessage:
    """Serialize `message` and sign the bytes together with its full name.

    The same message may be sent again by whoever has seen it: where that matters, give it an id and a time.
    """
    header = {"alg": key.alg, "kid": key.kid, "typ": TYPE, "msg": message.DESCRIPTOR.full_name}
    protected = encode(json.dumps(header, separators=(",", ":")).encode())
    data = message.SerializeToString(deterministic=True)
    return SignedMessage(data, f"{protected}..{encode(key.sign(_input(protected, data)))}")


def verify_message(signed: SignedMessage, message_type: type[M], keys: Iterable[Verifies]) -> M:
    """Return the message in `signed.data`, where one of `keys` has signed it as a `message_type`.

    Raises Unauthenticated: `SIGNATURE_MALFORMED`; `SIGNATURE_FOREIGN` for an unknown key, another algorithm than that
    of the key, or other bytes than were signed; `SIGNATURE_TYPE` for a message of another type.
    """
    match = _DETACHED.fullmatch(signed.signature) if len(signed.signature) <= _MAX else None
    if match is None:
        raise _doubted("SIGNATURE_MALFORMED", "it is no detached JWS of at most 4096 characters")
    header = _header(match[1])
    key = next((one for one in keys if one.kid == header["kid"] and one.alg == header["alg"]), None)
    if key is None or not key.signed(_input(match[1], signed.data), _decoded(match[2])):
        raise _doubted("SIGNATURE_FOREIGN", "none of the known keys has signed these bytes")
    name = message_type.DESCRIPTOR.full_name
    if header["msg"] != name:
        raise _doubted("SIGNATURE_TYPE", f"what was signed is a {header['msg']}, not a {name}")
    try:
        return message_type.FromString(signed.data)
    except DecodeError:
        raise _doubted("SIGNATURE_MALFORMED", f"what was signed is no {name}") from None


def _header(segment: str) -> Header:
    try:
        header = json.loads(_decoded(segment).decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.keys() != _MEMBERS or header["typ"] != TYPE:
        raise _doubted("SIGNATURE_MALFORMED", f"its header must have {', '.join(sorted(_MEMBERS))}, and be of {TYPE}")
    return header


def _once(pairs: list[tuple[str, Any]]) -> Header:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a name occurs twice")
    return dict(pairs)


def _input(protected: str, data: bytes) -> bytes:
    return f"{protected}.{encode(data)}".encode("ascii")


def _decoded(segment: str) -> bytes:
    try:
        return decode(segment)
    except ValueError:
        raise _doubted("SIGNATURE_MALFORMED", "it is not in base64url") from None


def _doubted(reason: str, why: str) -> Unauthenticated:
    return Unauthenticated(reason, f"the signature of the message was refused: {why}")
