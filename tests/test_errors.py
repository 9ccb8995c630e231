from __future__ import annotations

import pytest

from trunkline.errors import Code, MeshError, NotFound, Unknown, error_class


def test_every_code_but_ok_has_a_class_of_its_own():
    classes = {error_class(code) for code in Code if code is not Code.OK}
    assert len(classes) == 16
    assert all(error_class(code).code is code for code in Code if code is not Code.OK)


def test_ok_is_no_error():
    assert error_class(Code.OK) is Unknown


def test_an_error_reads_as_code_reason_and_message():
    assert str(NotFound("NO_USER", "user 7 is unknown")) == "NOT_FOUND NO_USER: user 7 is unknown"
    assert str(NotFound("NO_USER")) == "NOT_FOUND NO_USER"


def test_an_error_made_here_is_not_remote():
    error = NotFound("NO_USER")
    assert not error.remote
    assert isinstance(error, MeshError)


@pytest.mark.parametrize("code", [code for code in Code if code is not Code.OK])
def test_a_class_tells_what_it_means(code):
    assert error_class(code).__doc__
