"""`python -m trunkline.cli.child [MODULE:FUNCTION]`: a component, without one the backbone, as a supervisor starts it.

The environment says who it is, so there are no options to read: the command line's library stays unloaded, 2 MB and a
twelfth of the start of each process.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from trunkline.cli.loop import run_to_end, under_mesh
from trunkline.cli.plain import plain_errors
from trunkline.cli.supervised import wait_for_the_word

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from trunkline.config import Settings

    Main = Callable[[Settings], Coroutine[object, object, None]]


def main() -> None:
    """Load everything, wait for the word, run to the end and exit as `trunkline run` and `trunkline serve` do."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    with plain_errors():
        from trunkline.config import load_settings

        settings = load_settings(os.environ)
        # Loaded before the word to begin: all processes of a mesh load their code at the same time.
        run = _component(sys.argv[1]) if len(sys.argv) > 1 else _backbone()
        wait_for_the_word()
        run_to_end(run(settings), settings)


def _component(entry: str) -> Main:
    import trunkline.mesh  # noqa: F401
    from trunkline.cli.entry import load_entry

    function = load_entry(entry)
    return lambda settings: under_mesh(settings, function)


def _backbone() -> Main:
    from trunkline.app import serve_backbone

    return serve_backbone


if __name__ == "__main__":
    main()
