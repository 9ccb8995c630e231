from __future__ import annotations

import pytest

from trunkline.web.answer import Document, answer

DOCUMENTS = {"/a": lambda: Document("caf\u00e9\n"), "/kept": lambda: Document("{}", "application/json", 300)}


def answered(request_line: str, *headers: str) -> tuple[int, dict[str, str], str]:
    whole = answer("\r\n".join([request_line, *headers, "", ""]).encode("latin-1"), DOCUMENTS)
    head, _, body = whole.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return int(first.split()[1]), dict(line.split(": ", 1) for line in lines), body.decode()


def test_a_get_has_the_document_with_its_kind_and_its_length_in_bytes():
    status, headers, body = answered("GET /a HTTP/1.1")
    assert (status, body) == (200, "caf\u00e9\n")
    assert headers == {"Content-Type": "text/plain; charset=utf-8", "Content-Length": "6", "Connection": "close"}


def test_a_head_has_the_same_headers_and_no_body():
    for path in DOCUMENTS:
        assert answered(f"HEAD {path} HTTP/1.1") == (*answered(f"GET {path} HTTP/1.1")[:2], "")


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        ("GET /a?name=a HTTP/1.0", 200),
        ("GET / HTTP/1.1", 404),
        ("GET /a/more HTTP/1.1", 404),
        ("GET /A HTTP/1.1", 404),
        ("POST /a HTTP/1.1", 405),
        ("get /a HTTP/1.1", 405),
        ("PRI * HTTP/2.0", 400),
        ("GET  /a HTTP/1.1", 400),
        ("nonsense", 400),
        ("", 400),
    ],
)
def test_nothing_but_a_get_or_head_of_what_is_there_is_answered_with_it(request_line: str, status: int):
    found, headers, body = answered(request_line)
    assert (found, body == "caf\u00e9\n") == (status, status == 200)
    assert headers.get("Allow") == ("GET, HEAD" if status == 405 else None)


def test_what_may_be_kept_says_for_how_long():
    assert answered("GET /kept HTTP/1.1")[1]["Cache-Control"] == "public, max-age=300"


def test_who_has_the_document_already_is_told_so_without_a_body():
    tag = answered("GET /kept HTTP/1.1")[1]["ETag"]
    status, headers, body = answered("GET /kept HTTP/1.1", f'if-none-match: "other", W/{tag}')
    assert (status, headers["ETag"], body) == (304, tag, "")


@pytest.mark.parametrize("header", ['If-None-Match: "other"', "If-None-Match: ", "If-Match: *", "nonsense"])
def test_who_has_another_document_gets_this_one(header: str):
    assert answered("GET /kept HTTP/1.1", header)[0] == 200


def test_what_may_not_be_kept_has_no_tag_to_ask_by():
    assert "ETag" not in answered("GET /a HTTP/1.1")[1]
