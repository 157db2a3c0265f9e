"""Records that pile up are written in batches that Temporal can carry, in their order, none left out."""

from dataclasses import replace
from datetime import UTC, datetime

from workflows.messages.fields import MAX_TEXT
from workflows.messages.values import Role, Stage
from workflows.messages.work import Notice, TimelineEntry
from workflows.process.state.changes import Record
from workflows.run.record_lane import MAX_BATCH_BYTES, fitting_records


def _record(number: int, text: str) -> Record:
    entry = TimelineEntry(
        entry=number,
        at=datetime(2026, 1, 1, tzinfo=UTC),
        role=Role.BUYER,
        party_id="b-7",
        name="send_message",
        outcome="accepted",
        from_stage=Stage.SHIPPED,
        to_stage=Stage.SHIPPED,
        summary="Message from buyer to seller",
        text=text,
    )
    return Record(entry)


def test_what_fits_goes_in_one_batch() -> None:
    records = [_record(number, "short") for number in range(200)]
    assert fitting_records(records) == records


def test_what_does_not_fit_is_cut_and_all_of_it_comes() -> None:
    records, batches = [_record(number, "я" * MAX_TEXT) for number in range(200)], []
    rest = records
    while rest:
        batches.append(fitting_records(rest))
        rest = rest[len(batches[-1]) :]
    assert [record for batch in batches for record in batch] == records
    assert len(batches) > 1
    assert all(sum(len(r.entry.model_dump_json().encode()) for r in batch) <= MAX_BATCH_BYTES for batch in batches)


def test_what_people_are_told_counts_too() -> None:
    """A batch carries the inbox beside the timeline: without it two would fit that together are too large."""
    word = Notice(entry=1, role=Role.SELLER, party_id="s-3", kind="message", text="x" * (MAX_BATCH_BYTES // 2))
    records = [replace(_record(number, "short"), notices=(word,)) for number in (1, 2, 3)]
    assert fitting_records(records) == records[:1]
    assert fitting_records([replace(record, notices=()) for record in records]) == [
        replace(record, notices=()) for record in records
    ]


def test_a_record_larger_than_a_batch_goes_alone() -> None:
    huge = _record(1, "x" * (MAX_BATCH_BYTES + 1))
    assert fitting_records([huge]) == [huge]
    assert fitting_records([huge, _record(2, "short")]) == [huge]
