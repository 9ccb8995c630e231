"""A mesh of real processes to try faults on: a backbone, three instances of one component, a caller, an operator."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
import yaml
from faults.identity.pace import after
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from trunkline import Mesh, Supervisor, Unavailable, load_mesh_file, settings_for
from trunkline.api.identity.v1 import identity_pb2 as identity
from trunkline.api.identity.v1.administration_pb2_grpc import IdentityAdminServiceStub
from trunkline.api.identity.v1.identity_pb2_grpc import IdentityServiceStub
from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

TESTS = Path(__file__).resolve().parents[2]
INSTANCES = 3
PATIENCE = 30.0
T = TypeVar("T")
SCOPES = ["identity.read", "identity.revoke", "identity.keys", "diagnostics.read"]


def document(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mesh file. Unless `settings` say otherwise, everybody may ask and be refused as often as they like."""
    identity = {"requests": "1000/second", "refusals": "1000000/minute", **settings.get("identity", {})}
    return {
        "mesh": "faults",
        "environment": "production",
        "settings": {"drain": {"delay": 0, "grace": 2}, "log": {"level": "error"}, **settings, "identity": identity},
        "backbone": {"address": "127.0.0.1:0"},
        "components": {
            "echo": {
                "run": "faults.identity.component:main",
                "addresses": ["127.0.0.1:0"] * INSTANCES,
                "services": ["trunkline.api.testing.v1.EchoService"],
            },
            "caller": {},
            "operator": {},
        },
    }


@dataclass(frozen=True, slots=True)
class Town:
    """A mesh that is up. `instances` are reached by themselves, without chain and token."""

    up: Supervisor
    caller: Mesh
    operator: Mesh
    admin: IdentityAdminServiceStub
    backbone: IdentityServiceStub
    instances: tuple[EchoServiceStub, ...]

    async def issue(self, audience: str = "echo") -> identity.IssuedToken:
        """Return a fresh token of the caller's, once the backbone answers."""
        secret = (self.up.mesh_file.folder / "secrets" / "caller").read_text()
        request = identity.IssueTokenRequest(
            audience=audience, bootstrap=identity.BootstrapSecret(component="caller", secret=secret)
        )
        answer = await answered(lambda: self.backbone.IssueToken(request, timeout=5))
        return answer.token

    def freeze(self) -> None:
        """Stop the backbone where it stands."""
        os.kill(self.up.pids["backbone"], signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.up.pids["backbone"], signal.SIGCONT)


@asynccontextmanager
async def town(folder: Path, settings: Mapping[str, Any], *, plant: str = "") -> AsyncIterator[Town]:
    """Bring a mesh up in `folder`; `plant` names a bug in every instance of its component."""
    _write(folder, settings)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    path = os.pathsep.join(filter(None, (str(TESTS), inherited.get("PYTHONPATH", ""))))
    environ = {**inherited, "PYTHONPATH": path, "FAULTS_PLANT": plant}
    async with AsyncExitStack() as stack:
        log = stack.enter_context((folder / "log").open("w"))
        mesh_file = load_mesh_file(folder / "trunkline.yaml")
        up = await stack.enter_async_context(Supervisor(mesh_file, output=log, environ=environ))
        async with asyncio.timeout(PATIENCE):
            await up.wait_ready()
        meshes = {
            name: await stack.enter_async_context(Mesh.open(settings_for(up.mesh_file, name)))
            for name in ("caller", "operator")
        }
        endpoints = up.mesh_file.endpoints()
        plain = [
            await stack.enter_async_context(grpc.aio.insecure_channel(one))
            for one in (*endpoints["echo"], *endpoints["backbone"])
        ]
        yield Town(
            up=up,
            admin=IdentityAdminServiceStub(meshes["operator"].channel),
            backbone=IdentityServiceStub(plain[-1]),
            instances=tuple(EchoServiceStub(one) for one in plain[:-1]),
            **meshes,
        )


async def answered(call: Callable[[], Awaitable[T]]) -> T:
    """Make a call of the backbone again and again while it is away."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await call()
            except (grpc.aio.AioRpcError, Unavailable) as error:
                if isinstance(error, grpc.aio.AioRpcError) and error.code() is not grpc.StatusCode.UNAVAILABLE:
                    raise
            await after(0.1)


def _write(folder: Path, settings: Mapping[str, Any]) -> None:
    folder.mkdir()
    (folder / "trunkline.yaml").write_text(yaml.safe_dump(document(settings)))
    access = {"components": {"caller": {"scopes": ["echo.use"]}, "operator": {"scopes": SCOPES}}}
    (folder / "access.yaml").write_text(yaml.safe_dump(access))


async def refusal(instance: EchoServiceStub, token: str) -> str:
    """Call one instance with a token; return the reason why it refused, empty where it did not."""
    try:
        await instance.Echo(pb.EchoRequest(text="x"), metadata=(("authorization", f"Bearer {token}"),), timeout=5)
    except grpc.aio.AioRpcError as error:
        return reason_of(error)
    return ""


def reason_of(error: grpc.aio.AioRpcError) -> str:
    """Return the reason in an error's details, else the name of its code."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        info = ErrorInfo()
        if detail.Unpack(info):
            return info.reason
    return error.code().name
