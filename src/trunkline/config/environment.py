"""What the environment says of the settings: `TRUNKLINE_<KEY>` and `TRUNKLINE_<SECTION>__<KEY>`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from trunkline.config.fault import ConfigError, nearest, valid_keys
from trunkline.config.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_settings import BaseSettings

    from trunkline.config.fault import Keys

PREFIX = "TRUNKLINE_"
DELIMITER = "__"
# These say which part of which mesh file the process is; settings of their own only where there is no file.
WHO = frozenset({f"{PREFIX}FILE", f"{PREFIX}COMPONENT", f"{PREFIX}INSTANCE"})
MASTER_KEY = f"{PREFIX}IDENTITY{DELIMITER}MASTER_KEY"


def variable(path: Keys) -> str:
    """Return the name of the variable that sets the key at `path`."""
    return PREFIX + DELIMITER.join(str(part) for part in path if isinstance(part, str)).upper()


def without_who(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without what says who the process is."""
    return {name: value for name, value in environ.items() if name not in WHO}


def without_master_key(environ: Mapping[str, str]) -> dict[str, str]:
    """Return `environ` without the key that the signing keys are encrypted with: it is for the backbone alone."""
    return {name: value for name, value in environ.items() if name.upper() != MASTER_KEY}


def overrides(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return what `environ` sets, nested by section. Raises ConfigError for variables that name no setting."""
    ours = {name: value for name, value in environ.items() if name.startswith(PREFIX)}
    faults = [f"{name}: no such setting{nearest(name, _variables())}" for name in sorted(ours) if not _known(name)]
    if faults:
        raise ConfigError("\n".join(faults))
    return _read(ours) if ours else {}


def _read(ours: Mapping[str, str]) -> dict[str, Any]:
    # Imported only where a variable is set: it would be a third of the time this package takes to import.
    from pydantic_settings import EnvSettingsSource, SettingsError

    source = EnvSettingsSource(
        cast("type[BaseSettings]", Settings), case_sensitive=False, env_prefix=PREFIX, env_nested_delimiter=DELIMITER
    )
    source.env_vars = {name.lower(): value for name, value in ours.items()}
    try:
        return source()
    except SettingsError as error:
        bad = next((name for name in sorted(ours) if f'"{_path(name)[0]}"' in str(error)), PREFIX)
        raise ConfigError(f"{bad}: must be JSON") from None


def _path(name: str) -> tuple[str, ...]:
    return tuple(name.removeprefix(PREFIX).lower().split(DELIMITER))


def _known(name: str) -> bool:
    *sections, key = _path(name)
    return name in WHO or key in valid_keys(Settings, tuple(sections))


def _variables() -> list[str]:
    keys = valid_keys(Settings, ())
    nested = [variable((section, key)) for section in keys for key in valid_keys(Settings, (section,))]
    return [variable((key,)) for key in keys] + nested
