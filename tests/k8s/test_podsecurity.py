"""The checker is proven right before it judges: on Kubernetes' own fixtures, and on a sound pod spoilt in one place."""

from __future__ import annotations

import copy
import json

import pytest
from podsecurity import violations
from render import ROOT

FIXTURES = ROOT.parent / "shared" / "vectors" / "pod-security" / "pss_fixtures_v1.37.json"
NONE_HERE = (
    f"the Pod Security fixtures are not at ../{FIXTURES.relative_to(ROOT.parent)}: checked on our own cases only"
)
SOUND = {
    "metadata": {},
    "spec": {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [
            {
                "name": "main",
                "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            }
        ],
        "volumes": [{"name": "tmp", "emptyDir": {}}],
    },
}
SPOILT = {
    "a host network": ("spec", "hostNetwork", True),
    "a host path": ("spec", "volumes", [{"name": "root", "hostPath": {"path": "/"}}]),
    "a volume over the network": ("spec", "volumes", [{"name": "share", "nfs": {"server": "files", "path": "/"}}]),
    "root by name": ("spec", "securityContext", {"seccompProfile": {"type": "RuntimeDefault"}}),
    "root by number": ("pod", "runAsUser", 0),
    "root allowed by the pod": ("pod", "runAsNonRoot", False),
    "no seccomp profile": ("spec", "securityContext", {"runAsNonRoot": True}),
    "an unconfined container": ("container", "seccompProfile", {"type": "Unconfined"}),
    "a privileged container": ("container", "privileged", True),
    "a way to more privileges": ("container", "allowPrivilegeEscalation", True),
    "kept capabilities": ("container", "capabilities", {"drop": ["NET_RAW"]}),
    "an added capability": ("container", "capabilities", {"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
    "all of proc": ("container", "procMount", "Unmasked"),
}


def spoil(place: str, key: str, value: object) -> dict:
    pod = copy.deepcopy(SOUND)
    places = {
        "spec": pod["spec"],
        "pod": pod["spec"]["securityContext"],
        "container": pod["spec"]["containers"][0]["securityContext"],
    }
    places[place][key] = value
    return pod


def cases():
    if not FIXTURES.exists():
        return [pytest.param(None, marks=pytest.mark.skip(reason=NONE_HERE))]
    pods = json.loads(FIXTURES.read_text(encoding="utf-8"))["pods"]
    return [pytest.param(one, id=f"{one['profile']}-{one['expect']}-{one['name']}") for one in pods]


@pytest.mark.parametrize("fixture", cases())
def test_the_checker_decides_as_kubernetes_does(fixture):
    found = violations(fixture["pod"], fixture["profile"])
    assert bool(found) == (fixture["expect"] == "fail"), found


def test_a_sound_pod_is_let_in():
    assert violations(SOUND) == []


@pytest.mark.parametrize("fault", SPOILT)
def test_one_fault_keeps_a_pod_out(fault):
    assert violations(spoil(*SPOILT[fault])) != []


def test_an_init_container_is_judged_like_any_other():
    pod = copy.deepcopy(SOUND)
    pod["spec"]["initContainers"] = [{"name": "first"}]
    assert all(reason.startswith("first:") for reason in violations(pod))
    assert len(violations(pod)) == 2
