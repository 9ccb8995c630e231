"""The guide for operators, run from its first command to its last in a mesh of its own."""

from __future__ import annotations

import asyncio
from types import ModuleType
from typing import TYPE_CHECKING

import jwt
import pytest
import yaml
from documents import ROOT, blocks, text_of
from upright import upright

if TYPE_CHECKING:
    from pathlib import Path

GUIDE = text_of("docs/guides/operate-identity.md")

pytestmark = pytest.mark.timeout(240)  # each command is a process


@pytest.fixture
async def mesh(tmp_path: Path):
    """The mesh of `trunkline.yaml`, of which only the backbone runs."""
    whole = yaml.safe_load((ROOT / "trunkline.yaml").read_text(encoding="utf-8"))
    whole["backbone"] = {"address": "127.0.0.1:0", "settings": {"identity": {"http": "127.0.0.1:0"}}}
    for component in whole["components"].values():
        component.pop("run", None)
    (tmp_path / "trunkline.yaml").write_text(yaml.safe_dump(whole), encoding="utf-8")
    (tmp_path / "access.yaml").write_text((ROOT / "access.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    async with upright(tmp_path) as mesh:
        yield mesh


async def test_every_command_of_the_guide_does_what_it_says(mesh):
    for script in blocks(GUIDE, "sh"):
        status, _, err = await mesh.shell(script)
        assert status == 0, f"{script}{err}"
    assert (mesh.folder / "registry.token").read_text().count(".") == 2
    status, out, _ = await mesh.shell("trunkline token inspect registry.token --online")
    assert (status, "says it is not good" in out) == (1, True)


async def test_another_library_verifies_a_token_as_the_guide_shows(mesh):
    guide = ModuleType("guide")
    exec(compile(blocks(GUIDE, "python")[0], "guide.py", "exec"), vars(guide))
    status, token, err = await mesh.shell("trunkline token issue --audience accounts -c journey")
    assert status == 0, err
    keys = f"http://{mesh.http}/.well-known/jwks.json"
    claims = await asyncio.to_thread(guide.claims_of, token.strip(), "spiffe://campus/accounts", keys)
    assert (claims["sub"], claims["iss"]) == ("spiffe://campus/journey", "spiffe://campus")
    with pytest.raises(jwt.InvalidAudienceError):
        await asyncio.to_thread(guide.claims_of, token.strip(), "spiffe://campus/progress", keys)
