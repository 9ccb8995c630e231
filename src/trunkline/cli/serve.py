"""`trunkline serve`: the backbone in this process."""

from __future__ import annotations

from trunkline.cli.place import FileOption, settings_of
from trunkline.cli.plain import plain_errors


def serve(file: FileOption = None) -> None:
    """Run the backbone until SIGTERM drains it.

    Exit status: 0 drained; 1 it failed, such as by a port that is taken; 2 wrong configuration.
    """
    with plain_errors():
        from trunkline.cli.loop import run_to_end
        from trunkline.config import BACKBONE

        settings = settings_of(file, BACKBONE, 0, "")
        from trunkline.app import serve_backbone

        run_to_end(serve_backbone(settings), settings)
