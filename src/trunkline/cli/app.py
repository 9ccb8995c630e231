"""The verbs together."""

from __future__ import annotations

import inspect
from typing import Annotated

import typer

from trunkline.cli import audit, contracts, health, run, serve, up, version, wait
from trunkline.cli.output import reflowed
from trunkline.cli.version import say_version

EPILOG = (
    "Exit status: 0 done; 1 it failed; 2 wrong command line or configuration. `health` has its own, see there. "
    "Data goes to stdout, messages to stderr. NO_COLOR is honoured."
)

app = typer.Typer(
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up.up)
app.command("run")(run.run)
app.command("serve")(serve.serve)
app.command("health", cls=health.HealthCommand)(health.health)
app.command("wait")(wait.wait)
app.add_typer(contracts.app, name="contracts")
app.add_typer(audit.app, name="audit")
app.command("version")(version.version)
for command in (
    *app.registered_commands,
    *contracts.app.registered_commands,
    *audit.app.registered_commands,
):
    command.help = reflowed(inspect.getdoc(command.callback) or "")


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=say_version, help="Print the version and exit.")
    ] = False,
) -> None:
    """Trunkline: a gRPC service mesh that lives in the process."""
