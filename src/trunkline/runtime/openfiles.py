"""How many files a process may open: each connection is one, and a server that runs out takes no more of them."""

from __future__ import annotations

import resource

OWN = 256
"""Files a server has open besides its connections: databases, its own calls, logs."""


def lifted(soft: int, hard: int, needed: int) -> int:
    """Return the soft limit to set so that `needed` files may be open: never lower than `soft`, never beyond `hard`."""
    if soft == resource.RLIM_INFINITY:
        return soft
    return max(soft, needed if hard == resource.RLIM_INFINITY else min(needed, hard))


def allow_files(needed: int) -> int:
    """Raise the soft limit of this process as far as `needed` asks and the hard limit lets; return what it is then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = lifted(soft, hard, needed)
    if wanted == soft:
        return _counted(soft, needed)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):  # a system may have a bound of its own below the hard limit
        return soft
    return wanted


def _counted(limit: int, needed: int) -> int:
    return needed if limit == resource.RLIM_INFINITY else limit
