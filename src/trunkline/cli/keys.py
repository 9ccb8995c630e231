"""`trunkline keys`: those that sign tokens, and the next one's turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from trunkline.cli.acting import OPERATOR, ComponentOption, asked
from trunkline.cli.output import Output, OutputOption, print_json, print_rows
from trunkline.cli.place import FileOption  # noqa: TC001  typer reads annotations at run time

if TYPE_CHECKING:
    from trunkline.api.identity.v1 import administration_pb2 as pb
    from trunkline.mesh import Mesh

app = typer.Typer(help="List the keys that sign tokens, and rotate them.", no_args_is_help=True)


@app.command("list")
def list_(component: ComponentOption = OPERATOR, file: FileOption = None, output: OutputOption = Output.TABLE) -> None:
    """List the signing keys and where each stands, the newest first.

    Exit status: 0 listed; 1 refused, or nobody answered; 2 wrong command line or configuration.
    """
    from trunkline.api.identity.v1.administration_pb2 import ListKeysRequest
    from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub

    async def question(mesh: Mesh) -> list[pb.SigningKey]:
        return list((await IdentityAdminServiceStub(mesh.channel).ListKeys(ListKeysRequest())).keys)

    print_rows([_row(key, output) for key in asked(file, component, question)], output, whole=("kid",))


@app.command()
def rotate(component: ComponentOption = OPERATOR, file: FileOption = None, output: OutputOption = Output.TABLE) -> None:
    """Let the next key sign as soon as everybody knows it. Tokens of the former one stay valid until they expire.

    Exit status: 0 it signs, or will; 1 refused, or nobody answered; 2 wrong command line or configuration.
    """
    from trunkline.api.identity.v1.administration_pb2 import RotateKeysRequest
    from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub

    async def question(mesh: Mesh) -> pb.RotateKeysResponse:
        return await IdentityAdminServiceStub(mesh.channel).RotateKeys(RotateKeysRequest())

    response = asked(file, component, question)
    row = {"kid": response.key.kid, "alg": response.key.alg}
    when = _when(response, "active_from", output)
    if output is Output.JSON:
        print_json(row | {"active_from": when})
    else:
        print_rows([row | {"signs from": when}], output, whole=("kid",))


def _row(key: pb.SigningKey, output: Output) -> dict[str, object]:
    from trunkline.api.identity.v1.administration_pb2 import KeyState

    state = KeyState.Name(key.state).removeprefix("KEY_STATE_").lower()
    names = {"published": "published_at", "signs from": "activated_at", "ends": "ends_at"}
    times = {
        field if output is Output.JSON else name: _when(key, field, output, units=1) for name, field in names.items()
    }
    return {"kid": key.kid, "alg": key.alg, "state": state, **times}


def _when(message: pb.SigningKey | pb.RotateKeysResponse, field: str, output: Output, *, units: int = 2) -> str | None:
    import time

    from trunkline.cli.dates import from_now

    said = getattr(message, field)
    if not said.ByteSize():
        return None if output is Output.JSON else ""
    return (
        said.ToJsonString()
        if output is Output.JSON
        else from_now(said.ToNanoseconds() / 1e9 - time.time(), units=units)
    )
