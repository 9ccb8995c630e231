"""The servicer that every component hosts beside its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from google.protobuf.timestamp_pb2 import Timestamp

from trunkline import __version__
from trunkline.api.diagnostics.v1 import diagnostics_pb2 as pb
from trunkline.api.diagnostics.v1.diagnostics_pb2_grpc import DiagnosticsServiceServicer
from trunkline.diagnostics.answers import to_calls, to_trace
from trunkline.diagnostics.memory import resident_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from trunkline.telemetry.metrics import CallMetrics
    from trunkline.telemetry.recorder import SpanRecorder

__all__ = ["Diagnostics", "to_calls", "to_trace"]


class Dependency(Protocol):
    """Where a needed component stands; `reason` is empty while it is reachable."""

    @property
    def component(self) -> str: ...

    @property
    def reachable(self) -> bool: ...

    @property
    def reason(self) -> str: ...


class Shown(Protocol):
    """Settings that can be told: as text with secrets masked, and where each came from."""

    def shown(self) -> Mapping[str, str]: ...

    def sources(self) -> Mapping[str, str]: ...


class Diagnostics(DiagnosticsServiceServicer):
    """Answers from what the process holds; asks nobody else. `started_at` in seconds since the epoch."""

    def __init__(
        self,
        *,
        component: str,
        instance_id: str,
        started_at: float,
        services: Callable[[], Iterable[str]],
        dependencies: Callable[[], Iterable[Dependency]],
        settings: Shown,
        metrics: CallMetrics,
        spans: SpanRecorder,
    ) -> None:
        self._component = component
        self._instance_id = instance_id
        self._started_at = Timestamp()
        self._started_at.FromNanoseconds(int(started_at * 1e9))
        self._services = services
        self._dependencies = dependencies
        self._settings = settings
        self._metrics = metrics
        self._spans = spans

    async def GetInstance(self, request: pb.GetInstanceRequest, context: Any) -> pb.GetInstanceResponse:
        """Tell who this is, what it serves, where its dependencies stand."""
        return pb.GetInstanceResponse(
            component=self._component,
            instance_id=self._instance_id,
            version=__version__,
            started_at=self._started_at,
            services=self._services(),
            dependencies=[
                pb.Dependency(component=one.component, reachable=one.reachable, reason=one.reason)
                for one in self._dependencies()
            ],
            resident_bytes=resident_bytes(),
        )

    async def GetSettings(self, request: pb.GetSettingsRequest, context: Any) -> pb.GetSettingsResponse:
        """Tell every setting in force, secrets masked, with the place it came from."""
        sources = self._settings.sources()
        rows = [
            pb.Setting(key=key, value=value, source=sources.get(key, "default"))
            for key, value in self._settings.shown().items()
        ]
        return pb.GetSettingsResponse(settings=rows)

    async def GetCalls(self, request: pb.GetCallsRequest, context: Any) -> pb.GetCallsResponse:
        """Tell counts and durations since the start."""
        return to_calls(self._metrics, instance_id=self._instance_id)

    async def GetTrace(self, request: pb.GetTraceRequest, context: Any) -> pb.GetTraceResponse:
        """Tell the spans of one trace that are still remembered, oldest first."""
        return to_trace(self._spans.spans_of(request.trace_id), component=self._component)
