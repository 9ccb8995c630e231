import pytest

MESH = """\
    mesh: campus
    backbone: {address: "127.0.0.1:1"}
    components:
      a: {address: "127.0.0.1:2", services: [x.A], needs: [b]}
      b: {address: "127.0.0.1:3", services: [x.B], needs: [c]}
      c: {addresses: ["127.0.0.1:4", "127.0.0.1:5"], services: [x.C]}
      d: {needs: [a]}
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("needs: [c]", "needs: [cc]", "5: components.b.needs[0]: no component is named 'cc'; did you mean 'c'?"),
        ("needs: [c]", "needs: [d]", "5: components.b.needs[0]: d has no address, so nobody can need it"),
        (
            "services: [x.B]",
            "services: [x.A]",
            "5: components.b.services[0]: the service x.A is claimed twice, first by a",
        ),
        (
            "services: [x.B]",
            "services: [x.B, x.B]",
            "5: components.b.services[1]: the service x.B is claimed twice, fir",
        ),
        ("127.0.0.1:3", "127.0.0.1:2", "5: components.b.address: 127.0.0.1:2 is the address of a already"),
        ("127.0.0.1:5", "127.0.0.1:4", "6: components.c.addresses[1]: 127.0.0.1:4 is the address of c/0 already"),
        ("127.0.0.1:2", "127.0.0.1:1", "4: components.a.address: 127.0.0.1:1 is the address of backbone already"),
        ("d: {", "d: {services: [x.D], ", "7: components.d.services: served nowhere: the component has no address"),
        ("      d:", "      backbone:", "7: components.backbone: this name is the backbone's"),
        ("services: [x.C]", "needs: [a]", "4: components.a.needs: a circle: a needs b needs c needs a"),
        ("services: [x.C]", "needs: [c]", "6: components.c.needs: a circle: c needs c"),
        (
            "services: [x.B]",
            "services: [trunkline.api.identity.v1.IdentityService]",
            "5: components.b.services[0]: the service trunkline.api.identity.v1.IdentityService is claimed twice",
        ),
    ],
)
def test_parts_that_do_not_fit_together_are_named(written, old: str, new: str, fault: str):
    assert old in MESH
    faults = written.faults(MESH.replace(old, new))
    assert any(one.startswith(f"trunkline.yaml:{fault}") for one in faults), faults


def test_the_backbone_may_be_named_among_the_needs(written):
    assert written.load(MESH.replace("needs: [c]", "needs: [backbone, c]"))


def test_several_may_leave_the_choice_of_their_port(written):
    assert written.load(MESH.replace("127.0.0.1:2", "127.0.0.1:0").replace("127.0.0.1:3", "127.0.0.1:0"))
