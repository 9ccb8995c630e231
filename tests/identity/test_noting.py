from __future__ import annotations

import asyncio

import pytest
from served import Recorded

from trunkline.errors import ResourceExhausted, Unauthenticated
from trunkline.identity.noting import Note, noted


class Slow(Recorded):
    """Tells what was waited for from what was not."""

    def note(self, event):
        self.events.append(("noted", event.reason))


async def test_what_went_well_is_written_with_all_that_became_known():
    audit = Recorded()
    async with noted(audit, Note("token.issue", "ipv4:1.2.3.4:5", what="accounts")) as note:
        note.who = "activity"
        note.details |= {"jti": "j1", "family": ""}
        assert audit.events == []
    (event,) = audit.events
    assert (event.kind, event.outcome, event.who, event.what) == ("token.issue", "granted", "activity", "accounts")
    assert (event.source, event.details) == ("ipv4:1.2.3.4:5", {"jti": "j1"})


async def test_a_refusal_is_written_with_the_cause_that_no_caller_is_told():
    audit = Recorded()
    with pytest.raises(Unauthenticated) as refusal:
        async with noted(audit, Note("token.issue", "")):
            raise Unauthenticated("CREDENTIALS_REFUSED", "no", cause="unknown name")
    assert "unknown name" not in str(refusal.value)
    assert (audit.events[0].outcome, audit.events[0].reason) == ("refused", "CREDENTIALS_REFUSED: unknown name")


async def test_a_fault_of_the_program_is_on_record_by_its_kind_alone():
    audit = Recorded()
    with pytest.raises(KeyError):
        async with noted(audit, Note("token.issue", "")):
            raise KeyError("a secret")
    assert audit.events[0].reason == "UNEXPECTED: KeyError"


async def test_one_who_asks_too_often_makes_nobody_wait_for_the_disk():
    audit = Slow()
    with pytest.raises(ResourceExhausted):
        async with noted(audit, Note("token.issue", "")):
            raise ResourceExhausted("TOO_MANY_REQUESTS", "slower")
    assert audit.events == [("noted", "TOO_MANY_REQUESTS")]


async def test_a_caller_that_gave_up_is_on_record():
    audit = Slow()
    with pytest.raises(asyncio.CancelledError):
        async with noted(audit, Note("token.revoke", "")):
            raise asyncio.CancelledError
    assert audit.events == [("noted", "CANCELLED: the caller gave up; what it asked for may have been done")]


async def test_what_was_done_and_is_not_on_record_is_told_so_and_not_tried_again():
    class Busy(Recorded):
        async def write(self, event):
            raise ResourceExhausted("AUDIT_BUSY", "too many wait", refused=True)

    with pytest.raises(ResourceExhausted) as told:
        async with noted(Busy(), Note("token.refresh", "")):
            pass
    assert str(told.value) == (
        "RESOURCE_EXHAUSTED AUDIT_BUSY: what was asked for may stand, but is not on record: too many wait"
    )
    assert not told.value.refused
