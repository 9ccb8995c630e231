"""The command line: one file a verb. Importing it is cheap; each verb imports what it needs when it runs."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process and exit."""
    from trunkline.cli.app import app

    app(prog_name="trunkline")
