"""Channel and server options of gRPC, in one place."""

from __future__ import annotations

from typing import Any, Protocol

Options = tuple[tuple[str, Any], ...]


class Limits(Protocol):
    """Bounds of one process. Sizes in bytes, times in seconds."""

    @property
    def max_message_bytes(self) -> int:
        """Largest message, after decompression."""
        ...

    @property
    def max_metadata_bytes(self) -> int:
        """Largest sum of metadata of one call."""
        ...

    @property
    def max_concurrent_streams(self) -> int:
        """Calls one connection may have open."""
        ...

    @property
    def max_connections(self) -> int:
        """Connections a server holds at once; it closes any further one."""
        ...

    @property
    def max_connection_age(self) -> float:
        """After this long a client is asked to connect anew."""
        ...

    @property
    def max_connection_idle(self) -> float:
        """A connection without calls is closed after this long."""
        ...


def channel_options(limits: Limits) -> Options:
    """Options of every outgoing channel: one frozen list, as channels that differ in any do not share connections.

    Retries are ours, so core's are off. `ping_timeout_ms` is what notices a frozen peer; `keepalive_timeout_ms` alone
    does not. `min_reconnect_backoff_ms` is also the connect timeout. A name is resolved anew after a second where its
    addresses have gone; core would wait for thirty.
    """
    return (
        ("grpc.enable_retries", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 1000),
        ("grpc.max_reconnect_backoff_ms", 2000),
        ("grpc.keepalive_time_ms", 10_000),
        ("grpc.keepalive_timeout_ms", 5_000),
        ("grpc.http2.ping_timeout_ms", 5_000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.lb_policy_name", "round_robin"),
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
        ("grpc.max_receive_message_length", limits.max_message_bytes),
        ("grpc.max_send_message_length", limits.max_message_bytes),
        ("grpc.max_metadata_size", limits.max_metadata_bytes),
        ("grpc.absolute_max_metadata_size", limits.max_metadata_bytes),
    )


def server_options(limits: Limits) -> Options:
    """Options of every server. A port that is taken is refused rather than shared."""
    return (
        ("grpc.so_reuseport", 0),
        ("grpc.max_allowed_incoming_connections", limits.max_connections),
        ("grpc.max_concurrent_streams", limits.max_concurrent_streams),
        ("grpc.max_receive_message_length", limits.max_message_bytes),
        ("grpc.max_send_message_length", limits.max_message_bytes),
        ("grpc.max_metadata_size", limits.max_metadata_bytes),
        ("grpc.absolute_max_metadata_size", limits.max_metadata_bytes),
        ("grpc.max_connection_age_ms", int(limits.max_connection_age * 1000)),
        ("grpc.max_connection_age_grace_ms", 60_000),
        ("grpc.max_connection_idle_ms", int(limits.max_connection_idle * 1000)),
        ("grpc.http2.min_ping_interval_without_data_ms", 5_000),
        ("grpc.keepalive_permit_without_calls", 1),
    )
