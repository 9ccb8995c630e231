from __future__ import annotations

import asyncio
import json

import pytest
from opentelemetry.sdk.trace import TracerProvider

from echo import SERVICE, Generating
from trunkline.api.testing.v1 import echo_pb2 as pb
from trunkline.api.testing.v1.echo_pb2_grpc import EchoServiceStub
from trunkline.call import current_call
from trunkline.config import Grant, Settings
from trunkline.errors import DeadlineExceeded, NotFound, Unavailable
from trunkline.identity.grants import Grants
from trunkline.identity.grants import Grant as Granted
from trunkline.identity.issuer import Issuer
from trunkline.identity.published import Published
from trunkline.identity.service import Identity
from trunkline.sync import SyncMesh
from trunkline.sync.serviceconfig import service_config
from trunkline.clock import SystemClock
from trunkline.testing import Loopback

SECRET = "correct-horse-battery-staple"


class Noting(Generating):
    def __init__(self):
        super().__init__()
        self.seen = []

    async def Echo(self, request, context):
        call = current_call()
        self.seen.append((call.trace_id, call.principal.subject, call.deadline.remaining(SystemClock().monotonic())))
        return await super().Echo(request, context)
