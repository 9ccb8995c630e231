"""The command line: one file a verb. Importing it is cheap; each verb imports what it needs when it runs."""

from __future__ import annotations

__all__ = ["main"]


def main() -> None:
    """Run the command line of this process and exit."""
    import os

    from trunkline.cli.app import app

    # C-core writes lines of its own to stderr, such as for a taken port, about what we say in words.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    app(prog_name="trunkline")
