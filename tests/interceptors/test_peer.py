from __future__ import annotations

import pytest
from interceptors.hand import new_call

from trunkline.call import Principal
from trunkline.errors import Unauthenticated
from trunkline.interceptors.peer import Peer

PEER = Peer(trust_domain="campus")
PROGRESS, ACTIVITY = "spiffe://campus/progress", "spiffe://campus/activity"


def arriving(identity=PROGRESS, principal=None, *, version="TLSv1.3"):
    call = new_call()
    call.proof_of = lambda: {"peer_spiffe_id": [identity.encode()], "ssl_tls_version": [version.encode()]}
    call.principal = principal
    return call


def refused(call):
    with pytest.raises(Unauthenticated) as caught:
        PEER.admit(call)
    return caught.value


def test_a_token_that_its_owner_brings_is_good():
    PEER.admit(arriving(PROGRESS, Principal(PROGRESS)))


def test_a_token_that_another_component_brings_is_refused():
    error = refused(arriving(ACTIVITY, Principal(PROGRESS)))
    assert error.reason == "TOKEN_PEER"
    assert "progress" not in error.message
    assert error.cause == f"a token of {PROGRESS} brought by {ACTIVITY}"


def test_on_behalf_of_a_user_the_component_that_acts_must_bring_the_token():
    PEER.admit(arriving(PROGRESS, Principal("u-1", actors=(PROGRESS, ACTIVITY))))
    assert refused(arriving(ACTIVITY, Principal("u-1", actors=(PROGRESS, ACTIVITY)))).reason == "TOKEN_PEER"


def test_a_token_that_names_no_component_is_good_with_any_certificate():
    PEER.admit(arriving(PROGRESS, Principal("u-1")))


def test_a_call_of_a_public_method_needs_no_token():
    PEER.admit(arriving(PROGRESS))


@pytest.mark.parametrize("identity", ["spiffe://other/progress", "", "spiffe://campus", "spiffe://campus.example/x"])
def test_a_certificate_of_another_trust_domain_is_refused_even_for_a_public_method(identity):
    assert refused(arriving(identity)).reason == "PEER_UNKNOWN"


@pytest.mark.parametrize("version", ["TLSv1.2", ""])
def test_nothing_older_than_tls_1_3_is_answered(version):
    assert refused(arriving(version=version)).reason == "TLS_VERSION"
