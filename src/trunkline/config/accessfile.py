"""The access file: what the tokens of each component and each user carry."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, ConfigDict, Field, ValidationError

from trunkline.config.document import Document
from trunkline.config.fault import Fault, faults_of, nearest
from trunkline.config.settings import Frozen, Grant
from trunkline.policy import SCOPE, is_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.config.fault import Keys
    from trunkline.config.meshfile import MeshFile

RESERVED = "component"
"""The role that the tokens of every component carry by themselves, and nobody else's."""

ROLE = r"[a-z][a-z0-9_-]{0,63}"
SUBJECT = r"[!-~]{1,256}"


def _scope(text: str) -> str:
    if not is_scope(text):
        raise ValueError(f"{text!r} is not a scope; write lower-case words joined by dots, such as orders.read")
    return text


def _role(text: str) -> str:
    if not re.fullmatch(ROLE, text, re.ASCII):
        raise ValueError(f"{text!r} is not a role; write one lower-case word, such as registrar")
    return text


def _subject(text: str) -> str:
    if not re.fullmatch(SUBJECT, text, re.ASCII):
        raise ValueError(f"{text!r} cannot be the subject of a token; it is printable ASCII without spaces")
    if text.startswith("spiffe://"):
        raise ValueError("this is a component; it stands under `components` by its name")
    return text


Scope = Annotated[str, AfterValidator(_scope), Field(json_schema_extra={"pattern": f"^{SCOPE}$"})]
RoleName = Annotated[str, AfterValidator(_role), Field(json_schema_extra={"pattern": f"^{ROLE}$"})]
Subject = Annotated[str, AfterValidator(_subject), Field(json_schema_extra={"pattern": f"^{SUBJECT}$"})]


class _Section(Frozen):
    model_config = ConfigDict(use_attribute_docstrings=True)


class Role(_Section):
    """A role. Whoever has it has its scopes too."""

    scopes: tuple[Scope, ...] = ()
    """What everybody with this role may do, besides what the contracts let the role itself do."""


class Held(_Section):
    """What one component or one user holds."""

    scopes: tuple[Scope, ...] = ()
    """What it may do, such as `orders.read`."""
    roles: tuple[str, ...] = ()
    """Its roles, each one of those under `roles`."""


class AccessFile(_Section):
    """Who may what: roles, and the scopes and roles of components and users."""

    roles: dict[RoleName, Role] = Field(default_factory=dict)
    """The roles by name."""
    components: dict[str, Held] = Field(default_factory=dict)
    """The components of the mesh file by name. One that is not named holds nothing."""
    users: dict[Subject, Held] = Field(default_factory=dict)
    """Users by the subject of their tokens, and API keys by name."""

    def component(self, name: str) -> Grant:
        """Return what the tokens of a component carry, the scopes of its roles included."""
        return self._carried(self.components.get(name, Held()))

    def user(self, name: str) -> Grant:
        """Return what the tokens of a user or an API key carry, the scopes of its roles included."""
        return self._carried(self.users.get(name, Held()))

    def _carried(self, held: Held) -> Grant:
        bundled = (scope for role in held.roles for scope in self.roles[role].scopes)
        return Grant(scopes=tuple(sorted({*held.scopes, *bundled})), roles=tuple(sorted(set(held.roles))))


def load_access_file(mesh: MeshFile) -> AccessFile:
    """Read and check the access file of `mesh`; where it has none, nobody holds anything.

    Raises ConfigError with one line per fault.
    """
    if mesh.access is None:
        return AccessFile()
    document = Document(mesh.access)
    try:
        access = AccessFile.model_validate(document.data)
    except ValidationError as error:
        raise document.error(faults_of(error, AccessFile)) from None
    faults = list(_check(access, mesh))
    if faults:
        raise document.error(faults)
    return access


def _check(access: AccessFile, mesh: MeshFile) -> Iterator[Fault]:
    if RESERVED in access.roles:
        yield Fault(("roles", RESERVED), "this role is every component's own; choose another name")
    for name, held in access.components.items():
        if name not in mesh.components:
            close = nearest(name, mesh.components)
            yield Fault(("components", name), f"{mesh.path.name} has no component {name!r}{close}")
        yield from _unknown_roles(access, ("components", name), held)
    for name, held in access.users.items():
        if name in mesh.components:
            yield Fault(("users", name), "a component is named so; give the user another name")
        yield from _unknown_roles(access, ("users", name), held)


def _unknown_roles(access: AccessFile, path: Keys, held: Held) -> Iterator[Fault]:
    for index, role in enumerate(held.roles):
        if role == RESERVED:
            yield Fault((*path, "roles", index), "this role is every component's own; it is given to nobody")
        elif role not in access.roles:
            yield Fault((*path, "roles", index), f"no role is named {role!r}{nearest(role, access.roles)}")
