from __future__ import annotations

import json
import re
import tomllib

import pytest
from render import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def instructions():
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def said(word):
    return [rest for one, rest in instructions() if one == word]


def copied():
    """The files and folders that come from the project, not from another stage."""
    return [path for rest in said("COPY") if "--from=" not in rest for path in rest.split()[:-1]]


def test_the_image_runs_as_the_user_of_the_manifests(manifests):
    [user] = said("USER")
    for workload in manifests.workloads:
        context = workload.spec["securityContext"]
        assert user == f"{context['runAsUser']}:{context['runAsGroup']}"


def test_the_user_is_a_number_and_not_root():
    [user] = said("USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


def test_nothing_is_fetched_but_by_pip():
    assert said("ADD") == []
    assert not [rest for rest in said("RUN") if re.search(r"curl|wget|://", rest)]


def test_no_command_goes_through_a_shell():
    for rest in [*said("RUN"), *said("ENTRYPOINT"), *said("CMD")]:
        assert all(isinstance(word, str) for word in json.loads(rest))


def test_all_that_is_copied_exists_and_is_let_through():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_through = {line.removeprefix("!") for line in lines if line.startswith("!")}
    assert "*" in lines
    assert let_through == {path.removeprefix("./") for path in copied()}
    assert [path for path in copied() if not (ROOT / path).exists()] == []


def test_what_the_build_needs_is_copied():
    assert {"pyproject.toml", "src", PROJECT["readme"], *PROJECT["license-files"]} <= set(copied())


def test_the_extras_installed_are_the_projects_own():
    [extras] = re.findall(r"\.\[([\w,]+)\]", " ".join(said("RUN")))
    assert extras == "campus,postgres,uvloop"
    assert set(extras.split(",")) <= PROJECT["optional-dependencies"].keys()


def test_the_image_starts_the_command_of_the_project_and_stops_it_gently():
    [entry] = said("ENTRYPOINT")
    assert set(json.loads(entry)) <= PROJECT["scripts"].keys()
    assert said("STOPSIGNAL") == ["SIGTERM"]


def test_both_stages_have_the_oldest_python_that_is_supported():
    version = PROJECT["requires-python"].removeprefix(">=")
    assert {rest.split()[0] for rest in said("FROM")} == {f"python:{version}-slim"}


def test_the_label_bears_the_version_of_the_project():
    [labels] = said("LABEL")
    assert f'org.opencontainers.image.version="{PROJECT["version"]}"' in labels


@pytest.mark.parametrize(
    "name", ["base/kustomization.yaml", "overlays/staging/kustomization.yaml", "overlays/prod/kustomization.yaml"]
)
def test_the_image_deployed_bears_the_version_of_the_project(name):
    assert f"newTag: {PROJECT['version']}\n" in (ROOT / "k8s" / name).read_text(encoding="utf-8")
