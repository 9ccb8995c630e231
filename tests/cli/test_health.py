import asyncio
import socket

import grpc
import grpc.aio
import pytest
import trustme

from trunkline.cli.duration import seconds
from trunkline.config.address import join_address


@pytest.mark.parametrize("dash", ["-", "--"])
@pytest.mark.parametrize("equals", [True, False])
async def test_a_healthy_server_is_told_as_grpc_health_probe_does(trunkline, served, dash: str, equals: bool):
    await served.says("", "SERVING")
    flag = [f"{dash}addr={served.address}"] if equals else [f"{dash}addr", served.address]
    done = await trunkline("health", *flag, f"{dash}connect-timeout", "5s", f"{dash}rpc-timeout=5s")
    assert (done.status, done.out, done.err) == (0, "status: SERVING\n", "")


async def test_one_service_is_asked_for_by_name(trunkline, served):
    await served.says("readiness", "NOT_SERVING")
    done = await trunkline("health", "-addr", served.address, "-service", "readiness", "-connect-timeout=5s")
    assert (done.status, done.out) == (4, "")
    assert done.err == 'service unhealthy (responded with "NOT_SERVING")\n'


async def test_a_service_nobody_knows_is_a_failed_call(trunkline, served):
    done = await trunkline("health", "-addr", served.address, "-service", "nobody", "-connect-timeout=5s")
    assert (done.status, done.out) == (3, "")
    assert done.err == "error: health rpc failed: NOT_FOUND: the server has no service 'nobody'\n"


async def test_headers_and_the_user_agent_are_sent(trunkline):
    seen: dict[str, str] = {}

    async def check(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        seen.update(context.invocation_metadata())
        return b"\x08\x01"

    server = grpc.aio.server()
    handlers = {"Check": grpc.unary_unary_rpc_method_handler(check)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("grpc.health.v1.Health", handlers)])
    address = join_address("127.0.0.1", server.add_insecure_port("127.0.0.1:0"))
    await server.start()
    flags = ("-user-agent", "prober/1", "-rpc-header", "X-One: 1", "-rpc-header=x-two:2")
    done = await trunkline("health", "-addr", address, "-connect-timeout=5s", *flags)
    await server.stop(None)
    assert (done.status, done.err) == (0, "")
    assert (seen["x-one"], seen["x-two"], seen["user-agent"].split()[0]) == ("1", "2", "prober/1")


async def test_a_server_without_health_is_told_as_such(trunkline):
    server = grpc.aio.server()
    address = join_address("127.0.0.1", server.add_insecure_port("127.0.0.1:0"))
    await server.start()
    done = await trunkline("health", "-addr", address, "-connect-timeout=5s")
    await server.stop(None)
    assert done.status == 3
    assert "does not implement the grpc health protocol" in done.err


async def test_a_server_that_does_not_answer_in_time_is_a_failed_call(trunkline):
    async def never(request: bytes, context: grpc.aio.ServicerContext) -> bytes:
        await asyncio.Event().wait()
        return b""

    server = grpc.aio.server()
    handlers = {"Check": grpc.unary_unary_rpc_method_handler(never)}
    server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler("grpc.health.v1.Health", handlers)])
    address = join_address("127.0.0.1", server.add_insecure_port("127.0.0.1:0"))
    await server.start()
    done = await trunkline("health", "-addr", address, "-connect-timeout=5s", "-rpc-timeout=100ms")
    await server.stop(None)
    assert (done.status, done.err) == (3, "timeout: health rpc did not complete within 0.1s\n")


async def test_where_nobody_listens_the_connection_fails(trunkline):
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        address = join_address(*unheard.getsockname())
        done = await trunkline("health", "-addr", address, "-connect-timeout=100ms")
    assert (done.status, done.out) == (2, "")
    assert done.err == f"timeout: failed to connect service {address!r} within 0.1s\n"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("-addr",),
        ("-adr", "x:1"),
        ("-addr", "x:1", "-rpc-timeout", "soon"),
        ("-addr", "x:1", "-tls-ca-cert", "ca.pem"),
        ("-addr", "x:1", "-rpc-header", "no colon"),
    ],
)
async def test_wrong_usage_is_exit_status_1(trunkline, arguments: tuple[str, ...]):
    done = await trunkline("health", *arguments)
    assert (done.status, done.out) == (1, "")
    assert done.err


async def test_tls_is_spoken_and_the_certificate_checked(trunkline, serving, tmp_path):
    authority, stranger = trustme.CA(), trustme.CA()
    certificate = authority.issue_cert("campus.test")
    chain = b"".join(blob.bytes() for blob in certificate.cert_chain_pems)
    credentials = grpc.ssl_server_credentials([(certificate.private_key_pem.bytes(), chain)])
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    stranger.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    one = await serving(credentials=credentials)
    flags = ("-addr", one.address, "-tls", "-tls-server-name", "campus.test", "-tls-ca-cert")
    known = await trunkline("health", *flags, str(tmp_path / "ca.pem"), "-connect-timeout=5s")
    unknown = await trunkline("health", *flags, str(tmp_path / "other.pem"), "-connect-timeout=300ms")
    missing = await trunkline("health", *flags, str(tmp_path / "none.pem"))
    assert (known.status, known.out) == (0, "status: SERVING\n")
    assert unknown.status == 2
    assert (missing.status, "No such file" in missing.err) == (1, True)


async def test_verbose_says_what_took_how_long_on_stderr(trunkline, served):
    done = await trunkline("health", "-addr", served.address, "-v", "-connect-timeout=5s")
    assert (done.status, done.out) == (0, "status: SERVING\n")
    assert "connection established" in done.err


@pytest.mark.parametrize(
    ("text", "value"), [("60s", 60), ("500ms", 0.5), ("1m30s", 90), ("2h", 7200), ("0.5s", 0.5), ("7", 7)]
)
def test_durations_are_written_as_go_writes_them(text: str, value: float):
    assert seconds(text) == value
