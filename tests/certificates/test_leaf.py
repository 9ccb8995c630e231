from __future__ import annotations

import datetime as dt

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from issued import NOW

from trunkline.certificates.leaf import LIFETIME, is_due


@pytest.fixture(scope="module")
def leaf(vouching):
    return x509.load_pem_x509_certificate(vouching.proof("accounts").chain)


def values(leaf, extension):
    return leaf.extensions.get_extension_for_class(extension).value


def test_it_names_the_component_in_every_way_it_is_looked_for(leaf):
    names = values(leaf, x509.SubjectAlternativeName)
    assert names.get_values_for_type(x509.UniformResourceIdentifier) == ["spiffe://campus/accounts"]
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "accounts", "accounts.campus"]
    assert [str(one) for one in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]


def test_it_is_good_for_both_ends_and_for_nothing_else(leaf):
    usage = set(values(leaf, x509.ExtendedKeyUsage))
    assert usage == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert values(leaf, x509.BasicConstraints).ca is False
    assert values(leaf, x509.KeyUsage).key_cert_sign is False


def test_it_lives_for_ninety_days(leaf):
    assert abs(leaf.not_valid_after_utc - NOW - LIFETIME) < dt.timedelta(seconds=2)
    assert dt.timedelta(days=90) == LIFETIME


def test_it_is_due_when_less_than_a_third_is_left(leaf):
    assert not is_due(leaf, NOW + dt.timedelta(days=59))
    assert is_due(leaf, NOW + dt.timedelta(days=61))
