from __future__ import annotations

from campus.journey.trace import sample_trace

COMPONENTS = ["accounts", "activity", "progress"]


async def test_a_sample_trace_has_spans_of_every_component(campus, driven):
    spans = await sample_trace(campus, COMPONENTS)
    spans.sort(key=lambda span: span.started_at.ToNanoseconds())
    assert [(span.component, span.name.rpartition("/")[2]) for span in spans] == [
        ("journey", "Submit"),
        ("activity", "Submit"),
        ("activity", "GetUser"),
        ("accounts", "GetUser"),
        ("activity", "RecordCompletion"),
        ("progress", "RecordCompletion"),
    ]


async def test_without_a_sampled_submission_there_is_no_sample_trace(campus):
    assert await sample_trace(campus, COMPONENTS) == []
