"""The reasons for which a token is refused, the little that the caller is told and the cause that the log is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.errors import Unauthenticated

if TYPE_CHECKING:
    from typing import Literal

    Reason = Literal[
        "TOKEN_MALFORMED",
        "TOKEN_FOREIGN",
        "TOKEN_AUDIENCE",
        "TOKEN_EXPIRED",
        "TOKEN_NOT_YET_VALID",
        "TOKEN_REVOKED",
        "TOKEN_REFUSED",
    ]

# One sentence per reason, the same for every cause of it: a stranger learns nothing from trying variants.
_MESSAGES: dict[Reason, str] = {
    "TOKEN_MALFORMED": "the token is not well formed",
    "TOKEN_FOREIGN": "the token was not issued by this mesh",
    "TOKEN_AUDIENCE": "the token is for another component",
    "TOKEN_EXPIRED": "the token has expired",
    "TOKEN_NOT_YET_VALID": "the token is not valid yet",
    "TOKEN_REVOKED": "the token was revoked",
    "TOKEN_REFUSED": "the token was refused",
}


def refused(reason: Reason, cause: str = "") -> Unauthenticated:
    """Return the error for a token that is refused for `reason`; the audit log alone is told the exact `cause`."""
    return Unauthenticated(reason, _MESSAGES[reason], cause=cause)


class UnknownKeyError(Unauthenticated):
    """A token that is refused because no key of its name is known; a newer key set may have one."""


def unknown_key() -> UnknownKeyError:
    """Return the error for a token of an unknown key; to the caller it is one like any other."""
    return UnknownKeyError("TOKEN_FOREIGN", _MESSAGES["TOKEN_FOREIGN"], cause="no key of its `kid` is known")
