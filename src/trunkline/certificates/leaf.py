"""A component's certificate: one for both ends, short-lived, renewed in time."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from trunkline.certificates.names import component_part, dns_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cryptography.hazmat.primitives.asymmetric import ec

LIFETIME = dt.timedelta(days=90)
SKEW = dt.timedelta(minutes=5)
"""A certificate is good from this long before it was made, for machines whose clock is behind."""

RENEW_AT = 2 / 3
"""The share of its life after which a certificate is due for renewal."""


def subject(name: str) -> x509.Name:
    """Return a subject for people to read; nothing is decided by it."""
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def signing_usage(*, authority: bool) -> x509.KeyUsage:
    """Return what a key may be used for: to sign certificates, or to sign handshakes."""
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def make_leaf(
    identity: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: dt.datetime,
) -> x509.Certificate:
    """Return a certificate that proves `identity` with `key`, as a server and as a client."""
    public = key.public_key()
    return (
        x509.CertificateBuilder()
        .subject_name(subject(component_part(identity)))
        .issuer_name(issuer.subject)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(list(_names(identity))), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(signing_usage(authority=False), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
        .sign(issuer_key, SHA256())
    )


def is_due(certificate: x509.Certificate, now: dt.datetime) -> bool:
    """Whether less than a third of its life is left."""
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return now >= begin + (end - begin) * RENEW_AT


def _names(identity: str) -> Iterator[x509.GeneralName]:
    yield x509.UniformResourceIdentifier(identity)
    for name in ("localhost", component_part(identity), dns_name(identity)):
        yield x509.DNSName(name)
    for address in ("127.0.0.1", "::1"):
        yield x509.IPAddress(ip_address(address))
