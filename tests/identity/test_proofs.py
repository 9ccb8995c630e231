from __future__ import annotations

import pytest

from trunkline.errors import Unauthenticated
from trunkline.identity.peer import Peer
from trunkline.identity.proofs import Proofs, Proven


@pytest.fixture
def proofs() -> Proofs:
    class Nobody:
        async def proves(self, kind, name, secret):
            return False

    return Proofs(Nobody(), trust_domain="campus")


def test_a_certificate_of_the_trust_domain_proves_its_component(proofs):
    assert proofs.certificate(Peer(identity="spiffe://campus/activity")) == Proven("activity", "certificate")


@pytest.mark.parametrize(
    "identity", ["", "spiffe://other/activity", "spiffe://campus/a/b", "spiffe://campus/", "activity"]
)
def test_any_other_certificate_proves_nothing(identity, proofs):
    with pytest.raises(Unauthenticated, match="CREDENTIALS_REFUSED"):
        proofs.certificate(Peer(identity=identity))


async def test_without_outside_issuers_no_service_account_is_believed(proofs):
    with pytest.raises(Unauthenticated) as refusal:
        await proofs.service_account("a.b.c")
    assert refusal.value.exactly == "CREDENTIALS_REFUSED: no outside issuer is trusted"
