from __future__ import annotations

import base64

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from trunkline.certificates.thumbprint import thumbprint


def test_it_is_the_sha_256_of_the_certificate(vouching):
    pem = vouching.proof("accounts").chain
    digest = x509.load_pem_x509_certificate(pem).fingerprint(SHA256())
    said = thumbprint(pem.decode())
    assert base64.urlsafe_b64decode(said + "=") == digest
    assert len(said) == 43


def test_what_is_no_certificate_has_none():
    with pytest.raises(ValueError, match="PEM"):
        thumbprint("accounts")
