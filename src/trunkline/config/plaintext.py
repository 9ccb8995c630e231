"""Whether calls would leave this machine unencrypted, and whether anybody has said that they may."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

from trunkline.config.address import split_address
from trunkline.config.fault import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trunkline.config.settings import Settings

WAYS_OUT = "set tls.mode to mutual (docs/guides/certificates.md), or tls.plaintext to true if the network is yours"


def leaves(settings: Settings) -> list[str]:
    """Return every address of `settings` that unencrypted calls would take beyond this machine, each with whose it is.

    Empty where connections are encrypted. A name other than `localhost` counts as beyond.
    """
    if settings.tls.mode != "none":
        return []
    return [f"{address} ({whose})" for whose, address in _addresses(settings) if not is_loopback(address)]


def refuse_plaintext(settings: Settings) -> list[str]:
    """Raise ConfigError where plaintext would leave this machine and nobody has said that it may.

    Return the addresses where somebody has.
    """
    beyond = leaves(settings)
    if beyond and not settings.tls.plaintext:
        raise ConfigError(f"tls: no plaintext beyond this machine, where {', '.join(beyond)} is: {WAYS_OUT}")
    return beyond


def is_loopback(address: str) -> bool:
    """Whether `address` is on this machine whatever a name service says."""
    host, _ = split_address(address)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _addresses(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.listen is not None:
        yield "where it listens", settings.listen
    known = {address: name for name, addresses in settings.components.items() for address in addresses}
    for route in settings.routes.values():
        known |= dict.fromkeys(route.endpoints, route.component)
    yield from ((name, address) for address, name in known.items())
