"""Finding the coroutine function that `MODULE:FUNCTION` names."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FORM = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*")


def split_entry(entry: str) -> tuple[str, str]:
    """Return the module and the function. Raises ConfigError, with the likely form, where they are not two."""
    from trunkline.config import ConfigError

    module, _, function = entry.partition(":")
    if FORM.fullmatch(entry):
        return module, function
    dotted = ".".join(part for part in module.removesuffix(".py").split("/") if part not in {"", "."})
    likely = f"{dotted.removesuffix('.main')}:{function or 'main'}"
    hint = f"did you mean {likely!r}?" if FORM.fullmatch(likely) else "such as campus.accounts:main"
    raise ConfigError(f"{entry}: is not MODULE:FUNCTION; {hint}")


def load_entry(entry: str) -> Callable[[Any], Awaitable[None]]:
    """Import and return the function that `entry` names; the working directory is searched first.

    Raises ConfigError where there is none, or it is not a coroutine function. A module that fails in its own code
    raises what it raised.
    """
    from trunkline.config import ConfigError
    from trunkline.config.fault import nearest

    module_name, function_name = split_entry(entry)
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        # A module that the named one imports and that is missing is a fault of the program.
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise ConfigError(f"{entry}: no module named {error.name}") from None
    function = getattr(module, function_name, None)
    if function is None:
        raise ConfigError(f"{entry}: {module_name} has no {function_name}{nearest(function_name, vars(module))}")
    if not inspect.iscoroutinefunction(function):
        raise ConfigError(f"{entry}: must be a coroutine function, `async def {function_name}(mesh)`")
    checked: Callable[[Any], Awaitable[None]] = function
    return checked
