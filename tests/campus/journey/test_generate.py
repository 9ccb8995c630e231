from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from campus.journey.generate import generate
from campus.journey.read import read


@pytest.fixture
def made(tmp_path):
    def made(seed, learners):
        folder = tmp_path / f"{seed}-{learners}"
        folder.mkdir()
        generate(folder, Random(seed), learners=learners)
        return folder

    return made


def test_the_default_size_is_that_of_the_extract_and_every_row_is_good(made):
    data, bad = read(made(1, 600))
    assert bad == []
    assert len({one.id_student for one in data.registrations}) == 600
    assert 600 < len(data.registrations) < 660
    assert 1_600 < len(data.answers) < 2_000


def test_it_holds_every_case_that_the_real_data_has(made):
    data, _ = read(made(1, 600))
    presentations = Counter(one.id_student for one in data.registrations)
    assert max(presentations.values()) == 2
    assert any(one.banked for one in data.answers)
    assert any(one.score is None for one in data.answers)
    assert any(one.unregistered for one in data.registrations)
    assert {one.result.value if one.result else None for one in data.registrations} == {
        "Pass",
        "Distinction",
        "Fail",
        "Withdrawn",
        None,
    }
    assert len({one.presentation.code_module for one in data.registrations}) == 2


def test_the_same_seed_writes_the_same_files_and_another_seed_others(made, tmp_path):
    first = {path.name: path.read_bytes() for path in made(7, 20).iterdir()}
    generate(tmp_path, Random(7), learners=20)
    assert {name: (tmp_path / name).read_bytes() for name in first} == first
    assert {path.name: path.read_bytes() for path in made(8, 20).iterdir()} != first


def test_one_learner_is_enough(made):
    data, bad = read(made(1, 1))
    assert bad == []
    assert len(data.registrations) >= 1
