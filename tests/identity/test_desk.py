from __future__ import annotations

import pytest
from served import served

from trunkline.errors import Unauthenticated
from trunkline.identity.peer import Peer
from trunkline.identity.proofs import Proven

PEER = Peer("ipv4:127.0.0.1:1", "spiffe://campus/activity", "t" * 43)
ACTIVITY = Proven("activity", "certificate")


async def issued(place, proven=ACTIVITY, peer=PEER):
    return await place.desk.issue(proven, audience="accounts", scopes=(), refreshable=False, peer=peer)


@pytest.mark.parametrize("bind", [True, False])
async def test_a_token_is_bound_to_the_certificate_where_the_settings_say_so(bind, tmp_path):
    async with served(tmp_path, bind=bind) as place:
        handed = await issued(place)
        claims = place.judged(handed.issued.text, "accounts").claims
        assert claims.get("cnf") == ({"x5t#S256": "t" * 43} if bind else None)


async def test_without_a_certificate_there_is_nothing_to_bind_to(tmp_path):
    async with served(tmp_path, bind=True) as place:
        handed = await issued(place, peer=Peer("ipv4:127.0.0.1:1"))
        assert "cnf" not in place.judged(handed.issued.text, "accounts").claims


@pytest.mark.parametrize(
    ("proven", "cause"),
    [
        (Proven("nobody", "certificate"), "the mesh has no component nobody"),
        (Proven("accounts", "api-key", component=False), "accounts is a component by now"),
    ],
    ids=["no component", "no API key any more"],
)
async def test_who_is_proven_and_may_have_no_token_is_refused_like_everybody(proven, cause, tmp_path):
    async with served(tmp_path) as place:
        with pytest.raises(Unauthenticated) as refusal:
            await issued(place, proven)
        assert refusal.value.exactly == f"CREDENTIALS_REFUSED: {cause}"


async def test_a_token_after_a_revocation_is_not_covered_by_it(tmp_path):
    async with served(tmp_path) as place:
        before = await issued(place)
        revocations = place.backbone.revocations
        await revocations.revoke("subject", "spiffe://campus/activity")
        after = await issued(place)
        assert [revocations.covers(handed.record) for handed in (before, after)] == [True, False]
