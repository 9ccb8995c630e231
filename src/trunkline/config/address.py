"""An address: `host:port`, `[::1]:port` for IPv6."""

from __future__ import annotations

PORTS = range(65536)


def split_address(address: str) -> tuple[str, int]:
    """Return host and port; port 0 stands for any free one. Raises ValueError where `address` is not `host:port`."""
    host, colon, port = address.rpartition(":")
    if not (colon and host and port.isascii() and port.isdigit() and int(port) in PORTS):
        raise ValueError(f"{address!r} is not host:port, such as 127.0.0.1:7400")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not bare or set(bare) & set("[]/ ") or (bare == host and ":" in host):
        raise ValueError(f"{address!r} is not host:port, such as 127.0.0.1:7400")
    return bare, int(port)


def join_address(host: str, port: int) -> str:
    """Return the address of a host and a port."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
