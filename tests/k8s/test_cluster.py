from __future__ import annotations

import pytest
from render import ROOT

from trunkline.cli.duration import seconds
from trunkline.config import BACKBONE, load_mesh_file, load_settings
from trunkline.config.address import split_address

STAGES = {"base": "production", "dev": "development", "staging": "staging", "prod": "production"}


@pytest.fixture
def file(manifests, tmp_path):
    return manifests.mesh_file(tmp_path)


@pytest.fixture
def mesh(file):
    return load_mesh_file(file)


@pytest.fixture
def settings(manifests, file):
    return {
        workload.name: load_settings(manifests.environment(workload) | {"TRUNKLINE_FILE": str(file)})
        for workload in manifests.workloads
    }


def mounted_at(workload, name):
    [path] = [mount["mountPath"] for mount in workload.container["volumeMounts"] if mount["name"] == name]
    return path


def volume_of(workload, name):
    [volume] = [volume for volume in workload.spec["volumes"] if volume["name"] == name]
    return volume


def test_every_address_of_the_mesh_is_a_service(manifests, mesh):
    ports = {name: service["spec"]["ports"][0]["port"] for name, service in manifests.named("Service").items()}
    assert mesh.endpoints() == {name: (f"{name}:{port}",) for name, port in ports.items()}


def test_the_cluster_runs_what_one_machine_runs(mesh):
    here = load_mesh_file(ROOT / "trunkline.yaml")
    place = {"address", "addresses", "listen"}
    started = {name: one for name, one in here.components.items() if one.run}
    assert {name: one.model_dump(exclude=place) for name, one in mesh.components.items()} == {
        name: one.model_dump(exclude=place) for name, one in started.items()
    }


def test_each_pod_starts_the_entry_of_its_component(manifests, mesh):
    started = {workload.name: workload.container["args"] for workload in manifests.workloads}
    runs = {name: ["run", component.run] for name, component in mesh.components.items()}
    assert started == {BACKBONE: ["serve"], **runs}


def test_each_pod_waits_for_what_its_component_needs(manifests, mesh):
    endpoints = mesh.endpoints()
    for workload in manifests.workloads:
        hosts = [split_address(address)[0] for need in mesh.needs()[workload.name] for address in endpoints[need]]
        awaited = [f"{host}:{workload.ports['health']}" for host in hosts]
        waiting = [container["args"] for container in workload.spec.get("initContainers", [])]
        assert waiting == ([["wait", *awaited, "--timeout", "300s"]] if awaited else [])
        assert all(seconds(args[-1]) == 300 for args in waiting)


def test_each_pod_reads_the_mesh_file_where_it_is_mounted(manifests):
    for workload in manifests.workloads:
        variables = manifests.environment(workload)
        assert variables["TRUNKLINE_FILE"] == f"{mounted_at(workload, 'mesh')}/trunkline.yaml"
        assert variables["TRUNKLINE_COMPONENT"] == workload.name


def test_each_pod_listens_on_its_ports_on_every_interface(manifests, settings):
    for workload in manifests.workloads:
        said = settings[workload.name]
        listens = {"grpc": said.listen, "health": said.health.listen, "metrics": said.metrics.listen}
        assert listens == {name: f"0.0.0.0:{port}" for name, port in workload.ports.items()}


def test_each_pod_keeps_its_data_on_its_claim(manifests, settings):
    for workload in manifests.workloads:
        assert workload.claims == ["data"]
        folder = mounted_at(workload, "data")
        database = "" if workload.name == BACKBONE else f"sqlite+aiosqlite:///{folder}/{workload.name}.db"
        assert str(settings[workload.name].data_dir) == folder
        assert settings[workload.name].database == database


def test_a_workload_that_keeps_a_file_of_its_own_has_one_replica(manifests):
    assert [workload.object["spec"]["replicas"] for workload in manifests.workloads] == [1, 1, 1, 1]


def test_each_component_finds_its_secret_where_it_is_mounted(manifests, settings):
    for workload in manifests.workloads:
        if workload.name != BACKBONE:
            [item] = volume_of(workload, "secrets")["secret"]["items"]
            assert item["path"] == workload.name
            assert str(settings[workload.name].secret_file) == f"{mounted_at(workload, 'secrets')}/{item['path']}"


def test_the_backbone_finds_the_secret_of_every_component(manifests, mesh, settings):
    [backbone] = [workload for workload in manifests.workloads if workload.name == BACKBONE]
    parts = volume_of(backbone, "secrets")["projected"]["sources"]
    assert {part["secret"]["items"][0]["path"] for part in parts} == set(mesh.components)
    assert str(settings[BACKBONE].secrets_dir) == mounted_at(backbone, "secrets")


def test_each_overlay_is_its_own_environment(manifests, settings):
    assert {one.environment for one in settings.values()} == {STAGES[manifests.name]}


def test_reflection_is_for_development_alone(manifests, settings):
    assert {one.reflection for one in settings.values()} == {manifests.name == "dev"}


def test_a_pod_is_given_the_time_to_drain(manifests, settings):
    for workload in manifests.workloads:
        sleep = workload.container["lifecycle"]["preStop"]["sleep"]["seconds"]
        for one in settings.values():
            assert workload.spec["terminationGracePeriodSeconds"] > sleep + one.drain.delay + one.drain.grace
