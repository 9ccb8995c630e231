"""The mesh for code that does not await: scripts, Django, Flask. A client only; servers are asynchronous.

Built from what exists: gRPC's own channel, retries compiled from the contract into its service config, OpenTelemetry's
client interceptor, and one interceptor for deadline and token.
"""

from __future__ import annotations

from trunkline.sync.mesh import SyncMesh

__all__ = ["SyncMesh"]
