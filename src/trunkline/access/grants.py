"""What everybody's tokens carry, and whom tokens may be for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline.call import Principal
from trunkline.config import BACKBONE
from trunkline.identity.model import COMPONENT, Grant, spiffe_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trunkline.config import AccessFile, MeshFile, Settings
    from trunkline.config import Grant as Told


@dataclass(frozen=True, slots=True)
class Grants:
    """The grants of all components and users by name, the scopes of their roles included. No name is both."""

    components: Mapping[str, Grant] = field(default_factory=dict)
    users: Mapping[str, Grant] = field(default_factory=dict)

    def grant(self, name: str) -> Grant | None:
        """Return what the tokens of a component, a user or an API key carry; None where it is unknown."""
        found = self.components.get(name)
        return self.users.get(name) if found is None else found

    def knows(self, audience: str) -> bool:
        """Whether a token may be issued for the component `audience`."""
        return audience in self.components or audience == BACKBONE

    def principal(self, name: str, trust_domain: str) -> Principal | None:
        """Return whom a token of `name` speaks for; None where it is unknown."""
        grant = self.grant(name)
        if grant is None:
            return None
        if name in self.components:
            return Principal(spiffe_id(trust_domain, name), grant.scopes, grant.roles | {COMPONENT})
        return Principal(name, grant.scopes, grant.roles)

    def facts(self) -> frozenset[str]:
        """Return each single thing that is granted, such as `activity: scope accounts.read`, to compare two states."""
        return frozenset(
            f"{name}: {kind} {word}"
            for held in (self.components, self.users)
            for name, grant in held.items()
            for kind, words in (("scope", grant.scopes), ("role", grant.roles))
            for word in words
        )


def from_settings(settings: Settings) -> Grants:
    """Return the grants that the backbone was told."""
    return Grants(_granted(settings.grants), _granted(settings.users))


def from_files(mesh: MeshFile, access: AccessFile) -> Grants:
    """Return the grants that the access file of a mesh says."""
    return Grants(
        _granted({name: access.component(name) for name in mesh.components}),
        _granted({name: access.user(name) for name in access.users}),
    )


def _granted(told: Mapping[str, Told]) -> dict[str, Grant]:
    return {name: Grant(frozenset(one.scopes), frozenset(one.roles)) for name, one in told.items()}
