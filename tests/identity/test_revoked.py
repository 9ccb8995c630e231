from __future__ import annotations

import pytest

from trunkline.identity.revoked import MARGIN, Revocation, Revoked

NOW = 1_800_000_000.0
END = NOW + 600


def claims(**changes: object) -> dict:
    good = {"jti": "00ff", "sub": "learner-7", "iat": NOW, "fam": "f1"}
    return {**good, "act": {"sub": "spiffe://campus/b", "act": {"sub": "spiffe://campus/a"}}, **changes}


@pytest.mark.parametrize(
    ("kind", "value", "met"),
    [
        ("jti", "00ff", True),
        ("jti", "00fe", False),
        ("jti", "f1", False),
        ("kid", "k1", True),
        ("kid", "k", False),
        ("family", "f1", True),
        ("family", "00ff", False),
        ("subject", "learner-7", True),
        ("subject", "learner-70", False),
        ("subject", "spiffe://campus/b", True),
        ("subject", "spiffe://campus/a", True),
        ("subject", "spiffe://campus/c", False),
    ],
)
def test_a_revocation_means_what_it_names_exactly(kind, value, met):
    assert Revoked([Revocation(kind, value, NOW, END)]).meets(claims(), "k1") is met


@pytest.mark.parametrize(("issued", "met"), [(NOW - 1, True), (NOW, True), (NOW + 1, False)])
def test_a_subject_is_revoked_up_to_a_moment_and_no_further(issued, met):
    assert Revoked([Revocation("subject", "learner-7", NOW, END)]).meets(claims(iat=issued), "k1") is met


def test_a_token_without_a_family_is_of_none():
    without = claims()
    del without["fam"]
    assert not Revoked([Revocation("family", "f1", NOW, END)]).meets(without, "k1")


def test_of_two_revocations_of_a_subject_the_later_moment_and_the_later_end_hold():
    revoked = Revoked([Revocation("subject", "learner-7", NOW + 9, END)])
    revoked.add([Revocation("subject", "learner-7", NOW, END + 9)])
    assert revoked.meets(claims(iat=NOW + 5), "k1")
    revoked.forget(END + MARGIN)
    assert len(revoked) == 1


def test_what_has_ended_is_forgotten_once_no_clock_can_differ_by_so_much():
    revoked = Revoked([Revocation("jti", "00ff", NOW, END), Revocation("kid", "k1", NOW, END + 1)])
    revoked.forget(END + MARGIN - 1)
    assert len(revoked) == 2
    revoked.forget(END + MARGIN)
    assert len(revoked) == 1
    assert revoked.meets(claims(jti="1"), "k1")


def test_ones_own_token_is_known_by_its_text(forge):
    revoked = Revoked([Revocation("kid", forge.key.public.kid, NOW, END)])
    assert revoked.meets_text(forge.token())
    assert not Revoked().meets_text(forge.token())


@pytest.mark.parametrize("text", ["", "accounts-1", "e30.e30.AA", "W10.W10.AA"])
def test_what_is_no_token_is_not_revoked(text):
    assert not Revoked([Revocation("subject", "x", NOW, END)]).meets_text(text)
