"""All that one process is told: its place in the mesh and how it is tuned. Times in seconds, sizes in bytes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlsplit

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


def _rate(text: str) -> str:
    if not re.fullmatch(r"[1-9]\d*/(second|minute|hour|day)", text):
        raise ValueError(f"{text!r} is not a rate, such as 20/second or 100/minute")
    return text


Rate = Annotated[str, AfterValidator(_rate)]


def _jwks(place: str) -> str:
    split = urlsplit(place)
    loopback = split.hostname in {"127.0.0.1", "::1", "localhost"}
    if "://" in place and split.scheme != "https" and not (split.scheme == "http" and loopback):
        raise ValueError(f"{place!r} is no https URL: whoever stands between could put keys of his own in")
    return place


JwksPlace = Annotated[str, AfterValidator(_jwks)]


def _trust_domain(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9._-]{0,255}", text):
        raise ValueError(f"{text!r} is not a trust domain: lower-case letters, digits, dots, hyphens and underscores")
    return text


TrustDomain = Annotated[str, AfterValidator(_trust_domain)]


class Secret:
    """Marks a setting whose value is never shown."""


class Frozen(BaseModel):
    """Base of every section: nothing changes after loading, and an unknown key is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Log(Frozen):
    """What is logged. Errors and calls slower than `slow` always are, of the others one in `one_in`.

    With `file` the lines go there as well, as JSON; at midnight UTC a new file begins, and the files of
    `retention_days` days are kept.
    """

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "json", "console"] = "auto"
    one_in: PositiveInt = 100
    slow: PositiveFloat = 1.0
    file: Path | None = None
    retention_days: PositiveInt = 30


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
    max_connections: PositiveInt = 10_000
    max_streams_per_subject: PositiveInt = 100
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


class Rotation(Frozen):
    """How signing keys change: a new one each `every`, published for one `cache_life` before it signs."""

    every: PositiveFloat = 7 * 86_400.0
    cache_life: NonNegativeFloat = 300.0


class Revocation(Frozen):
    """What a component does that has not heard what is revoked for longer than `stale_after`."""

    stale_after: Annotated[float, Field(gt=0.0, le=3600.0)] = 30.0
    when_stale: Literal["refuse", "allow"] = "refuse"


class Issuer(Frozen):
    """An outside issuer whose tokens are believed.

    `jwks` is a file or an https URL (http on loopback), read again when a key is unknown. `subject`, `scopes` and
    `roles` name the claims that hold them. `components` maps a subject, such as a Kubernetes service account, to the
    component that it proves.
    """

    issuer: str
    jwks: JwksPlace
    audience: str
    algorithms: tuple[Literal["RS256", "ES256", "EdDSA"], ...] = ("RS256", "ES256", "EdDSA")
    subject: str = "sub"
    scopes: str = "scope"
    roles: str = "roles"
    components: dict[str, str] = Field(default_factory=dict)


class Identity(Frozen):
    """Who issues tokens, how long they live, and what proves a component.

    `trust_domain` defaults to the name of the mesh, `issuer` to `spiffe://<trust_domain>`. `lifetime` and `leeway` in
    seconds. `master_key` (32 bytes in base64) or the file `master_key_file` encrypts the signing keys at rest; where
    neither is set the backbone makes the file `master.key` in its data directory. `credential` is what a component
    proves itself by. `http` is where the backbone serves its key set for any JWT library. `requests` bounds how often
    one peer may ask for tokens, `refusals` how often it is told why a call was refused.
    """

    trust_domain: TrustDomain = ""
    issuer: str = ""
    lifetime: Annotated[int, Field(ge=1, le=3600)] = 600
    leeway: Annotated[float, Field(ge=0.0, le=60.0)] = 10.0
    algorithm: Literal["EdDSA", "ES256"] = "EdDSA"
    rotation: Rotation = Rotation()
    revocation: Revocation = Revocation()
    credential: Literal["secret", "certificate", "service-account"] = "secret"
    service_account_file: Path | None = None
    master_key: Annotated[str, Secret()] = Field(default="", repr=False)
    master_key_file: Path | None = None
    http: Address | None = None
    issuers: tuple[Issuer, ...] = ()
    requests: Rate = "50/second"
    refusals: Rate = "100/minute"


class Access(Frozen):
    """Whether what the contracts forbid is refused, or with `dry_run` only logged."""

    dry_run: bool = False


class Tls(Frozen):
    """Whether connections are encrypted, and what proves each end.

    `mutual` needs the folder `folder` (default `{data_dir}/tls/<component>`) with `tls.crt`, `tls.key` and `ca.crt`; it
    is looked at each `reload` seconds. Without it there is plaintext on loopback alone, unless `plaintext` says that
    anywhere will do. `bind_tokens` makes a token good only with the certificate it was issued to.
    """

    mode: Literal["none", "mutual"] = "none"
    folder: Path | None = None
    reload: PositiveFloat = 10.0
    plaintext: bool = False
    bind_tokens: bool = False


class Health(Frozen):
    """Where a second port without TLS answers health checks alone; nowhere where `listen` is None."""

    listen: Address | None = None


class Audit(Frozen):
    """Where the audit log is kept (default `{data_dir}/audit`), and for how many days."""

    folder: Path | None = None
    retention_days: PositiveInt = 400


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
    identity: Identity = Identity()
    access: Access = Access()
    tls: Tls = Tls()
    health: Health = Health()
    audit: Audit = Audit()


class Route(Frozen):
    """Where a service is served."""

    component: str
    endpoints: tuple[Address, ...]


class Grant(Frozen):
    """What the tokens of a component or a user carry, the scopes of its roles included."""

    scopes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()


class Settings(Tuning):
    """The settings of one process.

    `listen` is None for a client, `backbone` empty where the mesh has none. `endpoints` in `routes` go by the full name
    of the service, those in `components` by the name of the component. `secret_file` holds a component's own bootstrap
    secret; `secrets_dir`, `grants` and `users`, the backbone's alone, hold those of all and what the tokens of
    components and of users carry.
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
    users: dict[str, Grant] = Field(default_factory=dict)
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

    @property
    def trust_domain(self) -> str:
        """The domain that the SPIFFE IDs of all components begin with."""
        return self.identity.trust_domain or self.mesh

    @property
    def tls_folder(self) -> Path:
        """Where the certificates of this process lie."""
        return self.tls.folder or self.data_dir / "tls" / self.component

    @property
    def issuer(self) -> str:
        """What tokens of this mesh name as their issuer."""
        return self.identity.issuer or f"spiffe://{self.trust_domain}"

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
