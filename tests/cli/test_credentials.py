import json

import pytest
import typer
from grpc import StatusCode

from trunkline.api.identity.v1 import administration_pb2 as pb
from trunkline.cli.app import app

SECRETIVE = ("secret", "password", "token", "api-key")


def options(command, path=()):
    """Yield every option of every verb, with the words that lead to it."""
    for name, below in getattr(command, "commands", {}).items():
        yield from options(below, (*path, name))
    for option in command.params:
        for word in option.opts:
            if word.startswith("-"):
                yield (*path, word), option


def test_no_option_of_any_verb_takes_a_secret_but_only_the_file_that_holds_it():
    found = dict(options(typer.main.get_command(app)))
    secretive = {words: found[words] for words in found if any(word in words[-1] for word in SECRETIVE)}
    assert ("credentials", "add", "--secret-file") in secretive
    assert [words for words, option in secretive.items() if not str(option.metavar).startswith("FILE")] == []


@pytest.mark.parametrize("verb", ["add", "rotate"])
async def test_a_secret_on_the_command_line_is_wrong_usage(ask, desk, verb):
    done = await ask("credentials", verb, "registry", "--kind", "api-key", "--secret", "x" * 16)
    assert (done.status, done.out, desk.asked) == (2, "", [])
    assert "x" * 16 not in done.err


@pytest.mark.parametrize(("verb", "made"), [("add", "made for you"), ("rotate", "made anew")])
async def test_a_secret_that_is_made_is_printed_once_and_alone(ask, desk, verb, made):
    done = await ask("credentials", verb, "registry", "--kind", "api-key")
    assert (done.status, done.out) == (0, f"{made}\n")
    assert done.err == "the api-key secret of registry, shown this once: only its hash is kept\n"
    [request] = desk.asked
    assert (request.name, request.kind, request.secret) == ("registry", pb.CREDENTIAL_KIND_API_KEY, "")


@pytest.mark.parametrize("verb", ["add", "rotate"])
async def test_a_secret_that_was_given_is_not_printed(ask, desk, verb):
    done = await ask("credentials", verb, "accounts", "-k", "bootstrap", "--secret-file", "-", stdin="s" * 16 + "\n")
    assert (done.status, done.out) == (0, "")
    assert done.err == "the bootstrap secret of accounts is good from now on\n"
    assert [(request.kind, request.secret) for request in desk.asked] == [(pb.CREDENTIAL_KIND_BOOTSTRAP, "s" * 16)]


@pytest.mark.parametrize(
    ("source", "stdin", "wrong"),
    [("-", " \n", "standard input: holds no secret\n"), ("none", None, "none: No such file or directory\n")],
)
async def test_an_empty_secret_is_not_taken_for_one_to_be_made(ask, desk, source, stdin, wrong):
    done = await ask("credentials", "add", "registry", "-k", "api-key", "--secret-file", source, stdin=stdin)
    assert (done.status, done.out, done.err, desk.asked) == (2, "", wrong, [])


@pytest.mark.parametrize(
    ("options", "older", "said"),
    [
        ((), False, "removed the api-key credential of registry"),
        (("--older-only",), True, "registry has its newest api-key secret alone"),
    ],
)
async def test_a_credential_is_removed_or_only_its_older_secret(ask, desk, options, older, said):
    done = await ask("credentials", "remove", "registry", "-k", "api-key", *options)
    assert (done.status, done.out, done.err) == (0, "", f"{said}\n")
    assert [(request.name, request.older_only) for request in desk.asked] == [("registry", older)]


async def test_credentials_are_a_table_without_their_secrets(ask):
    done = await ask("credentials", "list")
    head, _, *rows = [line.split() for line in done.out.splitlines() if line.strip()]
    assert head == ["name", "kind", "secrets", "created", "rotated"]
    assert [row[:3] for row in rows] == [["registry", "api-key", "2"], ["accounts", "bootstrap", "1"]]
    assert [row.count("ago") for row in rows] == [2, 1]


async def test_credentials_are_data_too(ask):
    assert json.loads((await ask("credentials", "list", "-o", "json")).out)[1] == {
        "name": "accounts",
        "kind": "bootstrap",
        "secrets": 1,
        "created_at": "2023-11-14T22:13:20Z",
        "rotated_at": None,
    }


async def test_a_kind_that_is_not_there_is_answered_with_those_that_are(ask, desk):
    done = await ask("credentials", "add", "registry", "--kind", "password")
    assert (done.status, done.out, desk.asked) == (2, "", [])
    assert "bootstrap, api-key" in done.err
    assert "Value error" not in done.err


async def test_a_credential_that_is_there_is_answered_with_how_to_add_a_second_secret(ask, desk):
    desk.refusal = (StatusCode.ALREADY_EXISTS, "CREDENTIAL_EXISTS", {})
    done = await ask("credentials", "add", "registry", "-k", "api-key")
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        "ALREADY_EXISTS CREDENTIAL_EXISTS: not so; `trunkline credentials rotate` makes a second secret beside it\n"
    )
