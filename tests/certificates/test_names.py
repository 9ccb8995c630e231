from __future__ import annotations

from trunkline.certificates.names import component_part, dns_name


def test_the_dns_name_says_the_component_and_the_trust_domain():
    assert dns_name("spiffe://campus/accounts") == "accounts.campus"
    assert dns_name("spiffe://campus.example.org/accounts") == "accounts.campus.example.org"


def test_components_of_one_name_in_two_trust_domains_have_two_dns_names():
    assert dns_name("spiffe://campus/accounts") != dns_name("spiffe://other/accounts")


def test_the_component_is_the_last_part():
    assert component_part("spiffe://campus/accounts") == "accounts"
