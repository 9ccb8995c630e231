"""A mesh in a folder: its file, its secrets, and its backbone as a process."""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import sys
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

import yaml

from frame.process import ChildError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from pathlib import Path

FILE = "trunkline.yaml"
END_S = 15.0


def free_addresses(count: int) -> list[str]:
    """Return addresses of this machine that nobody listens on."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [f"127.0.0.1:{one.getsockname()[1]}" for one in sockets]


def write_mesh(folder: Path, mesh: Mapping[str, Any], *, scopes: Mapping[str, Sequence[str]]) -> None:
    """Write the mesh file, its data in `folder`, what each component may, and a bootstrap secret for each."""
    held = {component: {"scopes": list(granted)} for component, granted in scopes.items()}
    (folder / "access.yaml").write_text(yaml.safe_dump({"components": held}))
    (folder / FILE).write_text(yaml.safe_dump({"mesh": "bench", "data_dir": "data", **mesh}))
    kept = folder / "data" / "secrets"
    kept.mkdir(mode=0o700, parents=True)
    for component in mesh["components"]:
        secret = kept / component
        secret.touch(mode=0o600)
        secret.write_text(secrets.token_urlsafe(32))


@asynccontextmanager
async def trunkline(
    *arguments: str, log: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the `trunkline` command with what `environment` adds; yield its process, end it by SIGTERM."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("TRUNKLINE_")}
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "trunkline",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={**inherited, **(environment or {})},
        )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), END_S)
        except TimeoutError:
            process.kill()
            await process.wait()


async def ready(*addresses: str, log: Path) -> None:
    """Wait until each address answers that it is ready; ChildError where one does not."""
    async with trunkline("wait", *addresses, log=log) as waiting:
        if await waiting.wait() != 0:
            raise ChildError(log.read_text(errors="replace"))


@asynccontextmanager
async def backbone(folder: Path) -> AsyncIterator[None]:
    """Run the backbone of the mesh in `folder`; ready when yielded."""
    address = yaml.safe_load((folder / FILE).read_text())["backbone"]["address"]
    async with trunkline("serve", "--file", str(folder / FILE), log=folder / "backbone.log"):
        await ready(address, log=folder / "waiting for the backbone.log")
        yield
