"""What kubectl makes of k8s/. `python tests/k8s/render.py` writes it into golden/, which the tests judge."""

from __future__ import annotations

import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
NAMES = ("base", "dev", "staging", "prod")


def golden(name: str) -> Path:
    """Return the file that holds what `name` was rendered to."""
    return HERE / "golden" / f"{name}.yaml"


def render(name: str) -> str:
    """Return the manifests of the base or of an overlay. Raises OSError where there is no kubectl."""
    folder = ROOT / "k8s" / ("base" if name == "base" else f"overlays/{name}")
    done = subprocess.run(["kubectl", "kustomize", str(folder)], check=True, capture_output=True, text=True)
    return done.stdout


def main() -> None:
    """Write every golden file anew."""
    for name in NAMES:
        golden(name).parent.mkdir(exist_ok=True)
        golden(name).write_text(render(name), encoding="utf-8")


if __name__ == "__main__":
    main()
