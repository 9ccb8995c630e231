"""The mesh file: every component of a mesh, where it runs, what it serves and needs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, model_validator

from trunkline.config.document import Document
from trunkline.config.fault import faults_of
from trunkline.config.settings import Address, Environment, Frozen, Secret, Tuning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BACKBONE = "backbone"
BACKBONE_SERVICES = (
    "trunkline.api.identity.v1.IdentityService",
    "trunkline.api.identity.v1.IdentityAdminService",
)
ACCESS_FILE = "access.yaml"


def _like(pattern: str, wanted: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text, re.ASCII):
            raise ValueError(f"{text!r} is not {wanted}")
        return text

    return AfterValidator(check)


WORD = r"[A-Za-z_]\w*"
# A name is part of file names, log fields and token subjects.
Name = Annotated[str, _like(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", "a name of lower-case letters, digits and hyphens")]
Service = Annotated[str, _like(rf"{WORD}(\.{WORD})+", "the full name of a service, such as package.v1.NameService")]
Entry = Annotated[str, _like(rf"{WORD}(\.{WORD})*:{WORD}", "MODULE:FUNCTION, such as campus.accounts:main")]


class Backbone(Frozen):
    """The backbone. `listen` where it binds elsewhere than clients reach it."""

    address: Address
    listen: Address | None = None
    settings: Tuning = Tuning()


class Component(Frozen):
    """One component. Without `run` it is not started by `up`; without an address it serves nothing."""

    run: Entry | None = None
    address: Address | None = None
    addresses: tuple[Address, ...] = ()
    listen: Address | None = None
    services: tuple[Service, ...] = ()
    needs: tuple[str, ...] = ()
    database: Annotated[str, Secret()] = Field(default="", repr=False)
    settings: Tuning = Tuning()

    @model_validator(mode="after")
    def _one_way_to_say_where(self) -> Component:
        if self.address and self.addresses:
            raise ValueError("has both address and addresses; keep one")
        if self.listen and len(self.addresses) > 1:
            raise ValueError("has listen and several addresses; listen is for one")
        return self

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The address of each instance; empty for a client."""
        return (self.address,) if self.address else self.addresses


class MeshFile(Frozen):
    """A whole mesh. `data_dir` is relative to the folder of the file.

    `access` is the file that says who may what; once loaded, as an absolute path, or None where there is none.
    """

    mesh: Name
    environment: Environment = "development"
    data_dir: Path = Path(".trunkline")
    access: Path | None = None
    settings: Tuning = Tuning()
    backbone: Backbone
    components: dict[Name, Component] = Field(default_factory=dict)

    _path: Path = PrivateAttr(default=Path("trunkline.yaml"))

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._path

    @property
    def folder(self) -> Path:
        """The data directory as an absolute path."""
        return (self._path.parent / self.data_dir).resolve()

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        """Return the addresses of each component that has any, the backbone first."""
        named = {name: component.endpoints for name, component in self.components.items() if component.endpoints}
        return {BACKBONE: (self.backbone.address,), **named}

    def started(self) -> list[str]:
        """Return the names of what `up` starts, the backbone first."""
        return [BACKBONE, *(name for name, component in self.components.items() if component.run)]

    def listen(self, name: str) -> str | None:
        """Return where a component binds, if that is elsewhere than where it is reached."""
        return self.backbone.listen if name == BACKBONE else self.components[name].listen

    def needs(self) -> dict[str, tuple[str, ...]]:
        """Return what each component needs, the backbone first; each needs the backbone."""
        named = {name: (BACKBONE, *component.needs) for name, component in self.components.items()}
        return {BACKBONE: (), **named}

    def at(self, path: Path) -> MeshFile:
        """Return the same mesh as if read from `path`."""
        copy = self.model_copy()
        copy._path = path
        return copy

    def with_data_dir(self, folder: Path) -> MeshFile:
        """Return the same mesh with its data in `folder`, relative to the working directory."""
        return self.model_copy(update={"data_dir": folder.absolute()})

    def with_endpoints(self, endpoints: Mapping[str, Sequence[str]]) -> MeshFile:
        """Return the same mesh with those components at other addresses."""
        components = dict(self.components)
        for name in endpoints.keys() & components.keys():
            moved = {"address": None, "addresses": tuple(endpoints[name])}
            components[name] = components[name].model_copy(update=moved)
        address = endpoints.get(BACKBONE, (self.backbone.address,))[0]
        backbone = self.backbone.model_copy(update={"address": address})
        return self.model_copy(update={"backbone": backbone, "components": components})

    def write(self, path: Path) -> MeshFile:
        """Write the mesh to `path`, readable by the owner alone, and return it as if read from there."""
        import yaml

        moved = self.model_copy(update={"data_dir": self.folder}).at(path)
        text = yaml.safe_dump(moved.model_dump(mode="json", exclude_unset=True, exclude_none=True), sort_keys=False)
        path.touch(mode=0o600)
        path.chmod(0o600)
        path.write_text(text, encoding="utf-8")
        return moved


def load_mesh_file(path: Path) -> MeshFile:
    """Read and check a mesh file. Raises ConfigError with one line per fault."""
    from trunkline.config.check import check

    document = Document(path)
    try:
        mesh = MeshFile.model_validate(document.data)
    except ValidationError as error:
        raise document.error(faults_of(error, MeshFile)) from None
    faults = check(mesh)
    if faults:
        raise document.error(faults)
    beside = path.absolute().with_name(ACCESS_FILE)
    access = path.parent.absolute() / mesh.access if mesh.access else beside if beside.is_file() else None
    return mesh.model_copy(update={"access": access}).at(path.absolute())
