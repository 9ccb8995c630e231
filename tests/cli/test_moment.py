from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer

from trunkline.cli.moment import moment


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2026-03-01", "2026-03-01T00:00:00.000000Z"),
        ("2026-03-01T12:00", "2026-03-01T12:00:00.000000Z"),
        ("2026-03-01T12:00:00.5Z", "2026-03-01T12:00:00.500000Z"),
        ("2026-03-01T12:00+02:00", "2026-03-01T10:00:00.000000Z"),
        ("", ""),
    ],
)
def test_a_time_is_utc_unless_it_says_otherwise(text, said):
    assert moment(text) == said


def test_a_duration_is_that_long_ago():
    assert moment("2h") < moment("1h30m") < datetime.now(UTC).isoformat()


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "1x", "0001-01-01T00:00+14:00", "99999999999h"])
def test_anything_else_is_refused(text):
    with pytest.raises(typer.BadParameter):
        moment(text)
