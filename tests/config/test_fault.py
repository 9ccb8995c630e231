import pytest

MESH = """\
    mesh: campus
    environment: development
    backbone: {address: "127.0.0.1:1"}
    components:
      a: {address: "127.0.0.1:2", services: [x.y]}
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[x.y]", "x.Accounts", "5: components.a.services: must be a list, such as [x.Accounts]"),
        ("[x.y]", "{x: y}", "5: components.a.services: must be a list"),
        (
            ": development",
            ": prod",
            "2: environment: must be 'development', 'staging' or 'production', not 'prod'; did you mean 'production'?",
        ),
        (
            ": development",
            ": stagin",
            "2: environment: must be 'development', 'staging' or 'production', not 'stagin'; did you mean 'staging'?",
        ),
    ],
)
def test_what_is_wrong_is_said_in_plain_words(written, old: str, new: str, fault: str):
    assert written.faults(MESH.replace(old, new)) == [f"trunkline.yaml:{fault}"]
