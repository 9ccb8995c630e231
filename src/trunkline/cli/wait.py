"""`trunkline wait`: until others are ready; the init container of a pod."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.duration import seconds
from trunkline.cli.place import FileOption  # noqa: TC001  typer reads annotations at run time
from trunkline.cli.plain import FAILED, complain, plain_errors


def wait(
    targets: Annotated[list[str], typer.Argument(metavar="ADDRESS|COMPONENT...", help="host:port, or its name.")],
    file: FileOption = None,
    timeout: Annotated[
        float, typer.Option("--timeout", parser=seconds, metavar="DURATION", help="How long at most.")
    ] = "60s",  # type: ignore[assignment]
    service: Annotated[str, typer.Option("--service", help="The name that health is asked for.")] = "readiness",
) -> None:
    """Wait until each target answers SERVING. A component that speaks TLS is shown its own certificate.

    Exit status: 0 all do; 1 some did not in time, they are named; 2 no such component.
    """
    with plain_errors():
        import asyncio

        from trunkline.cli.targets import found_targets
        from trunkline.cli.waiting import wait_for_all

        late = asyncio.run(wait_for_all(found_targets(targets, file), service=service, timeout=timeout))
    if late:
        complain(f"not ready after {timeout:g} s: " + "; ".join(f"{name} ({why})" for name, why in late.items()))
        raise typer.Exit(FAILED)
