"""`trunkline health`: what grpc_health_probe does, with most of its flags and its exit statuses."""

from __future__ import annotations

import re
from pathlib import Path  # noqa: TC003  typer reads annotations at run time
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from trunkline.cli.duration import seconds
from trunkline.cli.plain import complain

USAGE = 1
HEADER = re.compile(r"[a-z0-9_.-]+(?<!-bin)")


class HealthCommand(TyperCommand):
    """A command whose usage errors exit as those of grpc_health_probe do."""

    def make_context(self, *args: Any, **options: Any) -> Any:
        """Read the command line."""
        try:
            return super().make_context(*args, **options)
        except typer.TyperException as error:
            error.exit_code = USAGE
            raise


def health(
    addr: Annotated[str, typer.Option("--addr", "-addr", metavar="HOST:PORT", help="The server to ask.")],
    service: Annotated[str, typer.Option("--service", "-service", help="The service asked for; empty: all.")] = "",
    connect_timeout: Annotated[
        float, typer.Option("--connect-timeout", "-connect-timeout", parser=seconds, metavar="DURATION")
    ] = "1s",  # type: ignore[assignment]
    rpc_timeout: Annotated[
        float, typer.Option("--rpc-timeout", "-rpc-timeout", parser=seconds, metavar="DURATION")
    ] = "1s",  # type: ignore[assignment]
    tls: Annotated[bool, typer.Option("--tls", "-tls", help="Speak TLS.")] = False,
    tls_ca_cert: Annotated[
        Path | None, typer.Option("--tls-ca-cert", "-tls-ca-cert", help="Whom to trust; the system's where absent.")
    ] = None,
    tls_client_cert: Annotated[
        Path | None, typer.Option("--tls-client-cert", "-tls-client-cert", help="Certificate to show.")
    ] = None,
    tls_client_key: Annotated[
        Path | None, typer.Option("--tls-client-key", "-tls-client-key", help="Its private key.")
    ] = None,
    tls_server_name: Annotated[
        str, typer.Option("--tls-server-name", "-tls-server-name", help="Name the certificate must have.")
    ] = "",
    user_agent: Annotated[
        str, typer.Option("--user-agent", "-user-agent", help="What the server sees first in user-agent.")
    ] = "",
    rpc_header: Annotated[
        list[str] | None,
        typer.Option("--rpc-header", "-rpc-header", metavar="'NAME: VALUE'", help="Sent along; may be repeated."),
    ] = None,
    verbose: Annotated[
        bool, typer.Option("--v", "-v", help="Say on stderr what is done and how long it took.")
    ] = False,
) -> None:
    """Ask a server for its health by grpc.health.v1, as grpc_health_probe does.

    Flags and exit statuses are those of grpc_health_probe, without -alts, -gzip, -spiffe and -tls-no-verify.

    Exit status: 0 serving; 1 usage; 2 no connection in time; 3 the call failed or took too long; 4 not serving.
    """
    from trunkline.cli.probing import Probe, Tls, probe
    from trunkline.config.fault import in_words

    certificates = Tls(ca=tls_ca_cert, certificate=tls_client_cert, key=tls_client_key, name=tls_server_name)
    if not tls and certificates != Tls():
        complain("the other TLS flags need -tls")
        raise typer.Exit(USAGE)
    if (tls_client_cert is None) != (tls_client_key is None):
        complain("-tls-client-cert and -tls-client-key go together")
        raise typer.Exit(USAGE)
    headers = tuple(_header(text) for text in rpc_header or ())
    asked = Probe(addr, service, connect_timeout, rpc_timeout, certificates if tls else None, user_agent, headers)
    try:
        outcome = probe(asked, told=complain if verbose else lambda _: None)
    except OSError as error:
        complain(f"error: {in_words(error)}")
        raise typer.Exit(USAGE) from None
    if outcome.status:
        complain(outcome.text)
        raise typer.Exit(outcome.status)
    typer.echo(outcome.text)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not (HEADER.fullmatch(name.strip().lower()) and colon and value.strip().isascii()):
        complain(f"-rpc-header: {text!r} is not 'name: value'")
        raise typer.Exit(USAGE)
    return name.strip().lower(), value.strip()
