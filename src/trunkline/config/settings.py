"""All that one process is told: its place in the mesh and how it is tuned. Times in seconds, sizes in bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    PrivateAttr,
    model_validator,
)
from pydantic_core import to_jsonable_python

from trunkline.config.address import split_address

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Environment = Literal["development", "staging", "production"]
Ratio = Annotated[float, Field(ge=0.0, le=1.0)]
MASK = "***"


def _checked(address: str) -> str:
    split_address(address)
    return address


Address = Annotated[str, AfterValidator(_checked)]


class Secret:
    """Marks a setting whose value is never shown."""


class Frozen(BaseModel):
    """Base of every section: nothing changes after loading, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Log(Frozen):
    """What is logged. Errors and calls slower than `slow` always are, of the others one in `one_in`."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
    one_in: PositiveInt = 100
    slow: PositiveFloat = 1.0


class Tracing(Frozen):
    """Share of traces that are sampled, and how many finished spans an instance remembers."""

    sample_ratio: Ratio = 0.1
    remember: NonNegativeInt = 2048


class Metrics(Frozen):
    """Where a server lets its metrics be fetched over HTTP; nowhere where `listen` is None."""

    listen: Address | None = None


class Limits(Frozen):
    """What a server takes in at most. Deadlines and connection times in seconds."""

    max_message_bytes: PositiveInt = 4 * 1024 * 1024
    max_metadata_bytes: PositiveInt = 16 * 1024
    max_metadata_entries: PositiveInt = 64
    max_concurrent_streams: PositiveInt = 100
    default_deadline: PositiveFloat = 30.0
    max_deadline: PositiveFloat = 300.0
    max_connection_age: PositiveFloat = 1800.0
    max_connection_idle: PositiveFloat = 300.0


class Drain(Frozen):
    """How a server stops: `delay` between NOT_SERVING and refusing, then `grace` for what still runs."""

    delay: NonNegativeFloat = 0.5
    grace: NonNegativeFloat = 10.0


class Retry(Frozen):
    """How much may be sent again: a share of recent calls, and at least so many a second."""

    budget_ratio: Ratio = 0.2
    budget_floor: NonNegativeFloat = 3.0


class Tuning(Frozen):
    """What a mesh file may set for all processes or for one.

    `reflection` and `validate_responses` are on in development only, unless set.
    """

    reflection: bool | None = None
    validate_responses: bool | None = None
    log: Log = Log()
    tracing: Tracing = Tracing()
    metrics: Metrics = Metrics()
    limits: Limits = Limits()
    drain: Drain = Drain()
    retry: Retry = Retry()


class Route(Frozen):
    """Where a service is served."""

    component: str
    endpoints: tuple[Address, ...]


class Grant(Frozen):
    """What the tokens of a component carry."""

    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Settings(Tuning):
    """The settings of one process.

    `listen` is None for a client, `backbone` empty where the mesh has none. `endpoints` in `routes` go by the full name
    of the service, those in `components` by the name of the component. `secret_file` holds a component's own bootstrap
    secret; `secrets_dir` and `grants`, the backbone's alone, hold those of all and what their tokens carry.
    """

    component: str
    environment: Environment = "development"
    mesh: str = "mesh"
    file: Path | None = None
    instance: NonNegativeInt = 0
    listen: Address | None = None
    services: tuple[str, ...] = ()
    data_dir: Path = Path(".trunkline")
    database: Annotated[str, Secret()] = Field(default="", repr=False)
    secret_file: Path | None = None
    secrets_dir: Path | None = None
    grants: dict[str, Grant] = Field(default_factory=dict)
    backbone: str = ""
    routes: dict[str, Route] = Field(default_factory=dict)
    components: dict[str, tuple[Address, ...]] = Field(default_factory=dict)
    needs: tuple[str, ...] = ()
    reflection: bool = True
    validate_responses: bool = True

    _sources: dict[str, str] = PrivateAttr(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _on_in_development(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        development = values.get("environment", "development") == "development"
        unset = {key: development for key in ("reflection", "validate_responses") if values.get(key) is None}
        return values | unset

    def sources(self) -> dict[str, str]:
        """Where each setting came from, by dotted key: `default`, `environment` or the name of a file."""
        return {key: self._sources.get(key, "default") for key, _, _ in _leaves(self)}

    def shown(self) -> dict[str, str]:
        """Every setting as text, by dotted key; `***` in place of a secret that is set."""
        return {key: MASK if secret and value else _text(value) for key, value, secret in _leaves(self)}

    def with_sources(self, sources: Mapping[str, str]) -> Settings:
        """Return the same settings that remember where they came from."""
        copy = self.model_copy()
        copy._sources = dict(sources)
        return copy


def _leaves(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, Any, bool]]:
    for name, field in type(model).model_fields.items():
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value, any(isinstance(mark, Secret) for mark in field.metadata)


def _text(value: object) -> str:
    plain = to_jsonable_python(value)
    if plain is None:
        return ""
    return plain if isinstance(plain, str) else json.dumps(plain)
