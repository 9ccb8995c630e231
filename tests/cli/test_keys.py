import json


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.strip()]


async def test_keys_are_a_table_with_the_state_of_each(ask):
    done = await ask("keys", "list")
    head, _, *rows = cells(done.out)
    assert (done.status, done.err, head) == (0, "", ["kid", "alg", "state", "published", "signs", "from", "ends"])
    assert [row[:5] for row in rows if row[0] in {"one", "two"}] == [
        ["two", "EdDSA", "next", "2023-11-14", "22:13:20"],
        ["one", "EdDSA", "active", "2023-11-14", "22:03:20"],
    ]


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
    assert ["two", "EdDSA", "2023-11-14", "22:18:20"] in [row[:4] for row in cells(done.out)]
    assert len(desk.asked) == 1


async def test_a_rotation_is_data_too(ask):
    done = await ask("keys", "rotate", "-o", "json")
    assert json.loads(done.out) == {"kid": "two", "alg": "EdDSA", "active_from": "2023-11-14T22:18:20Z"}
