import runpy
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_schema_that_is_committed_is_that_of_the_models():
    made = runpy.run_path(str(ROOT / "tools" / "schema.py"))["schema"]()
    assert (ROOT / "docs" / "access.schema.json").read_text() == made, "mend: python tools/schema.py"
