"""Messages for people, and known failures in one line. A fault of the program keeps its traceback."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FAILED = 1
USELESS = 2


def complain(message: str) -> None:
    """Print a message for people, on stderr."""
    sys.stderr.write(message.rstrip("\n") + "\n")
    sys.stderr.flush()


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn known errors into a message on stderr and an exit status.

    A wrong configuration exits with 2, as no other try can help; a failure of the mesh or the machine with 1.
    """
    from trunkline.config import ConfigError
    from trunkline.errors import MeshError

    try:
        yield
    except ConfigError as error:
        complain(str(error))
        raise SystemExit(USELESS) from None
    except (MeshError, OSError) as error:
        complain(str(error))
        raise SystemExit(FAILED) from None
