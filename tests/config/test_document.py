from pathlib import Path

import pytest

from trunkline.config import ConfigError
from trunkline.config.document import Document
from trunkline.config.fault import Fault


def test_faults_are_shown_with_their_lines_in_the_order_of_the_file(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text("first: 1\nsecond:\n  deep:\n    - x\n    - y\n")
    error = Document(path).error([Fault(("second", "deep", 1), "no y"), Fault(("first",), "no 1")])
    assert error.faults == ("a.yaml:1: first: no 1", "a.yaml:5: second.deep[1]: no y")


def test_a_missing_key_is_shown_at_the_line_of_what_lacks_it(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text("first: 1\nsecond: {}\n")
    error = Document(path).error([Fault(("second", "deep"), "missing"), Fault(("third",), "missing")])
    assert error.faults == ("a.yaml: third: missing", "a.yaml:2: second.deep: missing")


def test_a_key_said_twice_is_a_fault_and_not_silently_the_last(tmp_path: Path):
    path = tmp_path / "a.yaml"
    path.write_text("a:\n  b: 1\n  c: 2\n  b: 3\n")
    with pytest.raises(ConfigError, match=r"^a\.yaml:4: a\.b: said twice, first in line 2$"):
        Document(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a: [1\nb: 2\n", r"^a\.yaml:\d: not valid YAML: "),
        (b"- 1\n", r"^a\.yaml: must be a mapping of keys to values$"),
        (b"", r"^a\.yaml: must be a mapping of keys to values$"),
        (b"a: \xff\n", r"a\.yaml: not UTF-8 text$"),
        (b"a: !!python/object:os.system x\n", r"^a\.yaml:1: not valid YAML: "),
    ],
)
def test_what_is_no_mesh_file_is_one_line(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message) as caught:
        Document(path)
    assert len(caught.value.faults) == 1


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path):
    with pytest.raises(ConfigError, match=r"none\.yaml: no such file or directory$"):
        Document(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match=r": is a directory$"):
        Document(tmp_path)
