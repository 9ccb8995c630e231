import pytest

from trunkline.config.address import join_address, split_address


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("127.0.0.1:7400", "127.0.0.1", 7400),
        ("accounts:7401", "accounts", 7401),
        ("accounts.campus.svc.cluster.local:7401", "accounts.campus.svc.cluster.local", 7401),
        ("[::1]:7400", "::1", 7400),
        ("0.0.0.0:0", "0.0.0.0", 0),
        ("localhost:65535", "localhost", 65535),
    ],
)
def test_an_address_is_host_and_port_there_and_back(address: str, host: str, port: int):
    assert split_address(address) == (host, port)
    assert join_address(host, port) == address


@pytest.mark.parametrize(
    "address",
    ["", "7400", ":7400", "localhost", "localhost:", "localhost:x", "localhost:65536", "localhost:-1", "::1:7400",
     "[]:7400", "http://localhost:7400", "local host:7400", "localhost:٣"],
)  # fmt: skip
def test_anything_else_is_refused_by_name(address: str):
    with pytest.raises(ValueError, match="is not host:port") as caught:
        split_address(address)
    assert repr(address) in str(caught.value)
