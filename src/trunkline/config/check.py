"""Whether the parts of a mesh fit together: needs that exist and make no circle, one owner a service and an address."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from trunkline.config.address import split_address
from trunkline.config.fault import Fault, nearest
from trunkline.config.meshfile import BACKBONE, BACKBONE_SERVICES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.config.fault import Keys
    from trunkline.config.meshfile import MeshFile


def check(mesh: MeshFile) -> list[Fault]:
    """Return what is wrong between the components of `mesh`, in no order."""
    found = [*_names(mesh), *_services(mesh), *_addresses(mesh), *_needs(mesh)]
    return found or list(_cycle(mesh))


def _names(mesh: MeshFile) -> Iterator[Fault]:
    if BACKBONE in mesh.components:
        yield Fault(("components", BACKBONE), "this name is the backbone's; it has a key of its own")


def _services(mesh: MeshFile) -> Iterator[Fault]:
    owners = dict.fromkeys(BACKBONE_SERVICES, BACKBONE)
    for name, component in mesh.components.items():
        if component.services and not component.endpoints:
            yield Fault(("components", name, "services"), "served nowhere: the component has no address")
        for index, service in enumerate(component.services):
            owner = owners.setdefault(service, name)
            if owner != name or service in component.services[:index]:
                path = ("components", name, "services", index)
                yield Fault(path, f"the service {service} is claimed twice, first by {owner}")


def _addresses(mesh: MeshFile) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for path, name, address in _places(mesh):
        port = split_address(address)[1]
        owner = owners.setdefault(address, name)
        if port and owner is not name:
            yield Fault(path, f"{address} is the address of {owner} already")


def _places(mesh: MeshFile) -> Iterator[tuple[Keys, str, str]]:
    yield ("backbone", "address"), BACKBONE, mesh.backbone.address
    for name, component in mesh.components.items():
        if component.address:
            yield ("components", name, "address"), name, component.address
        for index, address in enumerate(component.addresses):
            # Each instance is an owner of its own, so that two of one component may not share an address either.
            yield ("components", name, "addresses", index), f"{name}/{index}", address


def _needs(mesh: MeshFile) -> Iterator[Fault]:
    for name, component in mesh.components.items():
        for index, need in enumerate(component.needs):
            path = ("components", name, "needs", index)
            if need == BACKBONE:
                continue
            if need not in mesh.components:
                yield Fault(path, f"no component is named {need!r}{nearest(need, mesh.components)}")
            elif not mesh.components[need].endpoints:
                yield Fault(path, f"{need} has no address, so nobody can need it")


def _cycle(mesh: MeshFile) -> Iterator[Fault]:
    try:
        TopologicalSorter(mesh.needs()).prepare()
    except CycleError as error:
        # The circle comes as a path against the direction of `needs`, its first member again at the end.
        circle = list(reversed(error.args[1]))
        yield Fault(("components", circle[0], "needs"), f"a circle: {' needs '.join(circle)}")
