"""Planted violations: each is found, at its line, with its mend; what is sound passes."""

import sys

import pytest
from compiled import HEAD, PROTOS, compiled, marked

from trunkline.contract import Violation, check_files, check_services
from trunkline.contract.guard import guard_of, guards
from trunkline.policy import DEFAULT_TIMEOUT

SOUND = "access: {scopes: 'orders.read'}"
SAFE = "option idempotency_level = NO_SIDE_EFFECTS;"


def service(policy: str, *, before: str = "", rpc: str = "Get(Ask) returns (Ask)") -> str:
    """A service of one method, whose policy stands on the marked line."""
    option = f"option (trunkline.api.policy.v1.method) = {{ {policy} }}; // HERE"
    return f"{HEAD}service Orders {{\n  rpc {rpc} {{\n    {before}\n    {option}\n  }}\n}}\nmessage Ask {{}}\n"


def payload(topic: str, fields: str = "string order_id = 1;") -> str:
    """A message with a topic, which stands on the marked line."""
    return (
        f"{HEAD}message Placed {{\n  option (trunkline.api.policy.v1.topic) = {{ {topic} }}; // HERE\n  {fields}\n}}\n"
    )


def document(field: str) -> str:
    """A message with one field, which stands on the marked line."""
    return f"{HEAD}message Order {{\n  {field} // HERE\n}}\n"


def merged(declared: str, rule: str) -> str:
    return document(f"{declared} = 1 [(trunkline.api.policy.v1.merge) = MERGE_{rule}];")


def one(folder, text: str) -> Violation:
    """The only violation of a contract, which is where the text says it is."""
    found = check_files(compiled(folder, orders=text), shown={"orders.proto": "protos/orders.proto"})
    assert len(found) == 1, [str(each) for each in found]
    assert (found[0].file, found[0].line) == ("protos/orders.proto", marked(text))
    return found[0]


def test_a_method_without_access_is_told_with_file_line_and_mend(tmp_path):
    text = f"{HEAD}service Orders {{\n  rpc Get(Ask) returns (Ask); // HERE\n}}\nmessage Ask {{}}\n"
    assert str(one(tmp_path, text)) == (
        "protos/orders.proto:6: shop.api.orders.v1.Orders/Get: no access is stated; "
        "add `access: ...` with `{public: true}`, `{scopes: [...]}`, `{roles: [...]}` or `{rule: ...}`"
    )


@pytest.mark.parametrize(
    ("access", "problem"),
    [
        ("{}", "access is empty"),
        ("{public: false}", "access is empty"),
        ("{public: true roles: 'clerk'}", "access is public and restricted at once"),
        ("{scopes: 'Orders.Read'}", "'Orders.Read' is not a scope"),
        ("{scopes: 'orders'}", "'orders' is not a scope"),
        ("{scopes: ['orders.read', '']}", "'' is not a scope"),
        ("{roles: ' '}", "a role is empty"),
        ("{public: true rule: 'true'}", "access is public and restricted at once"),
        ("{rule: 'claims.admin'}", "access.rule is of type dyn, not bool"),
        (
            "{rule: 'claims.sub =='}",
            "access.rule does not compile: at 1:14, Syntax error",
        ),
    ],
)
def test_access_that_makes_no_sense_is_refused(tmp_path, access: str, problem: str):
    assert one(tmp_path, service(f"access: {access}")).problem.startswith(problem)


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ("timeout: {seconds: -1}", "timeout is -1 s"),
        ("timeout: {}", "timeout is 0 s"),
        ("retry: {max_attempts: 1}", "retry.max_attempts is 1"),
        ("retry: {max_attempts: 6}", "retry.max_attempts is 6"),
        ("retry: {max_attempts: 2 initial_backoff: {seconds: -1}}", "retry.initial_backoff is -1 s"),
        ("retry: {max_attempts: 2 max_backoff: {nanos: -1}}", "retry.max_backoff is -1e-09 s"),
        ("retry: {max_attempts: 2 initial_backoff: {seconds: 2}}", "retry.initial_backoff (2 s) is above max_backoff"),
        ("retry: {max_attempts: 2 codes: [UNAVAILABLE, OK]}", "retry.codes holds OK"),
        ("retry: {max_attempts: 2 codes: CANCELLED}", "retry.codes holds CANCELLED"),
        ("hedge: {delay: {nanos: 1000} max_attempts: 1}", "hedge.max_attempts is 1"),
        ("hedge: {delay: {nanos: 1000} max_attempts: 4}", "hedge.max_attempts is 4"),
        ("hedge: {max_attempts: 2}", "hedge.delay is 0 s"),
        (f"hedge: {{delay: {{seconds: {DEFAULT_TIMEOUT:g}}} max_attempts: 2}}", "hedge.delay (10 s) is not below"),
        ("retry: {max_attempts: 2} hedge: {delay: {nanos: 1000} max_attempts: 2}", "it has both `retry` and `hedge`"),
    ],
)
def test_figures_that_cannot_be_kept_are_refused(tmp_path, policy: str, problem: str):
    assert one(tmp_path, service(f"{SOUND} {policy}", before=SAFE)).problem.startswith(problem)


def test_a_retry_on_a_method_not_marked_idempotent_is_refused(tmp_path):
    violation = one(tmp_path, service(f"{SOUND} retry: {{max_attempts: 3}}"))
    assert violation.problem == "it is retried but not marked idempotent"
    assert "option idempotency_level = IDEMPOTENT" in violation.mend


@pytest.mark.parametrize("before", ["", "option idempotency_level = IDEMPOTENT;"])
def test_a_hedge_needs_a_method_free_of_side_effects(tmp_path, before: str):
    violation = one(tmp_path, service(f"{SOUND} hedge: {{delay: {{nanos: 1000}} max_attempts: 2}}", before=before))
    assert violation.problem == "it is hedged but not marked free of side effects"


def test_a_retry_of_streamed_requests_is_refused(tmp_path):
    text = service(f"{SOUND} retry: {{max_attempts: 2}}", before=SAFE, rpc="Put(stream Ask) returns (Ask)")
    assert one(tmp_path, text).problem == "it is retried but its requests are a stream"


@pytest.mark.parametrize("rpc", ["Put(stream Ask) returns (Ask)", "Watch(Ask) returns (stream Ask)"])
def test_a_hedge_of_any_stream_is_refused(tmp_path, rpc: str):
    text = service(f"{SOUND} hedge: {{delay: {{nanos: 1000}} max_attempts: 2}}", before=SAFE, rpc=rpc)
    assert one(tmp_path, text).problem == "it is hedged but streams"


@pytest.mark.parametrize(
    ("topic", "problem"),
    [
        ("key: 'order_id'", "the topic has no name"),
        ("name: 'Orders.Placed'", "'Orders.Placed' is not the name of a topic"),
        ("name: 'orders..placed'", "'orders..placed' is not the name of a topic"),
        ("name: 'orders.*'", "'orders.*' is not the name of a topic"),
        ("name: 'orders'", "'orders' is not the name of a topic"),
    ],
)
def test_a_topic_needs_a_name_of_dotted_words(tmp_path, topic: str, problem: str):
    assert one(tmp_path, payload(topic)).problem == problem


@pytest.mark.parametrize(
    ("fields", "mend"),
    [
        ("string order_id = 1;", "did you mean 'order_id'?"),
        ("string a = 1; string b = 2;", "Placed has: a, b"),
        ("", "take `key` away: Placed has no fields"),
    ],
)
def test_a_key_that_names_no_field_is_refused_and_the_nearest_is_told(tmp_path, fields: str, mend: str):
    violation = one(tmp_path, payload("name: 'orders.placed' key: 'ordr_id'", fields))
    assert (violation.problem, violation.mend) == ("the topic's key names no field: 'ordr_id'", mend)


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("repeated string order_id = 1;", "the topic's key 'order_id' is repeated"),
        ("google.protobuf.Timestamp order_id = 1;", "the topic's key 'order_id' is a message"),
    ],
)
def test_a_key_is_one_scalar(tmp_path, field: str, problem: str):
    assert one(tmp_path, payload("name: 'orders.placed' key: 'order_id'", field)).problem == problem


def test_two_messages_cannot_have_one_topic_even_in_two_files(tmp_path):
    first = payload("name: 'orders.placed'")
    second = first.replace("orders.v1", "stock.v1")
    [violation] = check_files(compiled(tmp_path, first=first, second=second))
    assert (violation.file, violation.line) == ("second.proto", marked(second))
    owner = f"shop.api.orders.v1.Placed (first.proto:{marked(first)})"
    assert violation.problem == f"the topic 'orders.placed' is taken by {owner}"


@pytest.mark.parametrize("rule", ["COUNTER", "MAX", "MIN"])
@pytest.mark.parametrize(
    "declared", ["string a", "bool a", "bytes a", "repeated int64 a", "google.protobuf.Timestamp a"]
)
def test_a_rule_for_numbers_fits_single_numbers_only(tmp_path, rule: str, declared: str):
    problem = f"MERGE_{rule} does not fit: it is for single numbers"
    assert one(tmp_path, merged(declared, rule)).problem == problem


@pytest.mark.parametrize("declared", ["string a", "repeated google.protobuf.Timestamp a", "map<string, string> a"])
def test_a_set_is_of_repeated_scalars(tmp_path, declared: str):
    assert one(tmp_path, merged(declared, "SET")).problem == "MERGE_SET does not fit: it is for repeated scalars"


@pytest.mark.parametrize("declared", ["bytes a", "int32 a", "repeated string a"])
def test_text_is_a_single_string(tmp_path, declared: str):
    assert one(tmp_path, merged(declared, "TEXT")).problem == "MERGE_TEXT does not fit: it is for single strings"


def test_nested_messages_are_judged_too(tmp_path):
    text = document("message Line { bool a = 1 [(trunkline.api.policy.v1.merge) = MERGE_MAX]; }")
    assert one(tmp_path, text).subject == "shop.api.orders.v1.Order.Line.a"


def test_what_a_newer_contract_says_is_refused_not_ignored(tmp_path):
    newer = (PROTOS / "trunkline/api/policy/v1/policy.proto").read_text()
    newer = newer.replace("MERGE_REJECT = 7;", "MERGE_REJECT = 7;\n  MERGE_LATER = 99;")
    newer = newer.replace("bool audit = 6;", "bool audit = 6;\n  uint32 later = 99;")
    newer = newer.replace("repeated string roles = 3;", "repeated string roles = 3;\n  string later = 99;")
    home = tmp_path / "trunkline/api/policy/v1"
    home.mkdir(parents=True)
    (home / "policy.proto").write_text(newer)
    text = service("later: 1 access: {public: true later: 'x'}") + (
        "message Order { string a = 1 [(trunkline.api.policy.v1.merge) = MERGE_LATER]; }\n"
    )
    problems = {violation.problem for violation in check_files(compiled(tmp_path, orders=text))}
    assert problems == {
        "this version knows no field 99 of trunkline.api.policy.v1.MethodOptions",
        "this version knows no field 99 of trunkline.api.policy.v1.Access",
        "this version knows no merge rule 99",
    }


def test_violations_come_in_the_order_of_the_text_and_none_hides_another(tmp_path):
    text = (
        service("access: {} timeout: {seconds: -1}")
        + "message Order { string a = 1 [(trunkline.api.policy.v1.merge) = MERGE_MAX]; }\n"
    )
    found = check_files(compiled(tmp_path, orders=text))
    assert [violation.problem.partition(" is")[0] for violation in found[:2]] == ["access", "timeout"]
    assert [violation.line for violation in found] == [marked(text), marked(text), marked(text) + 4]


def test_a_sound_contract_passes(tmp_path):
    text = (
        service(
            f"{SOUND} timeout: {{seconds: 2}} retry: {{max_attempts: 5 codes: [UNAVAILABLE, ABORTED]}}", before=SAFE
        )
        + "message Placed { option (trunkline.api.policy.v1.topic) = {name: 'orders.placed' key: 'order_id'};\n"
        "  string order_id = 1; }\n"
        "message Order { uint64 n = 1 [(trunkline.api.policy.v1.merge) = MERGE_COUNTER];\n"
        "  repeated string tags = 2 [(trunkline.api.policy.v1.merge) = MERGE_SET];\n"
        "  string note = 3 [(trunkline.api.policy.v1.merge) = MERGE_TEXT];\n"
        "  google.protobuf.Timestamp at = 4 [(trunkline.api.policy.v1.merge) = MERGE_REJECT]; }\n"
    )
    assert check_files(compiled(tmp_path, orders=text)) == []


@pytest.mark.parametrize("package", ["google.shop", "buf.shop", "grpc.shop"])
def test_contracts_of_others_are_not_judged(tmp_path, package: str):
    text = service("").replace("package shop.api.orders.v1", f"package {package}")
    assert check_files(compiled(tmp_path, orders=text)) == []


def test_a_package_that_only_begins_like_a_foreign_one_is_ours(tmp_path):
    text = service("").replace("package shop.api.orders.v1", "package buffet.v1")
    assert [violation.subject for violation in check_files(compiled(tmp_path, orders=text))] == ["buffet.v1.Orders/Get"]


def test_without_lines_the_file_alone_is_told(tmp_path):
    [file] = compiled(tmp_path, orders=service(""))
    file.ClearField("source_code_info")
    [violation] = check_files([file])
    assert violation.line == 0
    assert str(violation).startswith("orders.proto: shop.api.orders.v1.Orders/Get: no access is stated; ")


def test_our_own_services_pass_at_the_start_of_a_server():
    from campus.api.activity.v1 import activity_pb2
    from trunkline.api.identity.v1 import identity_pb2

    names = [each.services_by_name.values() for each in (activity_pb2.DESCRIPTOR, identity_pb2.DESCRIPTOR)]
    assert check_services([service.full_name for group in names for service in group]) == []


def test_a_service_nobody_imported_is_refused_and_a_foreign_one_is_not_asked_for():
    [violation] = check_services(["grpc.health.v1.Health", "shop.api.orders.v1.Absent"])
    assert str(violation) == (
        "shop.api.orders.v1.Absent: no imported contract declares this service; "
        "import the module generated from the contract that declares it"
    )


def test_a_bad_contract_in_the_pool_is_refused_with_what_it_imports(tmp_path):
    from google.protobuf import descriptor_pool

    base = payload("name: 'pool.placed' key: 'nothing'").replace("shop.api.orders.v1", "shop.api.pool.base.v1")
    text = (
        service("")
        .replace("shop.api.orders.v1", "shop.api.pool.v1")
        .replace('import "google/protobuf/timestamp.proto";', 'import "pool_base.proto";')
    )
    for file in compiled(tmp_path, pool_base=base, pool_top=text):
        file.ClearField("source_code_info")
        descriptor_pool.Default().Add(file)
    subjects = [violation.subject for violation in check_services(["shop.api.pool.v1.Orders"])]
    assert subjects == ["shop.api.pool.base.v1.Placed", "shop.api.pool.v1.Orders/Get"]


VALIDATED = HEAD.replace("package", 'import "buf/validate/validate.proto";\npackage', 1)


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ('string a = 1 [(buf.validate.field).cel = {id: "x" expression: "this >>> 1"}]', "failed to compile expr"),
        ("int32 a = 1 [(buf.validate.field).string.uuid = true]", "expected rule"),
        ('string a = 1 [(buf.validate.field).string.pattern = "("]', "failed to compile program string.pattern"),
    ],
)
@pytest.mark.parametrize("place", ["{}", "message Line {{ {} }} repeated Line lines = 1;"])
def test_a_validation_rule_that_does_not_compile_is_refused_wherever_it_stands(tmp_path, field, problem, place):
    inner = place.format(f"{field};").replace("message Line {", "message Line { // HERE\n")
    mark = "" if "// HERE" in inner else " // HERE"
    violation = one(tmp_path, f"{VALIDATED}message Order {{{mark}\n{inner}\n}}\n")
    assert violation.subject == ("shop.api.orders.v1.Order" if mark else "shop.api.orders.v1.Order.Line")
    assert violation.problem.startswith(f"its validation rules do not compile: {problem}")
    assert "\n" not in str(violation)


def test_rules_that_compile_pass_whatever_they_make_of_an_empty_message(tmp_path):
    text = f"""{VALIDATED}message Order {{
      option (buf.validate.message).cel = {{id: "ratio" expression: "10 / this.parts > 1"}};
      string id = 1 [(buf.validate.field).required = true];
      int32 parts = 2 [(buf.validate.field).int32.gt = 0];
    }}
    """
    assert check_files(compiled(tmp_path, orders=text)) == []


def test_rules_are_compiled_with_the_imports_that_are_given_and_refused_without_them(tmp_path):
    base = "syntax = 'proto3'; package shop.api.shared.v1; message Money { int64 cents = 1; }\n"
    text = HEAD.replace("package", 'import "money_base.proto";\npackage', 1)
    text += "message Order { shop.api.shared.v1.Money price = 1; }\n"
    shared, orders = compiled(tmp_path, money_base=base, orders=text)
    assert check_files([orders], imports=[shared, orders]) == []
    [violation] = check_files([orders])
    assert violation.problem == "its validation rules cannot be read: money_base.proto is not here"


def test_a_server_refuses_to_start_with_rules_that_do_not_compile(tmp_path):
    from google.protobuf import descriptor_pool

    text = VALIDATED.replace("shop.api.orders.v1", "shop.api.rules.v1") + (
        "service Orders { rpc Get(Ask) returns (Ask) {\n"
        "  option (trunkline.api.policy.v1.method) = {access: {public: true}}; } }\n"
        "message Ask { int32 id = 1 [(buf.validate.field).string.uuid = true]; }\n"
    )
    [file] = compiled(tmp_path, rules=text)
    descriptor_pool.Default().Add(file)
    assert [violation.subject for violation in check_services(["shop.api.rules.v1.Orders"])] == [
        "shop.api.rules.v1.Ask"
    ]


RULED = (
    HEAD
    + """
service Orders {
  rpc Get(Ask) returns (Ask) {
    option (trunkline.api.policy.v1.method) = { // HERE
      access: {
        scopes: "orders.read"
        rule: "request.%s == claims.sub"
      }
    };
  }
}
message Ask { string buyer = 1; }
"""
)


def test_an_access_rule_is_compiled_against_the_request_of_its_method(tmp_path):
    assert check_files(compiled(tmp_path, orders=RULED % "buyer")) == []


def test_an_access_rule_over_what_is_not_there_is_told_with_file_and_line(tmp_path):
    violation = one(tmp_path, RULED % "buyr")
    assert violation.subject == "shop.api.orders.v1.Orders/Get"
    assert violation.problem == (
        "access.rule does not compile: at 1:8, undefined field 'buyr' not found in struct 'shop.api.orders.v1.Ask'"
    )


def test_without_the_extra_an_access_rule_is_a_violation_that_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cel_expr_python", None)
    assert one(tmp_path, RULED % "buyer").mend == "pip install 'trunkline[cel]'"


def test_a_server_refuses_to_start_with_an_access_rule_that_does_not_compile(tmp_path):
    from google.protobuf import descriptor_pool

    [file] = compiled(tmp_path, conditions=(RULED % "buyr").replace("shop.api.orders.v1", "shop.api.conditions.v1"))
    descriptor_pool.Default().Add(file)
    [violation] = check_services(["shop.api.conditions.v1.Orders"])
    assert violation.file == "conditions.proto"


def test_what_guards_a_method_is_found_by_an_end_of_its_name_with_the_places_that_say_it(tmp_path):
    files = compiled(tmp_path, orders=RULED % "buyer")
    guard, places = guard_of(files, {"orders.proto": "protos/orders.proto"}, "Orders/Get")
    assert guard.method == "shop.api.orders.v1.Orders/Get"
    assert guard.rule is not None
    assert guard.rule.reads_request
    assert places["rule"].startswith("protos/orders.proto:")
    assert guard.read('{"buyer": "ann"}').buyer == "ann"
    with pytest.raises(ValueError, match=r"no shop\.api\.orders\.v1\.Ask"):
        guard.read('{"byer": "ann"}')


def test_a_rule_that_does_not_compile_guards_nothing(tmp_path):
    files = compiled(tmp_path, orders=RULED % "buyr")
    with pytest.raises(ValueError, match=r"Orders/Get: access\.rule does not compile"):
        list(guards(files, {"shop.api.orders.v1.Orders"}))
