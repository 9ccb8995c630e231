import socket

import pytest

from trunkline.config import ConfigError
from trunkline.supervisor import StartError
from trunkline.supervisor.ports import NEXT, taken_line, with_free_ports


def test_the_line_names_each_part_and_why():
    taken = {"backbone": "127.0.0.1:1 is taken", "accounts": "127.0.0.1:2 is taken"}
    assert (
        taken_line(taken)
        == "backbone: 127.0.0.1:1 is taken; accounts: 127.0.0.1:2 is taken; nothing was started. " + NEXT
    )


def test_each_port_0_becomes_a_free_port_of_its_own(mesh_file):
    mesh = with_free_ports(mesh_file('  many: {run: "x:main", addresses: [' + '"127.0.0.1:0",' * 20 + "]}\n"))
    addresses = mesh.endpoints()["many"] + mesh.endpoints()["backbone"]
    assert len(set(addresses)) == 21
    assert not any(address.endswith(":0") for address in addresses)


def test_what_up_does_not_start_is_left_as_it_is(mesh_file):
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        address = f"127.0.0.1:{elsewhere.getsockname()[1]}"
        mesh = with_free_ports(mesh_file(f'  elsewhere: {{address: "{address}"}}\n'))
    assert mesh.endpoints()["elsewhere"] == (address,)


def test_where_a_component_listens_is_checked_and_not_where_it_is_reached(mesh_file):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        text = f'  one: {{run: "x:main", address: "one.example:{port}", listen: "127.0.0.1:{port}"}}\n'
        with pytest.raises(StartError, match=rf"^one: 127\.0\.0\.1:{port} is taken; nothing was started\."):
            with_free_ports(mesh_file(text))


def test_a_port_that_was_just_given_up_is_free(mesh_file):
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        accepted, _ = server.accept()
        accepted.close()
        assert client.recv(1) == b""
    mesh = with_free_ports(mesh_file(f'  one: {{run: "x:main", address: "{address}"}}\n'))
    assert mesh.endpoints()["one"] == (address,)


@pytest.mark.parametrize("host", ["192.0.2.1", "[2001:db8::1]"])
def test_an_address_of_another_machine_is_told_as_such(mesh_file, host: str):
    with pytest.raises(StartError, match=r"^one: .* cannot be used: ") as caught:
        with_free_ports(mesh_file(f'  one: {{run: "x:main", address: "{host}:7400"}}\n'))
    assert "\n" not in str(caught.value)


def test_port_0_of_what_up_does_not_start_is_refused_as_nobody_would_know_it(mesh_file):
    with pytest.raises(ConfigError, match=r"^trunkline\.yaml: components\.elsewhere has port 0 and no `run`: "):
        with_free_ports(mesh_file('  elsewhere: {address: "127.0.0.1:0"}\n'))
