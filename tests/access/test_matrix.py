from campus.api.accounts.v1.accounts_pb2 import GetUserRequest
from trunkline.access.matrix import ANYBODY, Cell, Guarded, matrix
from trunkline.access.rule import compile_rule
from trunkline.identity.grants import Grants
from trunkline.identity.model import Grant
from trunkline.policy import AccessPolicy

READ = frozenset({"a.read"})
GRANTS = Grants({"orders": Grant(READ), "billing": Grant()}, {"ann": Grant(READ)})


def ruled(text: str) -> Guarded:
    return Guarded(AccessPolicy(scopes=READ, rule=text), compile_rule(text, GetUserRequest.DESCRIPTOR))


def cells(guarded: Guarded) -> dict[str, Cell]:
    return {caller: row["m"] for caller, row in matrix({"m": guarded}, GRANTS, "shop").rows.items()}


def test_scopes_tell_who_may_and_components_come_before_users_and_anybody():
    found = cells(Guarded(AccessPolicy(scopes=READ)))
    assert list(found.items()) == [
        ("orders", Cell("yes")),
        ("billing", Cell("no")),
        ("ann", Cell("yes")),
        (ANYBODY, Cell("no")),
    ]


def test_what_is_public_is_open_to_all_and_what_says_nothing_to_nobody():
    assert {cell.answer for cell in cells(Guarded(AccessPolicy(public=True))).values()} == {"yes"}
    assert {cell.answer for cell in cells(Guarded(None)).values()} == {"no"}


def test_a_rule_over_the_request_depends_on_the_call_for_whoever_has_the_scopes():
    text = "request.user_id == claims.sub"
    assert cells(ruled(text)) == {
        "orders": Cell("rule", text),
        "billing": Cell("no"),
        "ann": Cell("rule", text),
        ANYBODY: Cell("no"),
    }


def test_a_rule_that_comes_out_the_same_for_every_call_is_no_question():
    found = cells(ruled("peer.component == 'orders'"))
    assert (found["orders"], found["ann"]) == (Cell("yes"), Cell("no"))


def test_a_rule_over_the_address_depends_on_the_call():
    assert cells(ruled("peer.address == ''"))["orders"].answer == "rule"


def test_a_rule_that_is_not_compiled_depends_on_the_call():
    assert cells(Guarded(AccessPolicy(rule="true")))["orders"] == Cell("rule", "true")
