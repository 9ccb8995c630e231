import pytest

from trunkline.config import ConfigError, load_settings
from trunkline.config.environment import overrides, variable, without_master_key


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        (
            "TRUNKLINE_LIMITS__MAX_MESAGE_BYTES",
            "1",
            "TRUNKLINE_LIMITS__MAX_MESAGE_BYTES: no such setting; did you mean 'TRUNKLINE_LIMITS__MAX_MESSAGE_BYTES'?",
        ),
        ("TRUNKLINE_LISTN", "x:1", "TRUNKLINE_LISTN: no such setting; did you mean 'TRUNKLINE_LISTEN'?"),
        ("TRUNKLINE_LOG__LEVEL__DEEP", "x", "TRUNKLINE_LOG__LEVEL__DEEP: no such setting"),
        ("TRUNKLINE_LISTEN", "here", "TRUNKLINE_LISTEN: 'here' is not host:port, such as 127.0.0.1:7400"),
        ("TRUNKLINE_NEEDS", "accounts", "TRUNKLINE_NEEDS: must be JSON"),
        ("TRUNKLINE_LIMITS", "5", "TRUNKLINE_LIMITS: must be a mapping of keys to values"),
        (
            "TRUNKLINE_LOG__LEVEL",
            "loud",
            "TRUNKLINE_LOG__LEVEL: must be 'debug', 'info', 'warning' or 'error', no",
        ),
        ("TRUNKLINE_REFLECTION", "maybe", "TRUNKLINE_REFLECTION: input should be a valid boolean"),
    ],
)
def test_a_wrong_variable_is_one_line_that_names_it(name: str, value: str, message: str):
    with pytest.raises(ConfigError) as caught:
        load_settings({"TRUNKLINE_COMPONENT": "me", name: value})
    assert len(caught.value.faults) == 1
    assert caught.value.faults[0].startswith(message)


@pytest.mark.parametrize("name", [variable(("identity", "master_key")), "TRUNKLINE_identity__master_key"])
def test_the_master_key_is_not_handed_on(name: str):
    assert without_master_key({name: "secret", "PATH": "3"}) == {"PATH": "3"}


def test_all_wrong_variables_are_named_at_once():
    with pytest.raises(ConfigError) as caught:
        overrides({"TRUNKLINE_B": "1", "TRUNKLINE_A": "2", "PATH": "3"})
    assert [fault.partition(":")[0] for fault in caught.value.faults] == ["TRUNKLINE_A", "TRUNKLINE_B"]


def test_a_section_may_be_json_and_single_keys_win_over_it():
    given = overrides({"TRUNKLINE_LOG": '{"level": "debug", "one_in": 3}', "TRUNKLINE_LOG__LEVEL": "error"})
    assert given == {"log": {"level": "error", "one_in": 3}}


def test_the_process_environment_does_not_leak_in(monkeypatch):
    monkeypatch.setenv("TRUNKLINE_MESH", "leaked")
    assert overrides({"TRUNKLINE_LOG__LEVEL": "error"}) == {"log": {"level": "error"}}
    assert load_settings({"TRUNKLINE_COMPONENT": "me"}).mesh == "mesh"


def test_the_name_of_a_variable_follows_the_path_of_its_setting():
    assert variable(("limits", "max_deadline")) == "TRUNKLINE_LIMITS__MAX_DEADLINE"
    assert variable(("needs", 0)) == "TRUNKLINE_NEEDS"
