from __future__ import annotations

from pathlib import Path

import pytest

from campus.journey.private import private_environ, private_mesh, sampled
from trunkline import ConfigError, Settings

MESH_FILE = Path(__file__).parents[3] / "trunkline.yaml"


def test_every_port_is_free_to_choose_and_the_data_lies_where_it_was_told(tmp_path):
    mesh = private_mesh(MESH_FILE, tmp_path)
    assert mesh.folder == tmp_path
    assert {address for addresses in mesh.endpoints().values() for address in addresses} == {"127.0.0.1:0"}
    assert list(mesh.endpoints()) == ["backbone", "accounts", "progress", "activity"]


def test_a_mesh_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ConfigError):
        private_mesh(tmp_path / "nowhere.yaml", tmp_path)


def test_the_environment_may_tune_the_mesh_and_not_move_it():
    environ = private_environ(
        {"PATH": "p", "TRUNKLINE_LOG__LEVEL": "debug", "TRUNKLINE_DATA_DIR": "d", "TRUNKLINE_DATABASE": "b"}
    )
    assert environ == {"PATH": "p", "TRUNKLINE_LOG__LEVEL": "debug", "TRUNKLINE_DRAIN__DELAY": "0"}


def test_a_drain_delay_that_was_set_stays():
    assert private_environ({"TRUNKLINE_DRAIN__DELAY": "3"}) == {"TRUNKLINE_DRAIN__DELAY": "3"}


@pytest.mark.parametrize(("submissions", "ratio"), [(0, 1.0), (10, 1.0), (100, 0.5), (1_793, 0.1), (34_000, 0.1)])
def test_a_small_data_set_is_sampled_more_often(submissions, ratio):
    assert sampled(Settings(component="journey"), submissions).tracing.sample_ratio == ratio
