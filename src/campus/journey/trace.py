"""One sample trace: a submission on its way through all components."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from trunkline import MeshError
from trunkline.api.diagnostics.v1.diagnostics_pb2 import GetTraceRequest
from trunkline.api.diagnostics.v1.diagnostics_pb2_grpc import DiagnosticsServiceStub

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trunkline import Mesh
    from trunkline.api.diagnostics.v1.diagnostics_pb2 import Span

LOOKED_AT = 200


async def sample_trace(mesh: Mesh, components: Sequence[str]) -> list[Span]:
    """Return the spans of the newest submission that all `components` had a part in; empty where none is known."""
    for trace_id in reversed(mesh.recent_traces(LOOKED_AT)):
        own = mesh.trace(trace_id).spans
        if not is_submission(own):
            continue
        spans = [*own, *await _theirs(mesh, components, trace_id)]
        if {*components} <= {span.component for span in spans}:
            return spans
    return []


def is_submission(spans: Iterable[Span]) -> bool:
    """Whether the trace began with a submission."""
    return any(not span.parent_span_id and span.name.endswith("/Submit") for span in spans)


async def _theirs(mesh: Mesh, components: Sequence[str], trace_id: str) -> list[Span]:
    request = GetTraceRequest(trace_id=trace_id)
    stubs = [DiagnosticsServiceStub(mesh.component(name)) for name in components]
    answers = await asyncio.gather(*(stub.GetTrace(request) for stub in stubs), return_exceptions=True)
    spans: list[Span] = []
    for answer in answers:
        if not isinstance(answer, BaseException):
            spans += answer.spans
        elif not isinstance(answer, MeshError):
            raise answer
    return spans
