import json

from trunkline.cli.output import Output, print_rows

ROWS = [{"name": "accounts", "state": "[bold]up"}, {"name": "progress", "state": "down"}]


def test_rows_are_a_table_with_a_head(capsys):
    print_rows(ROWS, Output.TABLE)
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert lines[0] == ["name", "state"]
    assert lines[2:] == [["accounts", "[bold]up"], ["progress", "down"]]


def test_rows_are_a_json_list(capsys):
    print_rows(ROWS, Output.JSON)
    assert json.loads(capsys.readouterr().out) == ROWS
