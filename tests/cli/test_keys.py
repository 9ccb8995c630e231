import json


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip()]


async def test_keys_are_a_table_with_the_state_of_each(ask):
    done = await ask("keys", "list")
    head, _, *rows = cells(done.out)
    assert (done.status, done.err, head) == (0, "", ["kid", "alg", "state", "published", "signs", "from", "ends"])
    assert [row[:3] for row in rows] == [["two", "EdDSA", "next"], ["one", "EdDSA", "active"]]
    assert [row.count("ago") for row in rows] == [1, 2]


async def test_keys_are_data_too(ask):
    assert json.loads((await ask("keys", "list", "-o", "json")).out)[1] == {
        "kid": "one",
        "alg": "EdDSA",
        "state": "active",
        "published_at": "2023-11-14T22:03:20Z",
        "activated_at": "2023-11-14T22:08:20Z",
        "ends_at": None,
    }


async def test_a_rotation_tells_which_key_signs_from_when(ask, desk):
    done = await ask("keys", "rotate")
    assert done.status == 0
    head, _, row = cells(done.out)
    assert (head, row[:2], row[-1]) == (["kid", "alg", "signs", "from"], ["two", "EdDSA"], "ago")
    assert len(desk.asked) == 1


async def test_a_rotation_is_data_too(ask):
    done = await ask("keys", "rotate", "-o", "json")
    assert json.loads(done.out) == {"kid": "two", "alg": "EdDSA", "active_from": "2023-11-14T22:18:20Z"}
