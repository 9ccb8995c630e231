from __future__ import annotations

import pytest

from trunkline.api.entities.v1.user_pb2 import Profile, User
from trunkline.telemetry.hidden import hidden_values, without_hidden, without_values

USER = User(user_id="u-7", username="ada", email="ada@example.com", profile=Profile(first_name="Zoë", last_name="'Q\""))


def raised(build):
    """Raise from a frame that holds the user, and through one that does not."""

    def handler(user):
        raise build(user)

    with pytest.raises((ValueError, KeyError)) as caught:
        handler(USER)
    return caught.value


def test_the_values_of_redacted_fields_are_found_however_deep():
    assert set(hidden_values(USER)) == {"ada@example.com", "Zoë", "'Q\""}


@pytest.mark.parametrize(
    "build",
    [
        lambda user: ValueError(f"no such user: {user.email}"),
        lambda user: ValueError(f"no such user: {user}"),
        lambda user: ValueError(f"{user.profile!r} {user.profile.last_name!r}"),
        lambda user: KeyError(user.email),
        lambda user: ValueError(ascii(user.profile.first_name)),
    ],
)
def test_what_an_exception_tells_of_a_message_is_masked(build):
    error = raised(build)
    text = without_hidden(f"{error} {error!r}", error)
    assert "***" in text
    assert not any(value in text for value in ("ada@example.com", "Zoë", r"Zo\303\253", r"Zo\xeb"))


def test_what_is_not_hidden_stays_readable():
    error = raised(lambda user: ValueError(f"user {user.user_id} named {user.username}"))
    assert without_hidden(str(error), error) == "user u-7 named ada"


def test_a_message_further_back_in_the_causes_hides_its_values_too():
    inner = raised(lambda user: KeyError(user.email))
    outer = RuntimeError("it failed for ada@example.com")
    outer.__cause__ = ExceptionGroup("several", [inner])
    assert without_hidden(str(outer), outer) == "it failed for ***"


def test_a_short_value_is_masked_as_a_word_alone():
    assert without_values("Al called Alan, all of them", ["Al"]) == "*** called Alan, all of them"


def test_numbers_and_bytes_are_masked_too():
    assert without_values(r"4711 b'\x00key' key", [4711, b"\x00key"]) == "*** b'***' key"


def test_without_an_error_a_text_stays_as_it_is():
    assert without_hidden("plain", None) == "plain"
