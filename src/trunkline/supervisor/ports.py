"""Ports: whether each is free, and free ones where the mesh file leaves the choice."""

from __future__ import annotations

import errno
import os
import socket
from contextlib import ExitStack
from typing import TYPE_CHECKING

from trunkline.config import ConfigError
from trunkline.config.address import join_address, split_address
from trunkline.supervisor.errors import StartError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.config import MeshFile

NEXT = "End what listens there, or say another address, or port 0 for a free one"


def reason_of(error: OSError) -> str:
    """Return what went wrong, without the number and the place."""
    known = error.errno in errno.errorcode
    return os.strerror(error.errno or 0).lower() if known else str(error.strerror or error).lower()


def taken_line(taken: Mapping[str, str]) -> str:
    """Return the line that says which addresses, by part, cannot be had and why."""
    return "; ".join(f"{name}: {why}" for name, why in taken.items()) + f"; nothing was started. {NEXT}"


def with_free_ports(mesh: MeshFile) -> MeshFile:
    """Return `mesh` with a free port in place of each port 0 of what is started.

    Raises ConfigError where what is not started has port 0, StartError where an address is taken or is not one of this
    machine.
    """
    for name, addresses in mesh.endpoints().items():
        if name not in mesh.started() and any(split_address(one)[1] == 0 for one in addresses):
            message = (
                f"{mesh.path.name}: components.{name} has port 0 and no `run`: `up` does not start it, so say its port"
            )
            raise ConfigError(message)
    taken: dict[str, str] = {}
    found: dict[str, tuple[str, ...]] = {}
    # All are held until the last is found, so that no port is given twice.
    with ExitStack() as held:
        for name in mesh.started():
            listen = mesh.listen(name)
            if listen is not None:
                _hold(held, name, listen, taken)
            else:
                found[name] = tuple(_hold(held, name, address, taken) for address in mesh.endpoints().get(name, ()))
    if taken:
        raise StartError(taken_line(taken))
    return mesh.with_endpoints({name: addresses for name, addresses in found.items() if addresses})


def _hold(held: ExitStack, name: str, address: str, taken: dict[str, str]) -> str:
    host, port = split_address(address)
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = held.enter_context(socket.socket(family, kind, protocol))
        # As servers do: a port whose last connections still linger is free, one that somebody listens on is not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(1)
        return join_address(host, listener.getsockname()[1])
    except OSError as error:
        why = "is taken" if error.errno == errno.EADDRINUSE else f"cannot be used: {reason_of(error)}"
        taken[name] = f"{address} {why}"
        return address
