"""Looking into a token, with or without the backbone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trunkline.api.identity.v1 import administration_pb2 as pb
from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub
from trunkline.cli.claims import expired, lines_of
from trunkline.cli.decode import decode
from trunkline.cli.output import Output, print_json
from trunkline.cli.plain import FAILED, complain
from trunkline.cli.secret import STDIN

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from trunkline.cli.decode import Decoded
    from trunkline.mesh import Mesh

UNPROVED = "not proved: anybody can have written this. --online asks the backbone"


def decoded(text: str, source: str) -> Decoded:
    """Return what the token of `source` says; end the process where it is none."""
    try:
        return decode(text)
    except ValueError as error:
        complain(f"{'standard input' if source == STDIN else source}: {error}")
        raise SystemExit(FAILED) from None


def introspect(text: str) -> Callable[[Mesh], Awaitable[bool]]:
    """Return the question whether the token is good now."""

    async def question(mesh: Mesh) -> bool:
        stub = IdentityAdminServiceStub(mesh.channel)
        return (await stub.IntrospectToken(pb.IntrospectTokenRequest(token=text))).active

    return question


def show(token: Decoded, output: Output, *, active: bool | None) -> None:
    """Print what a token says on stdout. `active`: what the backbone says of it; None where it was not asked."""
    now = time.time()
    over = expired(token.claims, now)
    if output is Output.JSON:
        print_json({"header": token.header, "claims": token.claims, "expired": over, "active": active})
        return
    lines = lines_of(token, now)
    if active is not None:
        lines.append(("backbone", "says it is good now" if active else "says it is not good"))
    draw(lines, bad={"expires"} if over else {"backbone"} if active is False else set())
    if active is None:
        complain(UNPROVED)


def draw(lines: list[tuple[str, str]], *, bad: set[str]) -> None:
    """Print labels and values side by side, those that are `bad` in red."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for label, value in lines:
        table.add_row(label, Text(value, style="red" if label in bad else ""))
    Console(markup=False, highlight=False).print(table)
