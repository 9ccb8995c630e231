from __future__ import annotations

import asyncio
import re
from types import ModuleType

import pytest
from documents import ROOT, anchors, blocks, links, text_of

from campus.accounts.service import Accounts
from campus.accounts.store import Users
from campus.api.accounts.v1.accounts_pb2 import RegisterUserRequest
from campus.api.accounts.v1.accounts_pb2_grpc import AccountsServiceStub
from campus.api.progress.v1.progress_pb2 import GetProgressRequest
from campus.api.progress.v1.progress_pb2_grpc import ProgressServiceStub
from trunkline import NotFound, SystemClock
from trunkline.api.entities.v1.user_pb2 import User
from trunkline.cli.app import app
from trunkline.testing import Loopback

README = text_of("README.md")
OTHERS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "k8s/README.md"]
DOCUMENTS = [*OTHERS, *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]
SCORED = "11111111-1111-4111-8111-111111111111"
REGISTERED = "22222222-2222-4222-8222-222222222222"


def component() -> ModuleType:
    module = ModuleType("progress")
    exec(compile(blocks(README, "python")[0], "progress.py", "exec"), vars(module))
    return module


@pytest.fixture
async def ask(tmp_path):
    """Serve the README's component beside the real accounts; yield what asks for a learner's progress."""
    async with Users.open(f"sqlite+aiosqlite:///{tmp_path}/accounts.db") as users, Loopback() as mesh:
        await mesh.serve("accounts", lambda _: [Accounts(users=users, clock=SystemClock())])
        await mesh.serve("progress", lambda own: [component().Progress(own)], scopes=["accounts.read"])
        client = await mesh.client("reader", scopes=["accounts.write", "progress.read"])
        for number, user_id in enumerate((SCORED, REGISTERED)):
            user = User(user_id=user_id, username=f"learner-{number}")
            await AccountsServiceStub(client.channel).RegisterUser(RegisterUserRequest(user=user))

        async def ask(user_id):
            request = GetProgressRequest(user_id=user_id, code_module="AAA", code_presentation="2013J")
            return await ProgressServiceStub(client.channel).GetProgress(request)

        yield ask


async def test_its_component_tells_a_score(ask):
    assert (await ask(SCORED)).weighted_score == 71.5


async def test_its_component_says_that_there_is_no_score(ask):
    with pytest.raises(NotFound) as caught:
        await ask(REGISTERED)
    assert (caught.value.reason, caught.value.domain) == ("NO_RESULT", "progress")
    assert caught.value.message == f"user {REGISTERED} has not handed anything in"


async def test_its_component_passes_on_that_a_user_is_unknown(ask):
    with pytest.raises(NotFound) as caught:
        await ask("99999999-9999-4999-8999-999999999999")
    assert (caught.value.reason, caught.value.domain) == ("USER_NOT_FOUND", "accounts")


async def test_its_main_serves_until_it_is_told_to_stop():
    async with Loopback() as loopback:
        mesh = await loopback.client("progress", listen="127.0.0.1:0")
        running = asyncio.create_task(component().main(mesh))
        await mesh.port()
        assert mesh.services == ["campus.api.progress.v1.ProgressService"]
        mesh.stop.asked.set()
        await running


def test_its_make_targets_exist():
    targets = set(re.findall(r"^([a-z]+):", text_of("Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE))
    assert named
    assert named <= targets


def test_its_commands_exist():
    verbs = {one.name for one in (*app.registered_commands, *app.registered_groups)}
    named = set(re.findall(r"`trunkline ([a-z]+)", README))
    assert named
    assert named <= verbs


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document):
    dead = []
    for link in links(text_of(document)):
        file, _, anchor = link.partition("#")
        target = (ROOT / document).parent / file if file else ROOT / document
        if not target.exists() or (anchor and anchor not in anchors(target.read_text(encoding="utf-8"))):
            dead.append(link)
    assert not dead
