"""Records read one by one: what is left out and named, and when it is the answer that is wrong."""

from datetime import date
from typing import Any

import pytest

from config.errors import SourceMisread
from connectors.base import Note, Quality, Remark
from connectors.kit.fields import Record
from connectors.kit.tolerance import NAMED, Tolerance

TENTH = date(2026, 3, 10)


def read(tolerance: Tolerance, visits: Any, *, kind: str = "campaign", name: str = "x") -> int | None:
    """A row's visits."""
    row = Record("web: row 3", {"visits": visits})
    return tolerance.read(kind, name, row, lambda row: row.count("visits"))


def test_a_record_that_cannot_be_read_is_named_by_day_kind_and_name() -> None:
    tolerance = Tolerance()
    assert [read(tolerance, visits) for visits in (3, None, 4)] == [3, None, 4]
    assert list(tolerance.told(TENTH)) == [
        Note(TENTH, Quality.TRUNCATED, "records that could not be read: 1"),
        Remark("day 2026-03-10, campaign 'x': visits is empty, not a whole number: left out"),
    ]
    assert list(tolerance.told(TENTH)) == []


def test_a_name_is_harmless_and_short() -> None:
    tolerance = Tolerance()
    read(tolerance, 1)
    read(tolerance, None, name="a\nb" + "c" * 500)
    (remark,) = [item for item in tolerance.told(TENTH) if isinstance(item, Remark)]
    assert remark.text.startswith("day 2026-03-10, campaign 'a b" + "c" * 56 + "…': ")


def test_where_none_of_a_kind_can_be_read_it_is_the_answer_that_is_wrong() -> None:
    tolerance = Tolerance()
    read(tolerance, 1, kind="channel")
    read(tolerance, None)
    tolerance.prove()  # one alone may be a record
    read(tolerance, "many")
    with pytest.raises(SourceMisread, match="web: row 3: visits is empty, not a whole number"):
        tolerance.prove()
    read(tolerance, 1)
    tolerance.prove()


def test_at_the_end_one_alone_is_the_answer_too() -> None:
    tolerance = Tolerance()
    read(tolerance, None)
    tolerance.prove()
    with pytest.raises(SourceMisread):
        list(tolerance.ended())


def test_of_very_many_some_are_named_and_the_others_counted() -> None:
    tolerance = Tolerance()
    read(tolerance, 1)
    for _ in range(NAMED + 7):
        read(tolerance, None)
    assert len([item for item in tolerance.told(TENTH) if isinstance(item, Remark)]) == NAMED
    assert list(tolerance.ended()) == [Remark("7 more records could not be read: left out")]
