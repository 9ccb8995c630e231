"""Where the figures were taken: without it no two runs can be compared."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version

PACKAGES = ("grpcio", "protobuf", "opentelemetry-sdk", "pyjwt", "prometheus-client", "protovalidate")


def machine() -> dict[str, object]:
    """Describe this machine and the versions that matter, as JSON can hold it."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
        "packages": {name: version(name) for name in PACKAGES},
    }
