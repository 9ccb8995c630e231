from __future__ import annotations

import re
from typing import get_args

import pytest
import yaml
from documents import blocks, rows, tables, text_of
from pydantic import BaseModel
from pydantic_core import to_jsonable_python

from trunkline.config import Backbone, Component, ConfigError, MeshFile, Settings, Tuning, load_mesh_file, load_settings

DOCUMENT = text_of("docs/configuration.md")
TABLES = dict(zip(("file", "backbone", "component", "tuning", "process"), tables(DOCUMENT, "key"), strict=True))


def fields(model, without=None, prefix=""):
    """Yield key and field of every setting; the sections of tuning are entered."""
    for name, field in model.model_fields.items():
        if without and name in without.model_fields:
            continue
        if isinstance(field.default, BaseModel) and not isinstance(field.default, Tuning):
            yield from fields(type(field.default), prefix=f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", field


def default_of(field):
    if field.is_required():
        return "required"
    default = field.get_default(call_default_factory=True)
    return {} if default == Tuning() else to_jsonable_python(default)


@pytest.mark.parametrize(
    ("table", "model", "without"),
    [
        ("file", MeshFile, None),
        ("backbone", Backbone, None),
        ("component", Component, None),
        ("tuning", Tuning, None),
        ("process", Settings, Tuning),
    ],
)
def test_every_key_is_listed_with_its_default(table, model, without):
    listed = {row[0].strip("`"): row[1] for row in TABLES[table]}
    said = {key: yaml.safe_load(cell.strip("`")) if "`" in cell else cell for key, cell in listed.items()}
    there = {key: default_of(field) for key, field in fields(model, without)}
    assert said.keys() == there.keys()
    wrong = {
        key: (said[key], default) for key, default in there.items() if default is not None and said[key] != default
    }
    assert not wrong
    # Where there is no default to write down, the cell says in words what holds then.
    assert all("`" not in listed[key] for key, default in there.items() if default is None)


@pytest.mark.parametrize(
    ("table", "model", "without"), [("file", MeshFile, None), ("tuning", Tuning, None), ("process", Settings, Tuning)]
)
def test_every_allowed_word_is_listed(table, model, without):
    listed = {row[0].strip("`"): row[2] for row in TABLES[table]}
    missing = [
        (key, word)
        for key, field in fields(model, without)
        for word in get_args(field.annotation)
        if isinstance(word, str) and f"`{word}`" not in listed[key]
    ]
    assert not missing


def test_the_variables_of_opentelemetry_that_are_read_are_those_listed():
    read = set(re.findall(r'"(OTEL_\w+)"', text_of("src/trunkline/telemetry/environ.py")))
    listed = {row[0].strip("`") for row in rows(DOCUMENT, "variable")}
    assert {name for name in listed if name.startswith("OTEL_")} == read


def test_the_first_mesh_file_shown_is_valid_and_makes_settings(tmp_path):
    file = tmp_path / "trunkline.yaml"
    file.write_text(blocks(DOCUMENT, "yaml")[0])
    settings = load_settings(
        {"TRUNKLINE_FILE": str(file), "TRUNKLINE_COMPONENT": "progress", "TRUNKLINE_INSTANCE": "1"}
    )
    assert settings.listen == "127.0.0.1:7403"
    assert (settings.log.level, settings.tracing.sample_ratio) == ("debug", 0.5)


@pytest.mark.parametrize("number", [0, 1])
def test_a_wrong_file_is_answered_as_shown(tmp_path, number):
    file = tmp_path / "trunkline.yaml"
    file.write_text(blocks(DOCUMENT, "yaml")[1 + number])
    with pytest.raises(ConfigError) as caught:
        load_mesh_file(file)
    assert f"{caught.value}\n" == blocks(DOCUMENT, "text")[number]


def test_a_wrong_variable_is_answered_as_shown():
    with pytest.raises(ConfigError) as caught:
        load_settings(environ(blocks(DOCUMENT, "sh")[-1]))
    assert f"{caught.value}\n" == blocks(DOCUMENT, "text")[-1]


def test_the_variables_shown_are_understood():
    settings = load_settings({"TRUNKLINE_COMPONENT": "progress", **environ(blocks(DOCUMENT, "sh")[0])})
    assert (settings.limits.max_deadline, settings.log.level, settings.needs) == (60.0, "debug", ("accounts",))


def environ(lines: str) -> dict[str, str]:
    pairs = (line.split("=", 1) for line in lines.splitlines())
    return {name: value.strip("'") for name, value in pairs}
