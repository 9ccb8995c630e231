"""What a token may carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import PermissionDenied
from trunkline.identity.model import Grant

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_NOTHING = Grant()


class Grants:
    """What components hold by name, and users and API keys by theirs. Who is not named holds nothing.

    `callees` are further names that a token may be issued for, such as the backbone's.
    """

    def __init__(
        self,
        components: Mapping[str, Grant],
        *,
        users: Mapping[str, Grant] | None = None,
        callees: Iterable[str] = (),
    ) -> None:
        self._components = dict(components)
        self._users = dict(users or {})
        self._audiences = frozenset(components).union(callees)

    @property
    def components(self) -> tuple[str, ...]:
        """The names of all components that may ask for tokens."""
        return tuple(self._components)

    def knows(self, audience: str) -> bool:
        """Whether `audience` is a part of the mesh that tokens may be issued for."""
        return audience in self._audiences

    def component(self, name: str) -> Grant | None:
        """Return what a component holds; None where the mesh has none of that name."""
        return self._components.get(name)

    def user(self, name: str) -> Grant:
        """Return what a user or an API key holds."""
        return self._users.get(name, _NOTHING)


def narrowed(held: frozenset[str], asked: Iterable[str]) -> frozenset[str]:
    """Return the scopes that were asked for, or all that are held where none were.

    Raises PermissionDenied (`SCOPE_NOT_GRANTED`) where more was asked for than is held.
    """
    wanted = frozenset(asked)
    if not wanted <= held:
        missing = " ".join(sorted(wanted - held))
        raise PermissionDenied("SCOPE_NOT_GRANTED", f"not granted: {missing}", metadata={"missing": missing})
    return wanted or held
