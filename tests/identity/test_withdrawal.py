from __future__ import annotations

import pytest
from served import served

from trunkline.api.identity.v1 import administration_pb2 as pb
from trunkline.api.identity.v1.identity_pb2 import RefreshTokenRequest
from trunkline.errors import InvalidArgument, Unauthenticated


@pytest.fixture
async def place(tmp_path):
    async with served(tmp_path) as place:
        yield place


@pytest.fixture
async def admin(place):
    return await place.administration()


async def refresh(place, answer):
    stub = await place.identity()
    return await stub.RefreshToken(RefreshTokenRequest(refresh_token=answer.refresh_token))


async def family(place):
    stub = await place.identity()
    return await stub.IssueToken(place.request("activity", "accounts", refreshable=True))


async def test_a_revoked_subject_has_to_prove_itself_again(place, admin):
    begun = await family(place)
    await admin.RevokeToken(pb.RevokeTokenRequest(subject="spiffe://campus/activity"))
    with pytest.raises(Unauthenticated, match="REFRESH_REFUSED"):
        await refresh(place, begun)
    assert (await family(place)).refresh_token


async def test_a_revoked_family_gives_no_more_tokens_and_others_do(place, admin):
    one, other = await family(place), await family(place)
    record = (await admin.IntrospectToken(pb.IntrospectTokenRequest(token=one.token.access_token))).token
    await admin.RevokeToken(pb.RevokeTokenRequest(family=record.family))
    with pytest.raises(Unauthenticated, match="REFRESH_REFUSED"):
        await refresh(place, one)
    assert (await refresh(place, other)).refresh_token


async def test_a_single_token_is_remembered_as_revoked_until_it_would_have_ended(place, admin):
    token = (await family(place)).token
    revocation = (await admin.RevokeToken(pb.RevokeTokenRequest(jti=token.jti))).revocation
    assert revocation.until == token.expires_at


@pytest.mark.parametrize("subject", ["two words", "é", "tab\there"])
async def test_what_can_be_no_subject_is_refused(subject, admin):
    with pytest.raises(InvalidArgument, match="SUBJECT_INVALID"):
        await admin.RevokeToken(pb.RevokeTokenRequest(subject=subject))


async def test_a_key_that_nobody_knows_is_revoked_all_the_same(place, admin):
    before = place.backbone.keeper.ring
    assert (await admin.RevokeToken(pb.RevokeTokenRequest(kid="other"))).revocation.kid == "other"
    assert place.backbone.keeper.ring == before
