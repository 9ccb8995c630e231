"""`trunkline credentials`: bootstrap secrets of components and API keys of everybody else."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from trunkline.cli.acting import OPERATOR, ComponentOption, asked
from trunkline.cli.output import Output, OutputOption, print_json, print_rows
from trunkline.cli.place import FileOption  # noqa: TC001  typer reads annotations at run time
from trunkline.cli.plain import complain, plain_errors
from trunkline.cli.secret import secret_from

if TYPE_CHECKING:
    from trunkline.api.identity.v1 import administration_pb2 as pb
    from trunkline.mesh import Mesh

app = typer.Typer(help="Add, rotate, remove and list what proves who asks for a token.", no_args_is_help=True)


class Kind(StrEnum):
    """What a secret is good for."""

    BOOTSTRAP = "bootstrap"
    API_KEY = "api-key"


def _kind(text: str) -> Kind:
    if text not in list(Kind):
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(Kind)}")
    return Kind(text)


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The component, or whoever the API key is for.")]
KindOption = Annotated[
    Kind,
    typer.Option(
        "--kind",
        "-k",
        parser=_kind,
        metavar=f"[{'|'.join(Kind)}]",
        help="A component's own, or an API key for others.",
    ),
]
SecretOption = Annotated[
    str | None,
    typer.Option("--secret-file", metavar="FILE|-", help="Holds the secret; -: standard input. Made where absent."),
]


@app.command()
def add(
    name: NameArgument,
    kind: KindOption,
    secret_file: SecretOption = None,
    component: ComponentOption = OPERATOR,
    file: FileOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Add a credential. A secret that is made is printed on stdout, this once.

    Exit status: 0 added; 1 refused, such as where there is one already; 2 wrong command line or configuration.
    """
    from trunkline.api.identity.v1.administration_pb2 import AddCredentialRequest
    from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub

    given = _given(secret_file)

    async def question(mesh: Mesh) -> pb.AddCredentialResponse:
        request = AddCredentialRequest(name=name, kind=_number(kind), secret=given)
        return await IdentityAdminServiceStub(mesh.channel).AddCredential(request)

    _show(name, kind, given, asked(file, component, question).secret, output)


@app.command()
def rotate(
    name: NameArgument,
    kind: KindOption,
    secret_file: SecretOption = None,
    component: ComponentOption = OPERATOR,
    file: FileOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Add a second secret; the first stays good until it is removed with --older-only, or until the next rotation.

    Exit status: 0 rotated; 1 refused, such as where there is none; 2 wrong command line or configuration.
    """
    from trunkline.api.identity.v1.administration_pb2 import RotateCredentialRequest
    from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub

    given = _given(secret_file)

    async def question(mesh: Mesh) -> pb.RotateCredentialResponse:
        request = RotateCredentialRequest(name=name, kind=_number(kind), secret=given)
        return await IdentityAdminServiceStub(mesh.channel).RotateCredential(request)

    _show(name, kind, given, asked(file, component, question).secret, output)


@app.command()
def remove(
    name: NameArgument,
    kind: KindOption,
    older_only: Annotated[bool, typer.Option("--older-only", help="Only the older of its two secrets.")] = False,
    component: ComponentOption = OPERATOR,
    file: FileOption = None,
) -> None:
    """Remove a credential. Tokens that were had by it live on: `trunkline token revoke --subject NAME` ends them.

    Exit status: 0 removed; 1 refused, such as where there is none; 2 wrong command line or configuration.
    """
    from trunkline.api.identity.v1.administration_pb2 import RemoveCredentialRequest
    from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub

    async def question(mesh: Mesh) -> None:
        request = RemoveCredentialRequest(name=name, kind=_number(kind), older_only=older_only)
        await IdentityAdminServiceStub(mesh.channel).RemoveCredential(request)

    asked(file, component, question)
    # The backbone does not tell whether there was an older one.
    complain(f"{name} has its newest {kind} secret alone" if older_only else f"removed the {kind} credential of {name}")


@app.command("list")
def list_(component: ComponentOption = OPERATOR, file: FileOption = None, output: OutputOption = Output.TABLE) -> None:
    """List all credentials, without their secrets.

    Exit status: 0 listed; 1 refused, or nobody answered; 2 wrong command line or configuration.
    """
    from trunkline.api.identity.v1.administration_pb2 import ListCredentialsRequest
    from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub

    async def question(mesh: Mesh) -> list[pb.Credential]:
        response = await IdentityAdminServiceStub(mesh.channel).ListCredentials(ListCredentialsRequest())
        return list(response.credentials)

    print_rows([_row(one, output) for one in asked(file, component, question)], output)


def _given(secret_file: str | None) -> str:
    with plain_errors():
        return "" if secret_file is None else secret_from(secret_file, "secret")


def _number(kind: Kind) -> pb.CredentialKind.ValueType:
    from trunkline.api.identity.v1 import administration_pb2 as pb

    return {Kind.BOOTSTRAP: pb.CREDENTIAL_KIND_BOOTSTRAP, Kind.API_KEY: pb.CREDENTIAL_KIND_API_KEY}[kind]


def _show(name: str, kind: Kind, given: str, secret: str, output: Output) -> None:
    if output is Output.JSON:
        print_json({"name": name, "kind": kind, "secret": secret})
        return
    if secret and secret != given:
        print(secret)
        complain(f"the {kind} secret of {name}, shown this once: only its hash is kept")
    else:
        complain(f"the {kind} secret of {name} is good from now on")


def _row(one: pb.Credential, output: Output) -> dict[str, object]:
    import time

    from trunkline.api.identity.v1.administration_pb2 import CredentialKind
    from trunkline.cli.dates import from_now

    kind = CredentialKind.Name(one.kind).removeprefix("CREDENTIAL_KIND_").lower().replace("_", "-")
    plain = {"name": one.name, "kind": kind, "secrets": one.secrets}
    times = {"created": one.created_at, "rotated": one.rotated_at}
    if output is Output.JSON:
        return plain | {f"{key}_at": at.ToJsonString() if at.ByteSize() else None for key, at in times.items()}
    now = time.time()
    ago = {key: from_now(at.ToNanoseconds() / 1e9 - now, units=1) if at.ByteSize() else "" for key, at in times.items()}
    return plain | ago
