"""`trunkline token`: ask for one, look into one, exchange, revoke and list."""

from __future__ import annotations

from typing import Annotated

import typer

from trunkline.cli.acting import OPERATOR, ComponentOption, asked
from trunkline.cli.output import Output, OutputOption, print_json, print_rows
from trunkline.cli.place import FileOption  # noqa: TC001  typer reads annotations at run time
from trunkline.cli.plain import FAILED, plain_errors
from trunkline.cli.secret import STDIN, secret_from

app = typer.Typer(help="Ask for tokens, look into them, revoke and list them.", no_args_is_help=True)

TokenArgument = Annotated[str, typer.Argument(metavar="[FILE|-]", help="Holds the token; -: standard input.")]
AudienceOption = Annotated[str, typer.Option("--audience", "-a", metavar="NAME", help="The component to be called.")]
ScopeOption = Annotated[
    list[str] | None,
    typer.Option("--scope", "-s", metavar="SCOPE", help="A scope it shall carry; may be repeated. All where absent."),
]


@app.command()
def issue(
    audience: AudienceOption,
    scope: ScopeOption = None,
    refreshable: Annotated[
        bool, typer.Option("--refreshable", help="With a refresh token, too; needs -o json, which holds both.")
    ] = False,
    component: ComponentOption = OPERATOR,
    api_key_file: Annotated[
        str | None,
        typer.Option("--api-key-file", metavar="FILE|-", help="Holds an API key to ask with, in place of a component."),
    ] = None,
    file: FileOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Ask for a token for calls to one component, and print it.

    The token alone goes to stdout, what it carries to stderr. Exit status: 0 issued; 1 refused, or nobody answered;
    2 wrong command line or configuration.
    """
    if refreshable and output is not Output.JSON:
        raise typer.BadParameter("--refreshable needs -o json, as stdout is for the token alone")
    with plain_errors():
        key = None if api_key_file is None else secret_from(api_key_file, "API key")

    from trunkline.cli import issuing

    question = issuing.issue(audience, scope or [], refreshable=refreshable, api_key=key)
    issuing.show(asked(file, component, question, anonymous=key is not None), audience, output)


@app.command()
def exchange(
    audience: AudienceOption,
    token: TokenArgument = STDIN,
    scope: ScopeOption = None,
    component: ComponentOption = OPERATOR,
    file: FileOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Exchange a user's token for one by which the component acts on the user's behalf, and print that.

    Exit status: 0 exchanged; 1 refused, or nobody answered; 2 wrong command line or configuration.
    """
    with plain_errors():
        subject = secret_from(token, "token")

    from trunkline.cli import issuing

    issuing.show(asked(file, component, issuing.exchange(subject, audience, scope or [])), audience, output)


@app.command()
def inspect(
    token: TokenArgument = STDIN,
    online: Annotated[bool, typer.Option("--online", help="Ask the backbone whether it is good now.")] = False,
    component: ComponentOption = OPERATOR,
    file: FileOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Show what a token says: who, for whom, what, until when.

    Without --online nothing is asked and nothing proved: anybody can have written the token. Exit status: 0 shown;
    1 no token, or with --online not good now; 2 wrong command line or configuration.
    """
    with plain_errors():
        text = secret_from(token, "token")

    from trunkline.cli import inspecting

    decoded = inspecting.decoded(text, token)
    active = asked(file, component, inspecting.introspect(text)) if online else None
    inspecting.show(decoded, output, active=active)
    if active is False:
        raise typer.Exit(FAILED)


@app.command()
def revoke(
    jti: Annotated[str | None, typer.Option("--jti", metavar="ID", help="One token, by its id.")] = None,
    subject: Annotated[
        str | None, typer.Option("--subject", metavar="NAME", help="All of a user or a component, up to now.")
    ] = None,
    key: Annotated[str | None, typer.Option("--key", metavar="KID", help="All that a key signed.")] = None,
    family: Annotated[
        str | None, typer.Option("--family", metavar="ID", help="All that came of one refresh token.")
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, for the audit log.")] = "",
    component: ComponentOption = OPERATOR,
    file: FileOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Revoke a token, everything of a subject or a key, or a refresh token with all that came of it.

    When it returns, the revocation is on disk, and it says how many of those that watch refuse already. Exit status:
    0 revoked; 1 refused, or nobody answered; 2 wrong command line or configuration.
    """
    given = {"jti": jti, "subject": subject, "kid": key, "family": family}
    targets = {name: value for name, value in given.items() if value}
    if len(targets) != 1:
        raise typer.BadParameter("say exactly one of --jti, --subject, --key and --family")

    from trunkline.cli import revoking

    response = asked(file, component, revoking.revoke(targets, reason))
    if output is Output.JSON:
        print_json(revoking.document(response))
    else:
        print(revoking.sentence(response))


@app.command("list")
def list_(
    subject: Annotated[str, typer.Option("--subject", metavar="NAME", help="Only a user's or a component's.")] = "",
    component: ComponentOption = OPERATOR,
    file: FileOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """List the tokens that are valid now, the newest first.

    Exit status: 0 listed; 1 refused, or nobody answered; 2 wrong command line or configuration.
    """
    from trunkline.cli import live

    records = asked(file, component, live.tokens(subject))
    if output is Output.JSON:
        print_json([live.document(record) for record in records])
    else:
        print_rows(live.rows(records), output, whole=("id",))
