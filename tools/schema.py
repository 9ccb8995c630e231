"""The schema of access.yaml for editors: `python tools/schema.py` makes it anew from the models that read the file."""

from __future__ import annotations

import json
from pathlib import Path

from trunkline.config import AccessFile

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "access.schema.json"


def schema() -> str:
    """Return the schema as text."""
    said = AccessFile.model_json_schema()
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **said}, indent=2) + "\n"


if __name__ == "__main__":
    FILE.write_text(schema(), encoding="utf-8")
