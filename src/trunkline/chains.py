"""The default chains: which interceptors surround a call, and in what order."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trunkline.config import ConfigError
from trunkline.interceptors.access import Access, DryRun, refuse
from trunkline.interceptors.admission import Concurrency, MetadataLimit
from trunkline.interceptors.auth import ServerAuth
from trunkline.interceptors.binding import Binding
from trunkline.interceptors.deadline import ClientDeadline, ServerDeadline
from trunkline.interceptors.logging import Logging
from trunkline.interceptors.metrics import Metrics
from trunkline.interceptors.peer import Peer
from trunkline.interceptors.quota import StreamQuota
from trunkline.interceptors.recovery import Recovery
from trunkline.interceptors.tracing import ClientTracing, ServerTracing
from trunkline.interceptors.types import TypeCheck
from trunkline.interceptors.validation import ResponseValidation, Validation
from trunkline.telemetry.environ import ratio_from
from trunkline.telemetry.export import exporter_from
from trunkline.telemetry.metrics import CallMetrics
from trunkline.telemetry.recorder import SpanRecorder
from trunkline.telemetry.sampling import Sampler

if TYPE_CHECKING:
    from trunkline.audit.model import Audit
    from trunkline.clock import Clock
    from trunkline.config import Settings
    from trunkline.interceptors.access import Forbidden
    from trunkline.interceptors.auth import Verifies
    from trunkline.runtime.chain import Interceptor
    from trunkline.telemetry.export import SpanExport


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What a process notes about its calls."""

    metrics: CallMetrics
    sampler: Sampler
    recorder: SpanRecorder
    export: SpanExport | None

    @classmethod
    def open(cls, settings: Settings, *, version: str) -> Telemetry:
        """Make it from `settings` and from OpenTelemetry's own environment variables, which win.

        Raises ConfigError where one of those cannot be read.
        """
        export = exporter_from(
            os.environ, component=settings.component, instance=str(settings.instance), version=version
        )
        recorder = SpanRecorder(settings.tracing.remember, export=export.offer if export else None)
        metrics = CallMetrics()
        metrics.counter("trunkline_spans_forgotten", "Spans that made room for later ones", lambda: recorder.forgotten)
        if export is not None:
            metrics.counter("trunkline_spans_dropped", "Spans the export queue had no room for", lambda: export.dropped)
        try:
            ratio = ratio_from(os.environ, settings.tracing.sample_ratio)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        return cls(metrics, Sampler(ratio, getrandbits=random.getrandbits), recorder, export)

    def close(self) -> None:
        """Send the spans that wait. Blocks for as long as the collector takes, 5 s at most."""
        if self.export is not None:
            self.export.close()


def client_interceptors(telemetry: Telemetry, clock: Clock) -> list[Interceptor]:
    """Return what surrounds an outgoing call; the token is added by whoever has one."""
    return [
        ClientDeadline(clock),
        ClientTracing(telemetry.sampler, telemetry.recorder, clock),
        Metrics(telemetry.metrics, clock),
        TypeCheck(),
    ]


def server_interceptors(
    settings: Settings, telemetry: Telemetry, clock: Clock, verifier: Verifies, audit: Audit
) -> list[Interceptor]:
    """Return what surrounds an incoming call. Who calls is settled before any message is looked at."""
    # It brings a library that a process which only calls does without.
    from trunkline.interceptors.refusals import Refusals

    limits = settings.limits
    refusals = Refusals(audit, rate=settings.identity.refusals, clock=clock)
    unrecorded = "Refused calls beyond identity.refusals, which are counted and not recorded"
    telemetry.metrics.counter("trunkline_refusals_unrecorded", unrecorded, lambda: refusals.unrecorded)
    quota = StreamQuota(limits.max_streams_per_subject)
    refused = "Calls with a stream refused because their caller had too many open"
    telemetry.metrics.counter("trunkline_streams_refused", refused, lambda: quota.refused)
    forbidden: Forbidden = refuse
    if settings.access.dry_run:
        forbidden = dry_run = DryRun(audit)
        name, what = "trunkline_access_would_refuse", "Refusals that the dry run of access let through"
        telemetry.metrics.counter(name, what, lambda: dry_run.count)
    interceptors: list[Interceptor] = [
        ServerTracing(telemetry.sampler, telemetry.recorder, clock),
        Metrics(telemetry.metrics, clock),
        Logging(one_in=settings.log.one_in, slow=settings.log.slow, clock=clock),
        Recovery(getrandbits=random.getrandbits),
        refusals,
        Concurrency(),
        ServerDeadline(clock, default=limits.default_deadline, cap=limits.max_deadline),
        MetadataLimit(limits.max_metadata_entries),
        ServerAuth(verifier, binding=Binding(required=settings.tls.bind_tokens)),
        *([Peer(trust_domain=settings.trust_domain)] if settings.tls.mode == "mutual" else []),
        Access(trust_domain=settings.trust_domain, forbidden=forbidden),
        quota,
        Validation(),
    ]
    if settings.validate_responses:
        interceptors.append(ResponseValidation())
    return interceptors
