from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest
from google.protobuf.duration_pb2 import Duration
from served import served

from trunkline.api.identity.v1 import administration_pb2 as pb
from trunkline.api.identity.v1.identity_pb2 import ApiKey, IssueTokenRequest, WatchRevocationsRequest
from trunkline.errors import AlreadyExists, NotFound, PermissionDenied, Unauthenticated
from trunkline.identity.client import RevocationClient

KEY, SECRET = pb.CREDENTIAL_KIND_API_KEY, pb.CREDENTIAL_KIND_BOOTSTRAP


@pytest.fixture
async def place(tmp_path):
    async with served(tmp_path) as place:
        yield place


@pytest.fixture
async def admin(place):
    return await place.administration()


async def test_a_component_without_the_scopes_may_do_none_of_it(place):
    stranger = await place.administration(await place.token("activity", "backbone"))
    with pytest.raises(PermissionDenied, match="SCOPE_MISSING"):
        await stranger.ListKeys(pb.ListKeysRequest())


async def test_a_good_token_is_introspected_whoever_it_is_for(place, admin):
    token = await place.token("activity", "accounts", scopes=["accounts.read"])
    answer = await admin.IntrospectToken(pb.IntrospectTokenRequest(token=token))
    assert answer.active
    assert (answer.token.subject, answer.token.audience) == ("spiffe://campus/activity", "accounts")
    assert (list(answer.token.scopes), answer.token.grant) == (["accounts.read"], "bootstrap")


@pytest.mark.parametrize("token", ["no token", "a.b.c"])
async def test_of_a_token_that_is_not_good_nothing_is_said(token, admin):
    answer = await admin.IntrospectToken(pb.IntrospectTokenRequest(token=token))
    assert answer == pb.IntrospectTokenResponse(active=False)


async def introspected(admin, token) -> bool:
    return (await admin.IntrospectToken(pb.IntrospectTokenRequest(token=token))).active


async def test_a_token_is_revoked_by_its_id_and_no_other_with_it(place, admin):
    one, other = [await place.token("activity", "accounts") for _ in range(2)]
    jti = (await admin.IntrospectToken(pb.IntrospectTokenRequest(token=one))).token.jti
    answer = await admin.RevokeToken(pb.RevokeTokenRequest(jti=jti, reason="lost"))
    assert (answer.revocation.jti, answer.watching, answer.confirmed) == (jti, 0, 0)
    assert [await introspected(admin, token) for token in (one, other)] == [False, True]


async def test_a_subject_is_revoked_by_the_name_of_its_component_and_gets_new_tokens(place, admin):
    old = await place.token("activity", "accounts")
    answer = await admin.RevokeToken(pb.RevokeTokenRequest(subject="activity"))
    assert answer.revocation.subject == "spiffe://campus/activity"
    assert not await introspected(admin, old)
    assert await introspected(admin, await place.token("activity", "accounts"))


async def test_the_key_that_signs_is_replaced_when_it_is_revoked(place, admin):
    old = await place.token("activity", "accounts")
    before = (await admin.ListKeys(pb.ListKeysRequest())).keys
    active = next(key.kid for key in before if key.state == pb.KEY_STATE_ACTIVE)
    await admin.RevokeToken(pb.RevokeTokenRequest(kid=active))
    admin = await place.administration()
    after = (await admin.ListKeys(pb.ListKeysRequest())).keys
    assert active not in [key.kid for key in after]
    assert sorted(key.state for key in after) == [pb.KEY_STATE_NEXT, pb.KEY_STATE_ACTIVE]
    assert not await introspected(admin, old)


async def test_a_revoked_caller_is_refused_by_the_backbone_itself(place, admin):
    await admin.RevokeToken(pb.RevokeTokenRequest(subject="operator"))
    with pytest.raises(Unauthenticated, match="TOKEN_REVOKED"):
        await admin.ListKeys(pb.ListKeysRequest())


async def test_a_revocation_is_acknowledged_once_the_instances_have_confirmed_it(place, admin):
    stub = await place.identity(await place.token("activity", "backbone"))
    asked: asyncio.Queue = asyncio.Queue()

    async def requests():
        while True:
            yield await asked.get()

    asked.put_nowait(WatchRevocationsRequest(instance="one", trusts=Duration(seconds=30)))
    heard = aiter(stub.WatchRevocations(requests()))
    await anext(heard)

    async def confirm():
        while not (news := await anext(heard)).revocations:
            pass
        asked.put_nowait(WatchRevocationsRequest(taken=news.revision))

    confirming = asyncio.create_task(confirm())
    answer = await admin.RevokeToken(pb.RevokeTokenRequest(jti="stolen"))
    await confirming
    assert (answer.watching, answer.confirmed) == (1, 1)


async def test_an_instance_that_stops_says_so_and_is_waited_for_no_more(place, admin):
    client = RevocationClient(await place.identity(await place.token("activity", "backbone")), trusts=30.0)
    following = aclosing(client.watch())
    async with following as messages:
        await anext(messages)
        ended = asyncio.create_task(anext(messages, None))
        await client.leave()
        assert await ended is None
        answer = await admin.RevokeToken(pb.RevokeTokenRequest(jti="stolen"))
    assert (answer.watching, answer.confirmed) == (0, 0)


async def test_an_instance_that_crashed_is_waited_for_until_it_lets_nobody_in(place, admin):
    client = RevocationClient(await place.identity(await place.token("activity", "backbone")), trusts=1.0)
    async with aclosing(client.watch()) as messages:
        await anext(messages)
    answer = await admin.RevokeToken(pb.RevokeTokenRequest(jti="stolen"))
    assert (answer.watching, answer.confirmed) == (1, 0)


async def test_live_tokens_are_listed_the_newest_first_and_by_subject(place, admin):
    await place.token("activity", "accounts")
    await place.token("accounts", "progress")
    everything = [one.token.subject async for one in admin.ListTokens(pb.ListTokensRequest())]
    assert set(everything) == {f"spiffe://campus/{name}" for name in ("operator", "activity", "accounts")}
    of_one = [one.token async for one in admin.ListTokens(pb.ListTokensRequest(subject="accounts"))]
    assert [(token.subject, token.audience) for token in of_one] == [("spiffe://campus/accounts", "progress")]


async def test_what_is_revoked_is_not_listed_as_live(place, admin):
    await place.token("activity", "accounts")
    await admin.RevokeToken(pb.RevokeTokenRequest(subject="activity"))
    assert [one async for one in admin.ListTokens(pb.ListTokensRequest(subject="activity"))] == []


async def test_rotation_says_when_the_next_key_signs(tmp_path):
    async with served(tmp_path, rotation={"cache_life": 60.0}) as place:
        admin = await place.administration()
        answer = await admin.RotateKeys(pb.RotateKeysRequest())
        assert answer.key.state == pb.KEY_STATE_NEXT
        assert answer.active_from.seconds - answer.key.published_at.seconds in {60, 61}


async def test_rotation_takes_effect_at_once_without_a_cache_life_and_voids_no_token(tmp_path):
    async with served(tmp_path, rotation={"cache_life": 0.0}) as place:
        admin = await place.administration()
        tokens = []
        for _ in range(10):
            tokens.append(await place.token("activity", "accounts"))
            assert (await admin.RotateKeys(pb.RotateKeysRequest())).key.state == pb.KEY_STATE_ACTIVE
        assert all([await introspected(admin, token) for token in tokens])
        kids = {one.token.kid async for one in admin.ListTokens(pb.ListTokensRequest(subject="activity"))}
        assert len(kids) == 10


async def test_an_api_key_gives_tokens_of_its_name_that_are_no_components(tmp_path):
    async with served(tmp_path) as place:
        admin = await place.administration()
        made = await admin.AddCredential(pb.AddCredentialRequest(name="ci", kind=KEY))
        assert made.secret.startswith("tlk_ci_")
        stub = await place.identity()
        await stub.IssueToken(IssueTokenRequest(audience="accounts", api_key=ApiKey(key=made.secret)))
        record = (await anext(aiter(admin.ListTokens(pb.ListTokensRequest(subject="ci"))))).token
        assert (record.grant, list(record.roles), list(record.scopes)) == ("api-key", [], [])


async def test_no_api_key_bears_the_name_of_a_component(admin):
    with pytest.raises(AlreadyExists, match="NAME_TAKEN"):
        await admin.AddCredential(pb.AddCredentialRequest(name="activity", kind=KEY))


async def test_credentials_are_listed_without_their_secrets(admin):
    await admin.AddCredential(pb.AddCredentialRequest(name="ci", kind=KEY))
    await admin.RotateCredential(pb.RotateCredentialRequest(name="ci", kind=KEY))
    listed = (await admin.ListCredentials(pb.ListCredentialsRequest())).credentials
    assert [(one.name, one.secrets) for one in listed if one.kind == KEY] == [("ci", 2)]
    assert [one.name for one in listed if one.kind == SECRET] == ["accounts", "activity", "operator"]


async def test_a_removed_credential_is_gone(place, admin):
    await admin.RemoveCredential(pb.RemoveCredentialRequest(name="activity", kind=SECRET))
    with pytest.raises(Unauthenticated, match="CREDENTIALS_REFUSED"):
        await place.token("activity", "accounts")
    with pytest.raises(NotFound, match="CREDENTIAL_UNKNOWN"):
        await admin.RemoveCredential(pb.RemoveCredentialRequest(name="activity", kind=SECRET))


async def test_every_method_leaves_a_record_of_who_asked(place, admin):
    await admin.RotateKeys(pb.RotateKeysRequest())
    with pytest.raises(NotFound):
        await admin.RotateCredential(pb.RotateCredentialRequest(name="nobody", kind=KEY))
    granted, refused = place.audit.of("key.rotate")[0], place.audit.of("credential.rotate")[0]
    assert (granted.outcome, granted.who) == ("granted", "spiffe://campus/operator")
    assert granted.what.startswith("kid ")
    assert granted.source.startswith("ipv4:127.0.0.1:")
    assert (refused.outcome, refused.what, refused.reason) == ("refused", "api-key nobody", "CREDENTIAL_UNKNOWN")
