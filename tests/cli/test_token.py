"""What is asked of the backbone, and what is printed; the backbone's answers are fixed."""

import json
import time

import jwt
import pytest
from desk import START
from grpc import StatusCode

SECRET = "k" * 32
EXPIRED = jwt.encode({"sub": "ada", "scope": "accounts.read", "exp": START}, SECRET, headers={"kid": "one"})


async def test_the_token_alone_goes_to_stdout_and_its_facts_to_stderr(ask, desk):
    done = await ask("token", "issue", "--audience", "accounts", "--scope", "accounts.read", "-s", "b")
    assert (done.status, done.out) == (0, "the.access.token\n")
    lines = [line.split(maxsplit=1) for line in done.err.splitlines()]
    assert [name for name, _ in lines] == ["audience", "scopes", "expires", "id"]
    assert (lines[0][1], lines[1][1], lines[3][1]) == ("accounts", "accounts.read, b", "8f3a")
    assert lines[2][1].endswith(" UTC, in 10 min")
    [request] = desk.asked
    assert (request.bootstrap.component, request.bootstrap.secret) == ("operator", "o" * 43)
    assert (request.audience, list(request.scopes), request.refreshable) == ("accounts", ["accounts.read", "b"], False)


async def test_all_of_a_token_is_had_as_json(ask):
    done = await ask("token", "issue", "--audience", "accounts", "--refreshable", "-o", "json")
    assert json.loads(done.out) == {
        "token": "the.access.token",
        "refresh_token": "the refresh",
        "audience": "accounts",
        "scopes": ["all"],
        "expires_at": "2023-11-14T22:23:20Z",
        "jti": "8f3a",
    }
    assert (done.status, done.err) == (0, "")


async def test_a_refresh_token_is_not_asked_for_where_it_would_not_be_seen(ask, desk):
    done = await ask("token", "issue", "--audience", "accounts", "--refreshable")
    assert (done.status, done.out, desk.asked) == (2, "", [])
    assert "--refreshable needs -o json" in done.err


@pytest.mark.parametrize("source", ["-", "key"])
async def test_whoever_has_an_api_key_needs_no_secret_of_a_component(ask, desk, tmp_path, source):
    (tmp_path / ".trunkline" / "secrets" / "operator").unlink()
    (tmp_path / "key").write_text("the api key of somebody\n")
    given = "the api key of somebody\n" if source == "-" else None
    done = await ask("token", "issue", "-a", "accounts", "--api-key-file", source, stdin=given)
    assert (done.status, done.out) == (0, "the.access.token\n")
    assert [request.api_key.key for request in desk.asked] == ["the api key of somebody"]


async def test_a_token_is_exchanged_on_behalf_of_its_user(ask, desk):
    done = await ask("token", "exchange", "--audience", "accounts", "-", stdin=EXPIRED)
    assert (done.status, done.out) == (0, "the.exchanged.token\n")
    assert [(request.subject_token, request.audience) for request in desk.asked] == [(EXPIRED, "accounts")]


async def test_what_a_token_says_is_shown_without_a_mesh(trunkline):
    done = await trunkline("token", "inspect", stdin=EXPIRED, COLUMNS="100")
    assert done.status == 0
    said = dict(line.split(maxsplit=1) for line in done.out.splitlines())
    ago = said["expires"].strip().removeprefix("2023-11-14 22:13:20 UTC, ")
    assert ago.endswith(" ago")
    assert (said["subject"].strip(), said["scopes"].strip(), said["kid"].strip()) == ("ada", "accounts.read", "one")
    assert done.err == "not proved: anybody can have written this. --online asks the backbone\n"


async def test_what_a_token_says_is_data_too(trunkline, tmp_path):
    (tmp_path / "token").write_text(EXPIRED)
    done = await trunkline("token", "inspect", "token", "-o", "json")
    assert json.loads(done.out) == {
        "header": {"alg": "HS256", "kid": "one", "typ": "JWT"},
        "claims": {"sub": "ada", "scope": "accounts.read", "exp": START},
        "expired": True,
        "active": None,
    }


async def test_the_time_that_is_over_is_red_where_there_are_colours(trunkline):
    colours = {"FORCE_COLOR": "1", "TERM": "xterm-256color", "COLUMNS": "100"}
    assert "\x1b[31m2023-11-14" in (await trunkline("token", "inspect", stdin=EXPIRED, **colours)).out
    assert "\x1b[3" not in (await trunkline("token", "inspect", stdin=EXPIRED, NO_COLOR="1", **colours)).out


@pytest.mark.parametrize(("active", "status", "said"), [(True, 0, "says it is good now"), (False, 1, "is not good")])
async def test_the_backbone_is_asked_whether_a_token_is_good(ask, desk, active, status, said):
    desk.active = active
    token = jwt.encode({"sub": "ada", "exp": int(time.time()) + 600}, SECRET)
    done = await ask("token", "inspect", "--online", stdin=token)
    assert (done.status, said in done.out, done.err) == (status, True, "")
    assert [request.token for request in desk.asked] == [token]


@pytest.mark.parametrize(
    ("option", "field", "said"),
    [
        ("--jti", "jti", "the token v"),
        ("--subject", "subject", "all tokens of v"),
        ("--key", "kid", "all tokens that the key v signed"),
        ("--family", "family", "the family v and all that came of it"),
    ],
)
async def test_what_is_revoked_is_told_and_that_all_who_watch_refuse_it(ask, desk, option, field, said):
    done = await ask("token", "revoke", option, "v", "--reason", "lost")
    assert (done.status, done.out, done.err) == (0, f"revoked {said}; all 3 instances refuse it\n", "")
    [request] = desk.asked
    assert (request.WhichOneof("target"), getattr(request, field), request.reason) == (field, "v", "lost")


@pytest.mark.parametrize(
    ("watching", "confirmed", "heard"),
    [
        (0, 0, "no instance lets callers in now: whoever comes hears of it first"),
        (1, 1, "the one instance refuses it"),
        (3, 2, "2 of 3 instances refuse it, and the others let nobody in"),
    ],
)
async def test_how_many_refuse_already_is_told(ask, desk, watching, confirmed, heard):
    desk.watching, desk.confirmed = watching, confirmed
    done = await ask("token", "revoke", "--jti", "v")
    assert (done.status, done.out) == (0, f"revoked the token v; {heard}\n")


async def test_a_revocation_is_data_too(ask):
    done = await ask("token", "revoke", "--subject", "ada", "-o", "json")
    assert json.loads(done.out) == {
        "kind": "subject",
        "value": "ada",
        "at": "2023-11-14T22:13:20Z",
        "until": "2023-11-14T22:23:20Z",
        "watching": 3,
        "confirmed": 3,
    }


@pytest.mark.parametrize("given", [(), ("--jti", "a", "--subject", "b"), ("--jti", "")])
async def test_exactly_one_thing_is_revoked(ask, desk, given):
    done = await ask("token", "revoke", *given)
    assert (done.status, done.out, desk.asked) == (2, "", [])
    assert "exactly one of --jti, --subject, --key and --family" in " ".join(done.err.split())


async def test_live_tokens_are_a_table(ask, desk):
    done = await ask("token", "list", "--subject", "ada")
    lines = [line.split() for line in done.out.splitlines() if line.strip()]
    assert lines[0] == ["id", "subject", "audience", "scopes", "expires"]
    assert lines[2][:4] == ["8f3a", "ada", "accounts", "accounts.read"]
    assert lines[3][:3] == ["by", "spiffe://tests/progress", "accounts.write"]
    assert [request.subject for request in desk.asked] == ["ada"]


async def test_live_tokens_are_data_too(ask):
    done = await ask("token", "list", "-o", "json")
    assert json.loads(done.out) == [
        {
            "jti": "8f3a",
            "subject": "ada",
            "audience": "spiffe://tests/accounts",
            "scopes": ["accounts.read", "accounts.write"],
            "roles": [],
            "actors": ["spiffe://tests/progress"],
            "kid": "one",
            "family": None,
            "grant": "exchange",
            "issued_at": "2023-11-14T22:13:20Z",
            "expires_at": "2023-11-14T22:23:20Z",
        }
    ]


@pytest.mark.parametrize("verb", [("inspect",), ("exchange", "-a", "accounts")])
@pytest.mark.parametrize(
    ("source", "stdin", "wrong"),
    [
        ("none", None, "none: No such file or directory\n"),
        ("-", "", "standard input: holds no token\n"),
        (EXPIRED, None, "a token is read from a file, or from standard input for -, never from the command line\n"),
    ],
)
async def test_a_token_that_is_not_there_is_one_line(ask, desk, verb, source, stdin, wrong):
    done = await ask("token", *verb, source, stdin=stdin)
    assert (done.status, done.out, done.err, desk.asked) == (2, "", wrong, [])


async def test_what_is_no_token_is_one_line(trunkline):
    done = await trunkline("token", "inspect", stdin="nonsense")
    assert (done.status, done.out, done.err) == (1, "", "standard input: is no JWT: it has 1 part, not 3\n")


async def test_an_audience_that_is_not_there_is_answered_with_those_that_are(ask, desk):
    desk.refusal = (StatusCode.NOT_FOUND, "AUDIENCE_UNKNOWN", {})
    done = await ask("token", "issue", "-a", "acounts")
    assert (done.status, done.out) == (1, "")
    assert done.err == "NOT_FOUND AUDIENCE_UNKNOWN: not so; the audiences are accounts, backbone\n"


async def test_a_scope_that_is_missing_is_answered_with_where_to_add_it(ask, desk):
    desk.refusal = (StatusCode.PERMISSION_DENIED, "SCOPE_MISSING", {"missing": "identity.read"})
    done = await ask("token", "list")
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        "PERMISSION_DENIED SCOPE_MISSING: not so; give operator the scope identity.read in access.yaml, "
        "or say another --component\n"
    )


async def test_without_its_secret_a_component_asks_nothing(ask, desk, tmp_path):
    (tmp_path / ".trunkline" / "secrets" / "operator").unlink()
    done = await ask("token", "list")
    assert (done.status, done.out, len(done.err.splitlines()), desk.asked) == (2, "", 1, [])
    assert "SECRET_MISSING" in done.err
    assert done.err.endswith("; or say another --component\n")


async def test_a_component_that_the_mesh_has_not_is_one_line(ask):
    done = await ask("token", "list", "-c", "operater")
    assert (done.status, done.out) == (2, "")
    assert done.err == "trunkline.yaml: components.operater: no such component; did you mean 'operator'?\n"


async def test_without_a_mesh_file_there_is_nobody_to_ask(trunkline):
    done = await trunkline("token", "list")
    assert (done.status, done.out) == (2, "")
    assert done.err == "no trunkline.yaml here, so there is no backbone to ask; say --file\n"
