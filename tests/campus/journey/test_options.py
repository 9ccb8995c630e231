from __future__ import annotations

from pathlib import Path

import pytest

from campus.journey.options import LEARNERS, SEED, Options, parse


def test_without_options_a_generated_data_set_is_used():
    assert parse([]) == Options(None, False, None, SEED, LEARNERS, False, Path("trunkline.yaml"), None)


def test_every_option_is_read():
    given = [
        "--chaos",
        "--json",
        "j",
        "--seed",
        "7",
        "--learners",
        "9",
        "--skip-bad-rows",
        "--file",
        "m.yaml",
        "--logs",
        "l",
    ]
    assert parse(given) == Options(None, True, Path("j"), 7, 9, True, Path("m.yaml"), Path("l"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--learners", "0"], "'0' is no whole number above 0"),
        (["--learners", "x"], "'x' is no whole number above 0"),
        (["--data", "d", "--seed", "0"], "not for --data"),
        (["--data", "d", "--learners", "5"], "not for --data"),
        (["--dta", "d"], "unrecognized arguments"),
    ],
)
def test_a_wrong_command_line_ends_with_two(given, said, capsys):
    with pytest.raises(SystemExit) as caught:
        parse(given)
    assert caught.value.code == 2
    assert said in capsys.readouterr().err
