from __future__ import annotations

import base64
from itertools import permutations
from pathlib import PurePosixPath

import pytest
from manifests import read, volume_sources
from render import ROOT

README = (ROOT / "k8s" / "README.md").read_text(encoding="utf-8")


def secrets(workload, prefix):
    """Return the names of the secrets of one sort that a workload mounts."""
    return {name for kind, name in volume_sources(workload) if kind == "Secret" and name.startswith(prefix)}


def test_every_config_map_that_a_pod_names_is_there(manifests):
    for workload in manifests.workloads:
        named = {name for kind, name in volume_sources(workload) if kind == "ConfigMap"}
        assert len(named) == 2
        assert named <= manifests.named("ConfigMap").keys()


def test_every_secret_that_a_pod_names_is_there_or_explained(manifests):
    issued = {one["spec"]["secretName"] for one in manifests.named("Certificate").values()}
    there = manifests.named("Secret").keys() | issued
    for workload in manifests.workloads:
        for name in {name for kind, name in volume_sources(workload) if kind == "Secret"}:
            assert name in there or f"`{name}`" in README


@pytest.mark.parametrize("name", ["base", "staging", "prod"])
def test_no_secret_is_kept_outside_development(name):
    assert read(name).named("Secret") == {}


def test_the_secrets_of_development_say_what_they_are_for():
    for secret in read("dev").named("Secret").values():
        assert base64.b64decode(secret["data"]["secret"]).startswith(b"for-development-only-")


def test_a_component_sees_its_own_secret_and_the_backbone_all(manifests):
    seen = {one.name: secrets(one, "trunkline-bootstrap-") for one in manifests.workloads}
    for_all = seen.pop("backbone")
    assert all(len(own) == 1 for own in seen.values())
    assert for_all == set().union(*seen.values())
    assert len(for_all) == len(seen)


def test_a_workload_mounts_its_own_certificate_and_nobody_elses(manifests):
    for workload in manifests.workloads:
        assert secrets(workload, "trunkline-tls-") == {f"trunkline-tls-{workload.name}"}


def test_nobody_mounts_the_key_of_the_authority(manifests):
    for workload in manifests.workloads:
        named = {name for kind, name in volume_sources(workload) if kind == "Secret"}
        assert all(name.startswith(("trunkline-tls-", "trunkline-bootstrap-")) for name in named)


def test_no_secret_is_readable_by_everybody(manifests):
    for workload in manifests.workloads:
        volumes = [volume for volume in workload.spec["volumes"] if volume["name"] in {"secrets", "tls"}]
        assert [(volume.get("secret") or volume["projected"])["defaultMode"] for volume in volumes] == [0o440, 0o440]


def test_everything_mounted_is_a_volume_of_the_pod(manifests):
    for workload in manifests.workloads:
        volumes = {volume["name"] for volume in workload.spec["volumes"]} | set(workload.claims)
        mounted = {mount["name"] for container in workload.containers for mount in container["volumeMounts"]}
        assert mounted == volumes


def test_no_volume_is_mounted_inside_another(manifests):
    # A read-only volume has no folder for the inner one, and the container would not start.
    for workload in manifests.workloads:
        paths = [PurePosixPath(mount["mountPath"]) for mount in workload.container["volumeMounts"]]
        assert not [(inner, outer) for inner, outer in permutations(paths, 2) if inner.is_relative_to(outer)]
