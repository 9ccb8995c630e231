from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from trunkline.identity import fetching
from trunkline.identity.fetching import fetch
from trunkline.identity.jwks import MAX_BYTES


@contextmanager
def serving(answer):
    """An HTTP server that answers each request with `answer(handler)`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            answer(self)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ok(handler, body: bytes = b'{"keys": []}') -> None:
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(body)


def moved(handler, to: str) -> None:
    handler.send_response(302)
    handler.send_header("location", to)
    handler.end_headers()


def test_a_file_is_read(tmp_path):
    (tmp_path / "jwks.json").write_text("{}")
    assert fetch(str(tmp_path / "jwks.json")) == b"{}"


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(OSError, match="jwks"):
        fetch(str(tmp_path / "jwks.json"))


def test_a_url_is_fetched():
    with serving(ok) as url:
        assert fetch(f"{url}/jwks.json") == b'{"keys": []}'


def test_a_proxy_has_no_part_in_what_is_on_this_machine(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with serving(ok) as url:
        assert fetch(url) == b'{"keys": []}'


@pytest.mark.parametrize("size", [MAX_BYTES + 1, 4 * MAX_BYTES])
def test_what_is_too_large_is_an_error_and_not_read_to_its_end(size, tmp_path):
    (tmp_path / "jwks.json").write_bytes(b" " * size)

    def much(handler):
        try:
            ok(handler, b" " * size)
        except ConnectionError:
            return

    with pytest.raises(ValueError, match="larger"):
        fetch(str(tmp_path / "jwks.json"))
    with serving(much) as url, pytest.raises(ValueError, match="larger"):
        fetch(url)


def test_a_refusal_of_the_server_is_an_error():
    with serving(lambda handler: handler.send_error(404)) as url, pytest.raises(OSError, match="404"):
        fetch(url)


def test_a_redirect_on_the_same_host_is_followed():
    with serving(lambda it: ok(it) if it.path == "/new" else moved(it, "/new")) as url:
        assert fetch(f"{url}/old") == b'{"keys": []}'


@pytest.mark.parametrize("to", ["http://localhost:{port}/", "file:///etc/hostname", "ftp://127.0.0.1/", "//[::1]/"])
def test_a_redirect_to_anywhere_else_is_not(to):
    refused = pytest.raises(OSError, match=r"another host|not allowed|unknown url")
    with serving(lambda it: moved(it, to.format(port=it.server.server_port))) as url, refused:
        fetch(url)


def test_redirects_without_end_are_an_error():
    with serving(lambda it: moved(it, it.path + "x")) as url, pytest.raises(OSError, match="302"):
        fetch(url)


def test_a_server_that_answers_drop_by_drop_is_left(monkeypatch):
    monkeypatch.setattr(fetching, "TIMEOUT", 0.2)
    over = threading.Event()

    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        while not over.wait(0.02):
            try:
                handler.wfile.write(b" ")
            except ConnectionError:
                return

    with serving(drip) as url:
        with pytest.raises(TimeoutError):
            fetch(url)
        over.set()
