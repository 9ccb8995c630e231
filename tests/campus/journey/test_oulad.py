"""The real extract, where it lies beside the repository or where `OULAD` says."""

from __future__ import annotations

import os
import warnings
from decimal import Decimal
from pathlib import Path

import pytest

from campus.journey.expected import expected
from campus.journey.read import read
from campus.journey.totals import Totals

EXTRACT = Path(os.environ.get("OULAD", Path(__file__).parents[4] / "shared/data/oulad"))


@pytest.fixture
def extract():
    if not EXTRACT.is_dir():
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.warn(f"the real data set is not tested: no folder {EXTRACT}; say OULAD=DIR", stacklevel=1)
        pytest.skip("no OULAD extract here")
    return EXTRACT


def test_every_row_of_the_extract_is_good_and_its_totals_are_known(extract):
    data, bad = read(extract)
    assert bad == []
    assert data.rows["studentAssessment"] == 1_793
    assert expected(data) == {
        "AAA/2013J": Totals(
            learners=323, sessions_completed=323, submissions=940, scored=940, weighted_sum=Decimal("10859.50")
        ),
        "AAA/2014J": Totals(
            learners=299, sessions_completed=299, submissions=853, scored=852, weighted_sum=Decimal("9692.80")
        ),
    }
