"""What everybody's tokens carry, and whom tokens may be for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trunkline.call import Principal
from trunkline.config import BACKBONE
from trunkline.errors import PermissionDenied
from trunkline.identity.model import COMPONENT, Grant, spiffe_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NOTHING = Grant()


@dataclass(frozen=True, slots=True)
class Grants:
    """The grants of all components by name, and those of users and API keys, the scopes of their roles included.

    Who is not named holds nothing. No name is both.
    """

    components: Mapping[str, Grant] = field(default_factory=dict)
    users: Mapping[str, Grant] = field(default_factory=dict)

    def knows(self, audience: str) -> bool:
        """Whether `audience` is a part of the mesh that tokens may be issued for."""
        return audience in self.components or audience == BACKBONE

    def component(self, name: str) -> Grant | None:
        """Return what a component holds; None where the mesh has none of that name."""
        return self.components.get(name)

    def user(self, name: str) -> Grant:
        """Return what a user or an API key holds."""
        return self.users.get(name, _NOTHING)

    def principal(self, name: str, trust_domain: str) -> Principal | None:
        """Return whom a token of `name` speaks for; None where nobody of that name is granted anything."""
        component, user = self.components.get(name), self.users.get(name)
        if component is not None:
            return Principal(spiffe_id(trust_domain, name), component.scopes, component.roles | {COMPONENT})
        return Principal(name, user.scopes, user.roles) if user is not None else None

    def facts(self) -> frozenset[str]:
        """Return each single thing that is granted, such as `activity: scope accounts.read`, to compare two states."""
        return frozenset(
            f"{name}: {kind} {word}"
            for held in (self.components, self.users)
            for name, grant in held.items()
            for kind, words in (("scope", grant.scopes), ("role", grant.roles))
            for word in words
        )


def narrowed(held: frozenset[str], asked: Iterable[str]) -> frozenset[str]:
    """Return the scopes that were asked for, or all that are held where none were.

    Raises PermissionDenied (`SCOPE_NOT_GRANTED`) where more was asked for than is held.
    """
    wanted = frozenset(asked)
    if not wanted <= held:
        missing = " ".join(sorted(wanted - held))
        raise PermissionDenied("SCOPE_NOT_GRANTED", f"not granted: {missing}", metadata={"missing": missing})
    return wanted or held
