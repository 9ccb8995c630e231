"""`trunkline access`: may one call another, why, and what a change opens or closes. Nothing has to run for it."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import Annotated

import typer

from trunkline.cli.given import DescriptorsOption, ModuleOption  # noqa: TC001
from trunkline.cli.output import Output, OutputOption, print_json
from trunkline.cli.place import FileOption  # noqa: TC001
from trunkline.cli.plain import FAILED, USELESS, complain, plain_errors

app = typer.Typer(help="Explain access decisions, and show who may call what.", no_args_is_help=True)


@app.command()
def explain(
    to: Annotated[str, typer.Option("--to", metavar="METHOD", help="package.Service/Method, or a telling end of it.")],
    caller: Annotated[
        str | None,
        typer.Option("--from", metavar="NAME", help="A component or user of access.yaml; `anybody` has no token."),
    ] = None,
    token: Annotated[
        str | None, typer.Option(metavar="FILE", help="Go by the token in this file, `-` for standard input.")
    ] = None,
    jwks: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Check the token's signature with this JSON Web Key Set.")
    ] = None,
    request: Annotated[
        str | None, typer.Option(metavar="JSON|@FILE", help="The request, for a rule that reads it.")
    ] = None,
    file: FileOption = None,
    descriptors: DescriptorsOption = None,
    module: ModuleOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Tell whether a call is allowed, and each step that leads to the decision.

    What the caller carries is taken from access.yaml, or from a token. A token is read from a file or from standard
    input, never from the command line, where every user of the machine could see it.

    Exit status: 0 allowed; 1 refused; 2 it cannot be told: a wrong command line or configuration, or a rule that reads
    the request and no --request.
    """
    with plain_errors():
        from trunkline.cli.asking import asked_of, question
        from trunkline.cli.explained import document_of, draw

        asked = question(to, file=file, descriptors=descriptors, modules=module or [])
        explanation = asked_of(asked, caller=caller, token=token, jwks=jwks, request=request)
        if output is Output.JSON:
            print_json(document_of(explanation, asked.places))
        else:
            draw(explanation, asked.places)
    if explanation.outcome is not True:
        raise typer.Exit(FAILED if explanation.outcome is False else USELESS)


@app.command()
def matrix(
    diff: Annotated[
        str | None, typer.Option("--diff", metavar="REV", help="What has changed since this git revision.")
    ] = None,
    file: FileOption = None,
    descriptors: DescriptorsOption = None,
    module: ModuleOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show who may call what: each caller of access.yaml, and anybody, by each method that the mesh serves.

    `rule` stands where a rule of the contract decides on each call. With --diff the contracts, the mesh file and
    access.yaml of a git revision are compared with those here; buf builds the contracts of both.

    Exit status: 0 shown, and with --diff nothing differs; 1 with --diff something does; 2 wrong command line or
    configuration.
    """
    with plain_errors():
        from trunkline.cli.asking import matrix_of
        from trunkline.cli.matrices import draw_difference, draw_matrix, rows_of

        now = matrix_of(file, descriptors=descriptors, modules=module or [])
        if diff is None:
            if output is Output.JSON:
                print_json({caller: {m: cell.answer for m, cell in row.items()} for caller, row in now.rows.items()})
            else:
                draw_matrix(now)
            return
        from trunkline.access.difference import difference
        from trunkline.cli.revision import at_revision
        from trunkline.config import ConfigError

        if descriptors is not None or module:
            raise typer.BadParameter("--diff compares workspaces; leave out --descriptors and --module")
        with at_revision(diff) as folder:
            try:
                before = matrix_of(file, folder=folder)
            except ConfigError as error:
                raise ConfigError(f"at {diff}: {error}") from None
        changes = difference(before, now)
        if output is Output.JSON:
            print_json(rows_of(changes))
        else:
            draw_difference(changes)
        complain(f"{len(changes)} change{'s'[: len(changes) != 1]} since {diff}")
    if changes:
        raise typer.Exit(FAILED)
