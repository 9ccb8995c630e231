from __future__ import annotations

from io import StringIO

from rich.console import Console

from campus.journey.refusal import Refusal
from campus.journey.show import show_refusal
from trunkline import PermissionDenied

DENIED = Refusal(PermissionDenied("RULE_REFUSED", "journey may not"), "trunkline access explain", "✗ rule")


def shown(refusal):
    console = Console(width=110, file=StringIO(), color_system=None)
    show_refusal(console, refusal)
    return console.file.getvalue()


def test_a_refused_call_is_shown_with_its_explanation():
    assert DENIED.wrong == []
    text = shown(DENIED)
    assert "PERMISSION_DENIED RULE_REFUSED: journey may not" in text
    assert "$ trunkline access explain\n✗ rule" in text


def test_a_call_that_is_let_through_is_a_fault():
    let_in = Refusal(None, "trunkline access explain", "✓")
    assert len(let_in.wrong) == 1
    assert "it was let through" in shown(let_in)
