"""What a call is, on either side of the wire."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from trunkline.deadline import Deadline
    from trunkline.errors import Code
    from trunkline.policy import Policy


class Side(Enum):
    """Which end of a call this process is."""

    CLIENT = "client"
    SERVER = "server"


class Shape(Enum):
    """The four kinds of RPC: (requests stream, responses stream)."""

    UNARY_UNARY = (False, False)
    UNARY_STREAM = (False, True)
    STREAM_UNARY = (True, False)
    STREAM_STREAM = (True, True)

    @property
    def streams_requests(self) -> bool:
        """Whether the caller may send more than one message."""
        return self.value[0]

    @property
    def streams_responses(self) -> bool:
        """Whether the server may send more than one message."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a contract, shared by all its calls. `request_type` and `response_type` are message classes."""

    service: str
    name: str
    shape: Shape
    policy: Policy
    request_type: type[Any]
    response_type: type[Any]
    full_name: str = field(init=False)
    path: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "full_name", f"{self.service}/{self.name}")
        object.__setattr__(self, "path", f"/{self.service}/{self.name}")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls, as its verified token says. `expires_at` is in seconds since the epoch.

    `subject` is the SPIFFE ID of a component, or a user. `actors` are the SPIFFE IDs of those who act on behalf of the
    subject, the caller first; empty where the subject calls itself.
    """

    subject: str
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    expires_at: float = 0.0
    claims: Mapping[str, Any] = field(default_factory=dict, compare=False)
    actors: tuple[str, ...] = ()

    @property
    def caller(self) -> str:
        """The SPIFFE ID of the component that calls, for itself or on behalf of the subject."""
        return self.actors[0] if self.actors else self.subject


class Call:
    """One call in flight. Interceptors fill it in; handlers and users only read it.

    `metadata` holds what came in on the server, and what will go out on the client, where `add` adds to it. `headers`
    is what came in as a mapping, the last of equal keys winning; it is shorter than `metadata` where a key came twice.
    `component` is the caller's name for the peer it calls (client side only). `attempts_left` is how many attempts the
    caller still has after this one; None where it did not say. `code` is None until the call has ended.
    """

    __slots__ = (
        "attempt",
        "attempts_left",
        "code",
        "component",
        "correlation_id",
        "deadline",
        "error",
        "headers",
        "metadata",
        "method",
        "peer_of",
        "principal",
        "proof_of",
        "side",
        "trace",
    )

    def __init__(
        self,
        method: Method,
        side: Side,
        metadata: Sequence[tuple[str, str | bytes]] = (),
        peer_of: Callable[[], str] = str,
    ) -> None:
        self.method = method
        self.side = side
        self.metadata = metadata
        self.peer_of = peer_of
        self.proof_of: Callable[[], Mapping[str, Iterable[bytes]]] = dict
        self.headers: dict[str, str | bytes] = dict(metadata)
        self.component = ""
        self.deadline: Deadline | None = None
        self.attempt = 1
        self.attempts_left: int | None = None
        self.principal: Principal | None = None
        self.correlation_id = ""
        self.trace = ""
        self.code: Code | None = None
        self.error: BaseException | None = None

    @property
    def peer(self) -> str:
        """Address of the other end, such as `ipv4:127.0.0.1:51234`; empty before a peer was chosen."""
        return self.peer_of()

    @property
    def peer_identity(self) -> str:
        """SPIFFE ID in the certificate that the other end has shown (server side only); empty where there was none."""
        return self._proof("peer_spiffe_id")

    @property
    def peer_certificate(self) -> str:
        """The certificate that the other end has shown, in PEM (server side only); empty where there was none."""
        return self._proof("x509_pem_cert")

    @property
    def tls_version(self) -> str:
        """Such as `TLSv1.3` (server side only); empty where the connection is not encrypted."""
        return self._proof("ssl_tls_version")

    @property
    def trace_id(self) -> str:
        """32 hexadecimal digits of the trace this call belongs to; empty before tracing has seen it."""
        return self.trace[3:35]

    def _proof(self, key: str) -> str:
        found = self.proof_of()
        # gRPC builds it anew each time it is asked.
        self.proof_of = lambda: found
        [first, *_] = [*found.get(key, ()), b""]
        return first.decode("utf-8", "replace")

    def add(self, key: str, value: str | bytes) -> None:
        """Send a metadata entry along with an outgoing call."""
        assert isinstance(self.metadata, list)
        self.metadata.append((key, value))

    def get(self, key: str) -> str | bytes | None:
        """Return the first metadata value under `key`, None where there is none."""
        for name, value in self.metadata:
            if name == key:
                return value
        return None


serving: ContextVar[Call | None] = ContextVar("trunkline_serving", default=None)
"""The call whose handler runs in this context. Set by the server for each call; never reset, as each has its task."""


def host_of(address: str) -> str:
    """Return the host in a peer's address, `10.0.0.7` of `ipv4:10.0.0.7:51234`: the port changes with each connection.

    What is no address of IP is returned as it is.
    """
    scheme, _, rest = address.partition(":")
    return unquote(rest.rpartition(":")[0]) if scheme in {"ipv4", "ipv6"} else address


def current_call() -> Call:
    """Return the call that the running handler answers.

    Raises RuntimeError outside a handler.
    """
    call = serving.get()
    if call is None:
        raise RuntimeError("current_call() is known inside an RPC handler only")
    return call
