from pathlib import Path
from textwrap import dedent

import pytest

from trunkline.config import ConfigError, MeshFile, load_mesh_file


class Written:
    """A mesh file under test."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "trunkline.yaml"

    def write(self, text: str) -> Path:
        self.path.write_text(dedent(text))
        return self.path

    def load(self, text: str) -> MeshFile:
        return load_mesh_file(self.write(text))

    def faults(self, text: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            self.load(text)
        return list(caught.value.faults)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)
