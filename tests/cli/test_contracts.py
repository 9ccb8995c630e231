"""`trunkline contracts` over a workspace of its own, over a file of descriptors, and over generated code."""

import json
import shutil
from pathlib import Path

import pytest
from compiled import HEAD, PROTOS, compiled

ORDERS = (
    HEAD.replace("google/protobuf/timestamp.proto", "buf/validate/validate.proto")
    + """
// Takes orders.
service OrderService {
  // Places one.
  rpc Place(PlaceRequest) returns (stream PlaceResponse) {
    option idempotency_level = IDEMPOTENT;
    option (trunkline.api.policy.v1.method) = {
      timeout: {nanos: 250000000}
      retry: {max_attempts: 3}
      access: {
        scopes: "orders.write"
        roles: ["clerk", "agent"]
      }
      audit: true
    };
  }

  rpc Get(PlaceRequest) returns (PlaceResponse) {
    option (trunkline.api.policy.v1.method) = {
      access: {public: true}
    };
  }
}

service AdminService {
  rpc Get(PlaceRequest) returns (PlaceResponse) {
    option (trunkline.api.policy.v1.method) = {
      access: {public: true}
    };
  }
}

message PlaceRequest {
  string order_id = 1 [(buf.validate.field).string.uuid = true];
  Card card = 2;
}

message Card {
  string number = 1 [debug_redact = true];
}

message PlaceResponse {}
"""
)
PLACE = "shop.api.orders.v1.OrderService/Place"
BAD = ORDERS.replace("timeout: {nanos: 250000000}", "timeout: {nanos: -1}")


def line(text: str, beginning: str) -> int:
    return next(number for number, row in enumerate(text.splitlines(), 1) if row.strip().startswith(beginning))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A buf workspace with one contract of the user and what it imports."""
    shutil.copytree(PROTOS / "third_party", tmp_path / "protos" / "third_party")
    policy = Path("trunkline/api/policy/v1/policy.proto")
    (tmp_path / "protos" / policy).parent.mkdir(parents=True)
    shutil.copy(PROTOS / policy, tmp_path / "protos" / policy)
    shutil.copy(PROTOS.parent / "buf.yaml", tmp_path)
    (tmp_path / "protos" / "orders.proto").write_text(ORDERS)
    return tmp_path


async def test_a_sound_workspace_passes_and_says_nothing_on_stdout(workspace, trunkline):
    done = await trunkline("contracts", "check")
    assert (done.status, done.out, done.err) == (0, "", "0 violations in 2 contracts\n")


async def test_each_violation_is_one_line_that_leads_to_its_place(workspace, trunkline):
    (workspace / "protos" / "orders.proto").write_text(BAD)
    done = await trunkline("contracts", "check")
    assert (done.status, done.err) == (1, "1 violation in 2 contracts\n")
    place = f"protos/orders.proto:{line(BAD, 'timeout:')}"
    assert done.out == f"{place}: {PLACE}: timeout is -1e-09 s; make it positive or leave it out (10 s)\n"


async def test_violations_as_json_have_a_field_for_each_part(workspace, trunkline):
    (workspace / "protos" / "orders.proto").write_text(BAD)
    done = await trunkline("contracts", "check", "-o", "json")
    assert done.status == 1
    assert json.loads(done.out) == [
        {
            "file": "protos/orders.proto",
            "line": line(BAD, "timeout:"),
            "subject": PLACE,
            "problem": "timeout is -1e-09 s",
            "mend": "make it positive or leave it out (10 s)",
        }
    ]


async def test_a_path_narrows_the_check(workspace, trunkline):
    (workspace / "protos" / "orders.proto").write_text(BAD)
    done = await trunkline("contracts", "check", "protos/trunkline")
    assert (done.status, done.err) == (0, "0 violations in 1 contract\n")


async def test_another_workspace_is_checked_by_its_folder(workspace, trunkline, tmp_path):
    inner = tmp_path / "inner"
    inner.mkdir()
    for name in ("protos", "buf.yaml"):
        shutil.move(workspace / name, inner)
    done = await trunkline("contracts", "check", "inner")
    assert (done.status, done.err) == (0, "0 violations in 2 contracts\n")


async def test_what_does_not_compile_is_told_in_the_words_of_buf(workspace, trunkline):
    (workspace / "protos" / "orders.proto").write_text(ORDERS.replace("message Card {", "message Card"))
    done = await trunkline("contracts", "check")
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("protos/orders.proto:")


async def test_a_path_that_is_not_there_is_named(workspace, trunkline):
    done = await trunkline("contracts", "check", "protos/nowhere")
    assert (done.status, done.out, done.err) == (1, "", "protos/nowhere: no such file or folder\n")


async def test_a_folder_without_contracts_is_named(workspace, trunkline, tmp_path):
    (tmp_path / "empty").mkdir()
    done = await trunkline("contracts", "check", "empty")
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("empty: no contract in it")


@pytest.mark.parametrize("path", [".", "protos"])
async def test_the_whole_workspace_may_be_named_by_its_folders(workspace, trunkline, path: str):
    done = await trunkline("contracts", "check", path)
    assert (done.status, done.err) == (0, "0 violations in 2 contracts\n")


async def test_show_keeps_every_line_number_on_a_narrow_terminal(workspace, trunkline):
    done = await trunkline("contracts", "show", "Place", COLUMNS="60")
    assert f"orders.proto:{line(ORDERS, 'timeout:')}" in done.out.split()
    assert f"orders.proto:{line(ORDERS, 'string number')}" in done.out.split()


async def test_a_misspelt_option_is_answered_with_the_nearest(workspace, trunkline):
    (workspace / "protos" / "orders.proto").write_text(ORDERS.replace("timeout:", "timeuot:"))
    done = await trunkline("contracts", "check")
    assert (done.status, done.out) == (1, "")
    assert f"protos/orders.proto:{line(ORDERS, 'timeout:')}:" in done.err
    assert "MethodOptions has no field timeuot; did you mean timeout?" in done.err


async def test_a_file_of_descriptors_is_checked_instead(trunkline, tmp_path):
    compiled(tmp_path, orders=BAD)
    done = await trunkline("contracts", "check", "--descriptors", "descriptors.pb")
    assert done.status == 1
    assert done.out.startswith("orders.proto:")


@pytest.mark.parametrize(("content", "said"), [(b"\xff\xff", "not a serialized"), (b"", "not a serialized")])
async def test_a_file_that_holds_no_descriptors_is_refused_in_one_line(trunkline, tmp_path, content: bytes, said: str):
    (tmp_path / "x.pb").write_bytes(content)
    done = await trunkline("contracts", "check", "--descriptors", "x.pb")
    assert (done.status, done.out) == (1, "")
    assert said in done.err
    assert done.err.count("\n") == 1


async def test_a_missing_file_of_descriptors_is_named(trunkline):
    done = await trunkline("contracts", "check", "--descriptors", "absent.pb")
    assert (done.status, done.out) == (1, "")
    assert "absent.pb" in done.err


async def test_without_a_workspace_the_installed_generated_code_is_checked(trunkline):
    done = await trunkline("contracts", "check")
    assert (done.status, done.out) == (0, "")
    assert done.err.startswith("0 violations in ")


async def test_a_module_that_is_not_there_is_named(trunkline):
    done = await trunkline("contracts", "check", "--module", "shop.api.absent_pb2")
    assert (done.status, done.out, done.err) == (1, "", "shop.api.absent_pb2: No module named 'shop'\n")


async def test_a_module_without_a_contract_is_told(trunkline):
    done = await trunkline("contracts", "check", "--module", "json.decoder")
    assert done.status == 1
    assert done.err.startswith("json.decoder: no contract in it")


async def test_two_sources_at_once_are_wrong_usage(trunkline):
    done = await trunkline("contracts", "check", "--descriptors", "x.pb", "--module", "json")
    assert done.status == 2


async def test_show_tells_each_policy_and_the_line_that_says_so(workspace, trunkline):
    done = await trunkline("contracts", "show", PLACE, "-o", "json")
    assert done.status == 0, done.err
    shown = json.loads(done.out)
    settings = {setting["name"]: (setting["value"], setting["from"]) for setting in shown.pop("settings")}

    def at(beginning: str) -> str:
        return f"protos/orders.proto:{line(ORDERS, beginning)}"

    assert shown == {
        "method": PLACE,
        "shape": "UNARY_STREAM",
        "request": "shop.api.orders.v1.PlaceRequest",
        "response": "shop.api.orders.v1.PlaceResponse",
        "comment": "Places one.",
        "from": at("rpc Place"),
    }
    assert settings == {
        "timeout": (0.25, at("timeout:")),
        "retry.max_attempts": (3, at("retry:")),
        "retry.initial_backoff": (0.05, "default"),
        "retry.max_backoff": (1.0, "default"),
        "retry.codes": (["UNAVAILABLE"], "default"),
        "hedge": (None, "default"),
        "access.scopes": (["orders.write"], at("scopes:")),
        "access.roles": (["agent", "clerk"], at("roles:")),
        "max_concurrency": (None, "default"),
        "audit": (True, at("audit:")),
        "idempotency": ("IDEMPOTENT", at("option idempotency_level")),
        "validation": (["order_id"], at("string order_id")),
        "redacted": ("request.card.number", at("string number")),
    }


async def test_show_draws_a_table_without_colours_in_a_pipe(workspace, trunkline):
    done = await trunkline("contracts", "show", "Place")
    assert done.status == 0
    assert "\x1b" not in done.out
    assert PLACE in done.out
    rows = [row.split() for row in done.out.splitlines()]
    assert ["timeout", "250", "ms", f"orders.proto:{line(ORDERS, 'timeout:')}"] in rows
    assert ["hedge", "none", "default"] in rows


@pytest.mark.parametrize("name", ["OrderService/Get", "v1.OrderService/Get", "/shop.api.orders.v1.OrderService/Get"])
async def test_a_telling_end_of_the_name_is_enough(workspace, trunkline, name: str):
    done = await trunkline("contracts", "show", name, "-o", "json")
    assert json.loads(done.out)["method"] == "shop.api.orders.v1.OrderService/Get"


async def test_an_end_that_several_share_is_refused_with_all_of_them(workspace, trunkline):
    done = await trunkline("contracts", "show", "Get")
    assert (done.status, done.out) == (1, "")
    assert done.err == (
        "Get: 2 methods are called so; say which:\n"
        "  shop.api.orders.v1.AdminService/Get\n"
        "  shop.api.orders.v1.OrderService/Get\n"
    )


async def test_an_unknown_method_is_answered_with_the_nearest(workspace, trunkline):
    done = await trunkline("contracts", "show", "Plaec")
    assert (done.status, done.out) == (1, "")
    assert done.err == f"Plaec: no such method; the nearest:\n  {PLACE}\n"


async def test_without_a_workspace_show_knows_the_installed_generated_code(trunkline):
    done = await trunkline("contracts", "show", "IssueToken", "-o", "json")
    shown = json.loads(done.out)
    assert shown["from"] == "trunkline/api/identity/v1/identity.proto"
    redacted = [setting["value"] for setting in shown["settings"] if setting["name"] == "redacted"]
    assert redacted[0] == "request.bootstrap.secret"
    assert "response.token.access_token" in redacted
