"""A folder with what proves one component, laid out as cert-manager does: `tls.crt`, `tls.key`, `ca.crt`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from trunkline.certificates.disk import read_file, read_key_file
from trunkline.certificates.names import CA, CERTIFICATE, KEY, dns_name
from trunkline.certificates.parse import certificates_of, check_pair, invalid, key_of
from trunkline.certificates.thumbprint import thumbprint
from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Certificates:
    """What proves one component, and whom it believes: all in PEM. `expires_at` is in seconds since the epoch."""

    identity: str
    key: bytes = field(repr=False)
    chain: bytes = field(repr=False)
    roots: bytes = field(repr=False)
    expires_at: float
    thumbprint: str


def read_folder(folder: Path, *, identity: str, now: float) -> Certificates:
    """Return what `folder` holds to prove `identity` at the time `now`.

    Raises FailedPrecondition, one line that names the file: `CERTIFICATE_MISSING`, `CERTIFICATE_UNREADABLE`,
    `CERTIFICATE_INVALID`, `CERTIFICATE_EXPIRED`, `CERTIFICATE_NAME`, `KEY_EXPOSED`.
    """
    paths = folder / CERTIFICATE, folder / KEY, folder / CA
    chain, key, roots = read_file(paths[0]), read_key_file(paths[1]), read_file(paths[2])
    certificates, believed = certificates_of(paths[0], chain), certificates_of(paths[2], roots)
    leaf = certificates[0]
    check_pair(paths[1], key_of(paths[1], key), paths[0], leaf)
    _check_time(paths[0], certificates, dt.datetime.fromtimestamp(now, dt.UTC))
    _check_chain(paths[0], certificates, paths[2], believed)
    _check_names(paths[0], leaf, identity)
    return Certificates(
        identity=identity,
        key=key,
        chain=chain,
        roots=roots,
        expires_at=leaf.not_valid_after_utc.timestamp(),
        thumbprint=thumbprint(leaf.public_bytes(Encoding.PEM).decode()),
    )


def _check_time(path: Path, chain: Sequence[x509.Certificate], now: dt.datetime) -> None:
    for one in chain:
        begin, end = one.not_valid_before_utc, one.not_valid_after_utc
        if now >= end:
            raise FailedPrecondition("CERTIFICATE_EXPIRED", f"{path} was good until {end:%Y-%m-%d %H:%M:%S} UTC")
        if now < begin:
            message = f"{path} is good from {begin:%Y-%m-%d %H:%M:%S} UTC: compare the clocks"
            raise FailedPrecondition("CERTIFICATE_EXPIRED", message)


def _check_chain(
    path: Path, chain: Sequence[x509.Certificate], roots_path: Path, roots: Sequence[x509.Certificate]
) -> None:
    current, *above = chain
    while not any(_issued(current, root) for root in roots):
        if not above or not _issued(current, above[0]):
            raise invalid(path, f"was not issued by an authority in {roots_path}")
        current, *above = above


def _issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _check_names(path: Path, leaf: x509.Certificate, identity: str) -> None:
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        names = x509.SubjectAlternativeName([])
    uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    if uris != [identity]:
        raise FailedPrecondition("CERTIFICATE_NAME", f"{path} names {', '.join(uris) or 'nobody'}, not {identity}")
    if dns_name(identity) not in names.get_values_for_type(x509.DNSName):
        message = f"{path} lacks the DNS name {dns_name(identity)}, by which callers tell {identity}"
        raise FailedPrecondition("CERTIFICATE_NAME", message)
