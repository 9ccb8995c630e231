from __future__ import annotations

import pytest
from structlog.testing import capture_logs

from trunkline.api.testing.v1.echo_pb2 import EchoRequest, EchoResponse
from trunkline.call import Call, Method, Principal, Shape, Side
from trunkline.chains import Telemetry, server_interceptors
from trunkline.config import Settings
from trunkline.errors import PermissionDenied
from trunkline.interceptors.access import Access
from trunkline.policy import AccessPolicy, Policy
from trunkline.runtime.chain import admit, compose
from trunkline.testing import ManualClock, Noted

POLICY = Policy(access=AccessPolicy(scopes=frozenset({"echo.use"})))


class Nobody:
    def verify(self, token: str) -> Principal:
        raise AssertionError(f"{token} is not asked about here")


def called(settings: Settings) -> str:
    """Let somebody without the scope through what the chain has for access; return the metrics after it."""
    telemetry = Telemetry.open(settings, version="0")
    with capture_logs():
        interceptors = server_interceptors(settings, telemetry, ManualClock(), Nobody(), Noted())
        [access] = [one for one in interceptors if isinstance(one, Access)]
        method = Method("x.Echo", "Echo", Shape.UNARY_UNARY, POLICY, EchoRequest, EchoResponse)
        call = Call(method, Side.SERVER)
        call.principal = Principal("ann")
        admit(compose([access], method, Side.SERVER), call)
    return telemetry.metrics.render()


def test_a_dry_run_of_access_is_counted_in_the_metrics():
    settings = Settings.model_validate({"component": "echo", "access": {"dry_run": True}})
    assert "trunkline_access_would_refuse_total 1" in called(settings)


def test_without_a_dry_run_access_refuses():
    with pytest.raises(PermissionDenied, match="SCOPE_MISSING"):
        called(Settings(component="echo"))
