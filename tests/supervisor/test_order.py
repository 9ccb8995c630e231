from trunkline.supervisor.order import dependents_of, needed_by, start_order
from trunkline.supervisor.part import Part

NEEDS = {"backbone": (), "top": ("backbone", "low", "outside"), "low": ("backbone",), "outside": ("backbone",)}


def part(component: str, name: str = "") -> Part:
    return Part(name or component, component, None, (), {}, 1.0)


PARTS = [part("top"), part("low", "low/0"), part("low", "low/1"), part("backbone")]
TOP, LOW_0, LOW_1, BACKBONE = PARTS


def test_each_comes_after_those_it_needs():
    assert [one.name for one in start_order(PARTS, NEEDS)] == ["backbone", "low/0", "low/1", "top"]


def test_every_instance_of_a_need_is_waited_for_and_what_runs_elsewhere_is_not():
    assert needed_by(TOP, PARTS, NEEDS) == [LOW_0, LOW_1, BACKBONE]
    assert needed_by(BACKBONE, PARTS, NEEDS) == []


def test_nobody_stops_before_those_that_need_it():
    assert dependents_of(BACKBONE, PARTS, NEEDS) == [TOP, LOW_0, LOW_1]
    assert dependents_of(LOW_0, PARTS, NEEDS) == [TOP]
    assert dependents_of(TOP, PARTS, NEEDS) == []
