from __future__ import annotations

import pytest

from trunkline.config import ConfigError, Settings
from trunkline.config.plaintext import is_loopback, leaves, refuse_plaintext


def settings(**values):
    return Settings(component="activity", **values)


@pytest.mark.parametrize("address", ["127.0.0.1:7400", "127.9.9.9:7400", "[::1]:7400", "localhost:7400"])
def test_plaintext_on_loopback_needs_nobodys_word(address):
    assert is_loopback(address)
    assert refuse_plaintext(settings(listen=address, components={"accounts": (address,)})) == []


@pytest.mark.parametrize(
    "address", ["0.0.0.0:7400", "[::]:7400", "10.0.0.7:7400", "accounts:7400", "localhost.example:1"]
)
def test_everything_else_is_beyond_this_machine(address):
    assert not is_loopback(address)


def test_a_server_that_would_listen_in_plaintext_for_others_does_not_start():
    with pytest.raises(ConfigError) as caught:
        refuse_plaintext(settings(listen="0.0.0.0:7400"))
    assert str(caught.value) == (
        "tls: no plaintext beyond this machine, where 0.0.0.0:7400 (where it listens) is: set tls.mode to mutual "
        "(docs/guides/certificates.md), or tls.plaintext to true if the network is yours"
    )


@pytest.mark.parametrize(
    "where",
    [
        {"components": {"accounts": ("accounts:7400",)}},
        {"routes": {"pkg.Service": {"component": "accounts", "endpoints": ("accounts:7400",)}}},
    ],
)
def test_a_caller_of_others_in_plaintext_does_not_start(where):
    with pytest.raises(ConfigError, match=r"accounts:7400 \(accounts\)"):
        refuse_plaintext(settings(**where))


def test_who_says_so_may_and_is_told_where():
    said = settings(listen="0.0.0.0:7400", components={"accounts": ("accounts:7400",)}, tls={"plaintext": True})
    assert refuse_plaintext(said) == ["0.0.0.0:7400 (where it listens)", "accounts:7400 (accounts)"]


def test_nothing_leaves_in_plaintext_where_both_ends_show_a_certificate():
    assert leaves(settings(listen="0.0.0.0:7400", tls={"mode": "mutual"})) == []


def test_a_port_for_health_checks_alone_may_be_open_to_others():
    assert leaves(settings(listen="127.0.0.1:7400", health={"listen": "0.0.0.0:7401"})) == []
