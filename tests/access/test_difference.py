from hypothesis import given
from hypothesis import strategies as st

from trunkline.access.difference import Change, difference
from trunkline.access.matrix import Cell, Matrix

YES, NO, RULE, OTHER = Cell("yes"), Cell("no"), Cell("rule", "a"), Cell("rule", "b")
MATRICES = st.dictionaries(
    st.sampled_from(["x", "y"]),
    st.fixed_dictionaries({"m": st.sampled_from([YES, NO, RULE, OTHER]), "n": st.sampled_from([YES, NO])}),
).map(Matrix)


def kinds(before: Cell, after: Cell) -> list[str]:
    return [change.kind for change in difference(Matrix({"x": {"m": before}}), Matrix({"x": {"m": after}}))]


def test_more_openness_opens_less_closes_and_another_rule_changes():
    assert kinds(NO, YES) == kinds(NO, RULE) == kinds(RULE, YES) == ["opens"]
    assert kinds(YES, NO) == kinds(RULE, NO) == kinds(YES, RULE) == ["closes"]
    assert kinds(RULE, OTHER) == ["changes"]


def test_what_opens_comes_first():
    before = Matrix({"x": {"m": YES, "n": NO}})
    after = Matrix({"x": {"m": NO, "n": YES}})
    assert [(change.kind, change.method) for change in difference(before, after)] == [("opens", "n"), ("closes", "m")]


def test_a_new_caller_and_a_new_method_were_closed_before():
    assert difference(Matrix({}), Matrix({"x": {"m": YES}})) == [Change("opens", "x", "m", NO, YES)]


def test_who_is_gone_may_nothing():
    assert difference(Matrix({"x": {"m": YES}}), Matrix({})) == [Change("closes", "x", "m", YES, NO)]


@given(one=MATRICES)
def test_a_state_does_not_differ_from_itself(one):
    assert difference(one, one) == []


@given(one=MATRICES, other=MATRICES)
def test_what_one_way_opens_the_other_way_closes(one, other):
    there = {(change.caller, change.method) for change in difference(one, other) if change.kind == "opens"}
    back = {(change.caller, change.method) for change in difference(other, one) if change.kind == "closes"}
    assert there == back
