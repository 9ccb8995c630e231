"""PEM turned into keys and certificates, with errors that name the file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes, PublicKeyTypes


def certificates_of(path: Path, text: bytes) -> list[x509.Certificate]:
    """Return the certificates in `text`, one at least. Raises FailedPrecondition `CERTIFICATE_INVALID`."""
    try:
        return x509.load_pem_x509_certificates(text)
    except ValueError:
        raise invalid(path, "holds no certificate in PEM") from None


def key_of(path: Path, text: bytes) -> PrivateKeyTypes:
    """Return the private key in `text`. Raises FailedPrecondition `CERTIFICATE_INVALID`."""
    try:
        return load_pem_private_key(text, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # What failed to parse may be half a private key, so its text goes into no traceback.
        raise invalid(path, "holds no private key in PEM without a password") from None


def check_pair(key_path: Path, key: PrivateKeyTypes, path: Path, certificate: x509.Certificate) -> None:
    """Raise FailedPrecondition `CERTIFICATE_INVALID` where `certificate` is not that of `key`."""
    try:
        same = _raw(key.public_key()) == _raw(certificate.public_key())
    except (ValueError, UnsupportedAlgorithm):
        raise invalid(path, "has a key of a kind that is not supported") from None
    if not same:
        raise invalid(key_path, f"is not the key of {path}")


def invalid(path: Path, what: str) -> FailedPrecondition:
    """Return the error that says what is wrong with a file."""
    return FailedPrecondition("CERTIFICATE_INVALID", f"{path} {what}")


def _raw(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
