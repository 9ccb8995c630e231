from __future__ import annotations

import shutil

import pytest
from kubernetes_validate import validate
from render import NAMES, golden, render

NO_KUBECTL = (
    "kubectl is not installed, so golden/ was judged as it stands: install it from kubernetes.io/docs/tasks/tools"
)
VERSIONS = ("1.34", "1.35", "1.36", "1.37")


@pytest.mark.skipif(shutil.which("kubectl") is None, reason=NO_KUBECTL)
@pytest.mark.parametrize("name", NAMES)
def test_golden_is_what_kubectl_renders(name):
    assert render(name) == golden(name).read_text(encoding="utf-8"), "run python tests/k8s/render.py"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_object_is_valid_for_kubernetes(manifests, version):
    assert {validate(one, version, strict=True) for one in manifests.plain} == {version}


def test_no_two_objects_bear_one_name(manifests):
    names = [(one["kind"], one["metadata"]["name"]) for one in manifests.objects]
    assert len(names) == len(set(names))


def test_everything_lies_in_one_namespace(manifests):
    [namespace] = manifests.named("Namespace")
    others = [one for one in manifests.objects if one["kind"] != "Namespace"]
    assert {one["metadata"]["namespace"] for one in others} == {namespace}
