"""Rendered manifests, read as what they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from render import golden

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MESH_FILE = "trunkline.yaml"
CERT_MANAGER = "cert-manager.io/"


@dataclass(frozen=True, slots=True)
class Workload:
    """A StatefulSet with the parts of its pod at hand."""

    name: str
    object: dict[str, Any]

    @property
    def pod(self) -> dict[str, Any]:
        return self.object["spec"]["template"]

    @property
    def spec(self) -> dict[str, Any]:
        return self.pod["spec"]

    @property
    def container(self) -> dict[str, Any]:
        [container] = self.spec["containers"]
        return container

    @property
    def containers(self) -> list[dict[str, Any]]:
        return [*self.spec.get("initContainers", []), *self.spec["containers"]]

    @property
    def ports(self) -> dict[str, int]:
        return {port["name"]: port["containerPort"] for port in self.container["ports"]}

    @property
    def claims(self) -> list[str]:
        return [claim["metadata"]["name"] for claim in self.object["spec"]["volumeClaimTemplates"]]


@dataclass(frozen=True, slots=True)
class Manifests:
    """All objects of the base or of one overlay."""

    name: str
    objects: tuple[dict[str, Any], ...]

    def named(self, kind: str) -> dict[str, dict[str, Any]]:
        """Return the objects of `kind` by name."""
        return {one["metadata"]["name"]: one for one in self.objects if one["kind"] == kind}

    @property
    def workloads(self) -> list[Workload]:
        return [Workload(name, one) for name, one in self.named("StatefulSet").items()]

    @property
    def plain(self) -> list[dict[str, Any]]:
        """What Kubernetes itself defines; the others are cert-manager's."""
        return [one for one in self.objects if not one["apiVersion"].startswith(CERT_MANAGER)]

    def mesh_file(self, folder: Path) -> Path:
        """Write the mesh file of the ConfigMap into `folder`."""
        [text] = [one["data"][MESH_FILE] for one in self.named("ConfigMap").values() if MESH_FILE in one["data"]]
        path = folder / MESH_FILE
        path.write_text(text, encoding="utf-8")
        return path

    def environment(self, workload: Workload) -> dict[str, str]:
        """Return the variables that the main container of `workload` is given."""
        found: dict[str, str] = {}
        for source in workload.container.get("envFrom", []):
            found |= self.named("ConfigMap")[source["configMapRef"]["name"]]["data"]
        return found | {one["name"]: one["value"] for one in workload.container["env"]}


def read(name: str) -> Manifests:
    """Return what `name` was last rendered to."""
    text = golden(name).read_text(encoding="utf-8")
    return Manifests(name, tuple(yaml.safe_load_all(text)))


def volume_sources(workload: Workload) -> Iterator[tuple[str, str]]:
    """Yield the kind and name of everything that the volumes and variables of `workload` refer to."""
    for volume in workload.spec["volumes"]:
        parts = volume["projected"]["sources"] if "projected" in volume else [volume]
        for part in parts:
            if "configMap" in part:
                yield "ConfigMap", part["configMap"]["name"]
            if "secret" in part:
                yield "Secret", part["secret"].get("secretName") or part["secret"]["name"]
    for source in workload.container.get("envFrom", []):
        yield "ConfigMap", source["configMapRef"]["name"]
