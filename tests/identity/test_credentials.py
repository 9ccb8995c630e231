from __future__ import annotations

import pytest

from trunkline.errors import AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from trunkline.identity.credentials import Credentials, name_in
from trunkline.identity.hashing import Hashing

SECRETS = [f"a secret of {number}".replace(" ", "-") + "-and-more" for number in range(4)]


@pytest.fixture
def hashing() -> Hashing:
    return Hashing()


@pytest.fixture
def credentials(store, hashing, clock) -> Credentials:
    return Credentials(store, hashing, clock=clock)


async def good(credentials: Credentials, name: str = "activity") -> list[bool]:
    return [await credentials.proves("bootstrap", name, secret) for secret in SECRETS]


async def test_two_secrets_are_good_at_a_time_and_the_oldest_goes_first(credentials):
    await credentials.add("bootstrap", "activity", SECRETS[0])
    await credentials.rotate("bootstrap", "activity", SECRETS[1])
    assert await good(credentials) == [True, True, False, False]
    await credentials.rotate("bootstrap", "activity", SECRETS[2])
    assert await good(credentials) == [False, True, True, False]


async def test_the_older_secret_can_be_taken_away_alone(credentials):
    await credentials.add("bootstrap", "activity", SECRETS[0])
    await credentials.rotate("bootstrap", "activity", SECRETS[1])
    await credentials.remove("bootstrap", "activity", older_only=True)
    assert await good(credentials) == [False, True, False, False]
    await credentials.remove("bootstrap", "activity", older_only=True)
    assert await good(credentials) == [False, True, False, False]


async def test_a_removed_credential_proves_nothing_and_may_be_made_anew(credentials):
    await credentials.add("bootstrap", "activity", SECRETS[0])
    await credentials.remove("bootstrap", "activity")
    assert await good(credentials) == [False] * 4
    with pytest.raises(NotFound, match="CREDENTIAL_UNKNOWN"):
        await credentials.remove("bootstrap", "activity")
    await credentials.add("bootstrap", "activity", SECRETS[1])
    assert await good(credentials) == [False, True, False, False]


async def test_a_secret_is_good_for_its_own_name_and_kind_only(credentials):
    await credentials.add("bootstrap", "activity", SECRETS[0])
    assert await good(credentials, "accounts") == [False] * 4
    assert not await credentials.proves("api-key", "activity", SECRETS[0])


async def test_a_second_credential_of_a_name_is_refused_and_a_first_rotation_too(credentials):
    with pytest.raises(NotFound, match="CREDENTIAL_UNKNOWN"):
        await credentials.rotate("bootstrap", "activity", SECRETS[0])
    await credentials.add("bootstrap", "activity", SECRETS[0])
    with pytest.raises(AlreadyExists, match="CREDENTIAL_EXISTS"):
        await credentials.add("bootstrap", "activity", SECRETS[1])


async def test_a_made_api_key_tells_its_name_and_proves_it(credentials):
    key = await credentials.add("api-key", "ci")
    assert name_in(key) == "ci"
    assert await credentials.proves("api-key", "ci", key)
    assert await credentials.add("bootstrap", "ci") != await credentials.rotate("bootstrap", "ci")


@pytest.mark.parametrize(
    "text", ["", "tlk_ci_short", "tlk__0123456789abcdef", "ci_0123456789abcdef", "tlk_C_" + "x" * 20]
)
def test_what_is_no_api_key_has_no_name(text):
    assert name_in(text) == ""


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("bootstrap", "short"),
        ("bootstrap", "with spaces in the middle"),
        ("bootstrap", "sécret-of-activity"),
        ("api-key", "tlk_other_0123456789abcdef"),
        ("api-key", "0123456789abcdef"),
    ],
)
async def test_a_secret_that_cannot_be_one_is_refused_and_not_shown(kind, secret, credentials):
    with pytest.raises(InvalidArgument, match="SECRET_UNFIT") as refusal:
        await credentials.add(kind, "activity", secret)
    assert secret not in str(refusal.value)


async def test_the_same_secret_again_is_no_rotation(credentials):
    await credentials.add("bootstrap", "activity", SECRETS[0])
    with pytest.raises(InvalidArgument, match="SECRET_UNFIT"):
        await credentials.rotate("bootstrap", "activity", SECRETS[0])


async def test_a_secret_found_right_costs_no_second_hash(credentials, hashing):
    await credentials.add("bootstrap", "activity", SECRETS[0])
    await credentials.proves("bootstrap", "activity", SECRETS[0])
    before = hashing.computed
    assert await credentials.proves("bootstrap", "activity", SECRETS[0])
    assert hashing.computed == before


@pytest.mark.parametrize("name", ["activity", "nobody"])
async def test_a_wrong_secret_costs_one_hash_whether_the_name_is_known_or_not(name, credentials, hashing):
    await credentials.add("bootstrap", "activity", SECRETS[0])
    await credentials.rotate("bootstrap", "activity", SECRETS[1])
    for _ in range(2):
        before = hashing.computed
        assert not await credentials.proves("bootstrap", name, SECRETS[3])
        assert hashing.computed == before + 1


async def test_nothing_that_is_stored_or_shown_holds_a_secret(credentials, store):
    await credentials.add("bootstrap", "activity", SECRETS[0])
    assert SECRETS[0].encode() not in (await store.snapshot()).entries[0].value
    (one,) = await credentials.list()
    assert SECRETS[0] not in repr(one)
    assert one.hashes[0].hex() not in repr(one)
    assert (one.name, one.kind, len(one.hashes)) == ("activity", "bootstrap", 1)


async def enrol(credentials, folder, secret: str | None = None) -> tuple[str, ...]:
    if secret is not None:
        (folder / "activity").write_text(f"{secret}\n")
    return await credentials.enrol(folder, ["activity"])


async def test_secrets_are_taken_from_the_files_that_bear_the_names(credentials, tmp_path):
    assert await enrol(credentials, tmp_path, SECRETS[0]) == ()
    assert await good(credentials) == [True, False, False, False]
    assert await credentials.enrol(tmp_path, ["activity", "progress"]) == ("progress",)


async def test_a_changed_file_is_a_rotation(credentials, tmp_path):
    await enrol(credentials, tmp_path, SECRETS[0])
    await enrol(credentials, tmp_path, SECRETS[1])
    assert await good(credentials) == [True, True, False, False]
    await enrol(credentials, tmp_path, SECRETS[2])
    assert await good(credentials) == [False, True, True, False]


async def test_an_old_file_brings_back_no_secret_that_was_taken_away(credentials, tmp_path):
    await enrol(credentials, tmp_path, SECRETS[0])
    await credentials.rotate("bootstrap", "activity", SECRETS[1])
    await credentials.remove("bootstrap", "activity", older_only=True)
    await enrol(credentials, tmp_path)
    assert await good(credentials) == [False, True, False, False]
    await credentials.remove("bootstrap", "activity")
    assert await enrol(credentials, tmp_path) == ("activity",)
    await credentials.add("bootstrap", "activity", SECRETS[2])
    await enrol(credentials, tmp_path)
    assert await good(credentials) == [False, False, True, False]


async def test_a_credential_without_a_file_is_none_the_worse_for_it(credentials, tmp_path):
    await credentials.add("bootstrap", "activity", SECRETS[0])
    assert await enrol(credentials, tmp_path) == ()
    assert await good(credentials) == [True, False, False, False]


async def test_a_file_that_is_there_and_holds_no_secret_stops_the_start(credentials, tmp_path):
    with pytest.raises(FailedPrecondition, match="SECRET_INVALID"):
        await enrol(credentials, tmp_path, "short")
