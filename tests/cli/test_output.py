import json

from trunkline.cli.output import Output, print_rows

ROWS = [{"name": "accounts", "state": "[bold]up"}, {"name": "progress", "state": "down"}]


def test_rows_are_a_table_with_a_head(capsys):
    print_rows(ROWS, Output.TABLE)
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0] == ["name", "state"]
    assert lines[2:] == [["accounts", "[bold]up"], ["progress", "down"]]


def test_what_people_copy_is_never_broken(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    print_rows([{"id": "1" * 32, "text": "some words " * 5}], Output.TABLE, whole=("id",))
    assert "1" * 32 in capsys.readouterr().out


def test_that_there_are_no_rows_is_said_beside_stdout(capsys):
    print_rows([], Output.TABLE)
    assert capsys.readouterr() == ("", "none\n")


def test_rows_are_a_json_list(capsys):
    print_rows(ROWS, Output.JSON)
    assert json.loads(capsys.readouterr().out) == ROWS


async def test_a_form_that_is_not_known_is_named_with_those_that_are(trunkline):
    done = await trunkline("version", "-o", "yaml")
    assert done.status == 2
    assert "'yaml' is not one of table, json" in done.err
    assert "Value error" not in done.err


async def test_the_version_is_an_option_too(trunkline):
    done = await trunkline("--version")
    assert (done.status, done.out.startswith("trunkline "), done.err) == (0, True, "")
