"""The authority of a development mesh: made on the first `up`, it vouches for every component."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trunkline.certificates.disk import read_file, read_key_file, write_file
from trunkline.certificates.folder import read_folder
from trunkline.certificates.leaf import SKEW, is_due, make_leaf, signing_usage, subject
from trunkline.certificates.names import CA, CERTIFICATE, KEY
from trunkline.certificates.parse import certificates_of, check_pair, key_of
from trunkline.errors import FailedPrecondition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from trunkline.clock import Clock

LIFETIME = dt.timedelta(days=3652)
CA_KEY = "ca.key"


class Authority:
    """Issues certificates. `now` is the moment at which it does."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate, now: dt.datetime) -> None:
        self.certificate = certificate.public_bytes(Encoding.PEM)
        self._key = key
        self._certificate = certificate
        self._now = now

    @classmethod
    def make(cls, trust_domain: str, now: dt.datetime) -> Self:
        """Return a new authority for the components of `trust_domain`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = subject(f"Trunkline development authority of {trust_domain}"[:64])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - SKEW)
            .not_valid_after(now + LIFETIME)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(f"spiffe://{trust_domain}")]),
                critical=False,
            )
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(signing_usage(authority=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, SHA256())
        )
        return cls(key, certificate, now)

    @classmethod
    def open(cls, folder: Path, trust_domain: str, now: dt.datetime) -> Self:
        """Return the authority kept in `folder`; make it where there is none.

        Raises FailedPrecondition where its files cannot be used, as `read_folder` does: they are never replaced.
        """
        certificate, key = folder / CA, folder / CA_KEY
        if not certificate.exists() and not key.exists():
            made = cls.make(trust_domain, now)
            write_file(key, pem_of(made._key), mode=0o600)
            write_file(certificate, made.certificate, mode=0o644)
            return made
        private = key_of(key, read_key_file(key))
        [found, *_] = certificates_of(certificate, read_file(certificate))
        check_pair(key, private, certificate, found)
        if not isinstance(private, ec.EllipticCurvePrivateKey) or found.not_valid_after_utc <= now:
            message = f"{certificate} can issue no certificates any more: move it and {key} away to have new ones made"
            raise FailedPrecondition("CERTIFICATE_EXPIRED", message)
        return cls(private, found, now)

    def issue(self, identity: str) -> tuple[bytes, bytes]:
        """Return a new private key and the certificate that proves `identity` with it, both in PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = make_leaf(identity, key, self._certificate, self._key, self._now)
        return pem_of(key), leaf.public_bytes(Encoding.PEM)

    def supply(self, folder: Path, identity: str) -> None:
        """Put into `folder` what proves `identity`, unless it lies there and is not due for renewal. Raises OSError."""
        if self._is_good(folder, identity):
            return
        key, certificate = self.issue(identity)
        write_file(folder / KEY, key, mode=0o600)
        write_file(folder / CERTIFICATE, certificate, mode=0o644)
        write_file(folder / CA, self.certificate, mode=0o644)

    def _is_good(self, folder: Path, identity: str) -> bool:
        try:
            held = read_folder(folder, identity=identity, now=self._now.timestamp())
        except FailedPrecondition:
            return False
        [leaf, *_] = certificates_of(folder / CERTIFICATE, held.chain)
        return held.roots == self.certificate and not is_due(leaf, self._now)


def supply_all(folder: Path, identities: Iterable[tuple[Path, str]], *, trust_domain: str, clock: Clock) -> None:
    """Put what proves each identity into its folder, by the authority kept in `folder`; make both where missing.

    Raises OSError, and FailedPrecondition where the authority cannot be used.
    """
    now = dt.datetime.fromtimestamp(clock.time(), dt.UTC)
    authority = Authority.open(folder, trust_domain, now)
    for place, identity in identities:
        authority.supply(place, identity)


def pem_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a private key in PEM."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
