"""Messages for people, and known failures in one line. A fault of the program keeps its traceback."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FAILED = 1
USELESS = 2


def complain(message: str) -> None:
    """Print a message for people, on stderr."""
    sys.stderr.write(message.rstrip("\n") + "\n")
    sys.stderr.flush()


@contextmanager
def plain_errors(advice: Callable[[Exception], str] = lambda _: "") -> Iterator[None]:
    """Turn known errors into a message on stderr and an exit status; `advice` adds what to do about one.

    A wrong configuration or surroundings, or a module that cannot be imported, exits with 2, as no other try can help;
    a failure of the mesh or the machine with 1. A fault of a component's own shows its traceback from its code on.
    """
    from trunkline.cli.fault import importing, of_component
    from trunkline.config import ConfigError
    from trunkline.config.fault import in_words
    from trunkline.errors import FailedPrecondition, MeshError

    try:
        yield
    except ConfigError as error:
        complain(str(error))
        raise SystemExit(USELESS) from None
    except Exception as error:
        final = importing(error) or (isinstance(error, FailedPrecondition) and not error.remote)
        known = isinstance(error, MeshError | OSError) and not importing(error)
        text = (in_words(error) if isinstance(error, OSError) else str(error)) if known else of_component(error)
        if not text and not known:
            raise
        step = advice(error)
        complain(f"{text}; {step}" if step else text)
        raise SystemExit(USELESS if final else FAILED) from None
