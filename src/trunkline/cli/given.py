"""Which contracts a verb looks at: the workspace that lies here, or what its options say instead."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trunkline.cli.plain import FAILED, complain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from trunkline.contract.load import Contracts

DescriptorsOption = Annotated[
    Path | None, typer.Option("--descriptors", metavar="FILE", help="A serialized FileDescriptorSet instead.")
]
ModuleOption = Annotated[
    list[str] | None,
    typer.Option("--module", "-m", metavar="MODULE", help="A generated module, or a package of them, instead."),
]


def load_contracts(
    paths: Sequence[Path], descriptors: Path | None, modules: Sequence[str], *, unreadable: int = FAILED
) -> list[Contracts]:
    """Return the contracts that are meant. Exits with `unreadable`, and a message, where they cannot be read."""
    from trunkline.contract import load

    if sum(map(bool, (paths, descriptors, modules))) > 1:
        raise typer.BadParameter("PATH, --descriptors and --module exclude one another")
    try:
        if descriptors is not None:
            return [load.from_descriptors(descriptors)]
        if modules or not (paths or _builds_here()):
            sys.path.insert(0, str(Path.cwd()))
            return [load.from_modules(modules)]
        load.require(paths)
        workspaces = [path for path in paths if (path / load.WORKSPACE).is_file()]
        parts = [path for path in paths if path not in workspaces]
        here = [load.from_workspace(Path(), parts)] if parts or not workspaces else []
        return here + [load.from_workspace(workspace) for workspace in workspaces]
    except (load.Unreadable, OSError) as error:
        complain(str(error))
        raise typer.Exit(unreadable) from None


def _builds_here() -> bool:
    from trunkline.contract import load

    if not Path(load.WORKSPACE).is_file():
        return False
    if load.buf_program() is None:
        complain("buf is not installed (pip install buf-bin): taking the generated code instead, which has no lines")
        return False
    return True
