"""The repository's own mesh under mutual TLS, and every verb of the command line against it, in a window of 100."""

from __future__ import annotations

import json
import re

import pytest
import pytest_asyncio
from documents import ROOT
from upright import upright

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(180)]  # each verb is a process
PROGRESS = "campus.api.progress.v1.ProgressService/GetProgress"
ADA = "11111111-1111-4111-8111-111111111111"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mesh(tmp_path_factory):
    """trunkline.yaml and access.yaml as they are, on free ports."""
    folder = tmp_path_factory.mktemp("mesh")
    text = (ROOT / "trunkline.yaml").read_text(encoding="utf-8")
    (folder / "trunkline.yaml").write_text(re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:0", text), encoding="utf-8")
    (folder / "access.yaml").write_text((ROOT / "access.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    async with upright(folder) as up:
        yield up


async def done(mesh, script: str) -> str:
    """What `script` prints on stdout; it must succeed."""
    status, out, err = await mesh.shell(script)
    assert status == 0, err
    return out


async def wrong(mesh, script: str) -> tuple[int, str]:
    """The status and the one line that `script` ends with; it prints nothing on stdout, and no traceback."""
    status, out, err = await mesh.shell(script)
    assert (out, "Traceback" in err) == ("", False), err
    return status, err


async def test_tokens_are_issued_inspected_exchanged_listed_and_revoked(mesh):
    script = """
        trunkline credentials add registry -k api-key > key
        trunkline token issue -a operator --api-key-file key > users
        trunkline token exchange -a activity users > both
        trunkline token inspect both --online
        trunkline token list --subject registry
    """
    said = await done(mesh, script)
    assert re.search(r"^subject +registry *\nactors +spiffe://campus/operator *\n", said)
    assert "says it is good now" in said
    jti = re.search(r"^id +(\w{32}) *$", said, re.MULTILINE)[1]
    row = said[said.rindex(jti) :]
    assert row.startswith(f"{jti}  registry ")
    assert "by spiffe://campus/operator" in " ".join(row.split())
    assert (await done(mesh, f"trunkline token revoke --jti {jti} --reason lost")).startswith(
        f"revoked the token {jti}; "
    )
    status, out, _ = await mesh.shell("trunkline token inspect both --online")
    assert (status, "says it is not good" in out) == (1, True)


async def test_a_table_of_tokens_breaks_no_name_in_100_columns(mesh):
    listed = await done(mesh, "trunkline token list")
    assert max(map(len, listed.splitlines())) <= 100
    for whole in ("spiffe://campus/operator", "identity.credentials", "spiffe://campus/activity"):
        assert whole in listed


async def test_keys_are_listed_and_rotated_and_credentials_changed(mesh):
    script = """
        trunkline keys list
        trunkline keys rotate
        trunkline credentials add office -k api-key > first
        trunkline credentials rotate office -k api-key > second
        trunkline credentials list
        trunkline credentials remove office -k api-key --older-only
    """
    said = await done(mesh, script)
    assert max(map(len, said.splitlines())) <= 100
    assert re.search(r"^office +api-key +2 +(\d+ s ago|now) +(\d+ s ago|now) *$", said, re.MULTILINE)
    assert re.search(r"^journey +bootstrap +1 +\d+ \w+ ago *$", said, re.MULTILINE)  # it was never rotated
    assert "CREDENTIALS_REFUSED" in (await wrong(mesh, "trunkline token issue -a accounts --api-key-file first"))[1]
    await done(
        mesh, "trunkline token issue -a accounts --api-key-file second; trunkline credentials remove office -k api-key"
    )


async def test_who_may_what_is_explained_and_waited_for_without_a_word_to_the_mesh(mesh):
    said = await done(mesh, f"trunkline access explain --from journey --to {PROGRESS}; trunkline access matrix")
    assert said.startswith(f"allowed  journey -> {PROGRESS}\n")
    assert max(map(len, said.splitlines())) <= 100
    address = re.search(r"accounts:.*?(127\.0\.0\.1:\d+)", mesh.file.read_text(), re.DOTALL)[1]
    proof = "-tls-client-cert .trunkline/tls/operator/tls.crt -tls-client-key .trunkline/tls/operator/tls.key"
    tls = f"-tls -tls-ca-cert .trunkline/tls/ca.crt -tls-server-name accounts.campus {proof}"
    script = f"trunkline wait accounts activity backbone; trunkline health -addr {address} -connect-timeout=5s {tls}"
    assert await done(mesh, script) == "status: SERVING\n"


@pytest.mark.parametrize(
    ("script", "status", "said"),
    [
        ("token issue -a accounts -c nobody", 2, "mesh.yaml: components.nobody: no such component"),
        ("token inspect mesh.yaml", 2, "mesh.yaml: No such file or directory"),
        (
            f"access explain --from nobody --to {PROGRESS}",
            2,
            "--from nobody: access.yaml has no such component or user",
        ),
        ("wait nobody", 2, "mesh.yaml: no component 'nobody' with an address"),
        ("audit verify nowhere", 1, "no audit log in nowhere"),
        ("audit search --who nobody-at-all", 1, "no record matches"),
    ],
)
async def test_what_cannot_be_done_is_one_line(mesh, script, status, said):
    ended, err = await wrong(mesh, f"trunkline {script}")
    assert (ended, err.startswith(said), err.count("\n")) == (status, True, 1), err


async def test_after_all_of_it_the_audit_log_is_whole_and_tells_who_did_what(mesh):
    script = "trunkline audit verify >&2; trunkline audit tail -n 3; trunkline audit search --kind token.revoke -o json"
    status, out, err = await mesh.shell(script)
    assert (status, "backbone" in err, "whole" in err) == (0, True, True)
    *tail, record = out.splitlines()
    assert len(tail) == 3
    revoked = json.loads(record)
    assert (revoked["who"], revoked["outcome"]) == ("spiffe://campus/operator", "granted")
    assert revoked["details"]["why"] == "lost"
