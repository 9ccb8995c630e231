"""`trunkline wait`: until others are ready; the init container of a pod."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trunkline.cli.duration import seconds
from trunkline.cli.place import FileOption, mesh_file
from trunkline.cli.plain import FAILED, complain, plain_errors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def wait(
    targets: Annotated[list[str], typer.Argument(metavar="ADDRESS|COMPONENT...", help="host:port, or its name.")],
    file: FileOption = None,
    timeout: Annotated[
        float, typer.Option("--timeout", parser=seconds, metavar="DURATION", help="How long at most.")
    ] = "60s",  # type: ignore[assignment]
    service: Annotated[str, typer.Option("--service", help="The name that health is asked for.")] = "readiness",
) -> None:
    """Wait until each target answers SERVING.

    Exit status: 0 all do; 1 some did not in time, they are named; 2 no such component.
    """
    with plain_errors():
        import asyncio

        from trunkline.cli.waiting import wait_for_all

        late = asyncio.run(wait_for_all(_addresses(targets, file), service=service, timeout=timeout))
    if late:
        complain(f"not ready after {timeout:g} s: " + "; ".join(f"{name} ({why})" for name, why in late.items()))
        raise typer.Exit(FAILED)


def _addresses(targets: list[str], file: Path | None) -> Mapping[str, str]:
    from trunkline.config import ConfigError
    from trunkline.config.address import split_address
    from trunkline.config.fault import nearest

    found: dict[str, str] = {}
    for target in targets:
        if ":" in target:
            try:
                split_address(target)
            except ValueError as error:
                raise ConfigError(str(error)) from None
            found[target] = target
            continue
        mesh = mesh_file(file)
        endpoints = mesh.endpoints() if mesh else {}
        if target not in endpoints:
            where = mesh.path.name if mesh else "no trunkline.yaml here"
            raise ConfigError(f"{where}: no component {target!r} with an address{nearest(target, endpoints)}")
        several = len(endpoints[target]) > 1
        found |= {f"{target}/{i}" if several else target: place for i, place in enumerate(endpoints[target])}
    return found
