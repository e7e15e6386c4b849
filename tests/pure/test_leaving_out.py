"""Records that cannot be read: one is left out by name, most of a page are an answer that changed."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import pytest

from config.errors import SourceMisread
from connectors.base import Item, Note, Origin, Quality, Reading, Remark
from connectors.kit.fields import Record
from connectors.kit.leaving_out import read_each
from connectors.kit.sales import by_day

MONDAY = date(2026, 3, 9)


def order(number: int, **values: Any) -> Record:
    return Record(f"shop: order {number}", {"day": "2026-03-09", "total": number, **values})


def sale(record: Record) -> Iterator[Item]:
    yield Reading(record.day("day"), Origin(currency="EUR"), {"orders": 1})
    yield Reading(record.day("day"), Origin(currency="EUR"), {"revenue": record.amount("total")})


def nobody_knows(record: Record) -> Reading:
    return Reading(record.day("day"), Origin(currency="EUR"), {"orders": None, "revenue": None})


def found(*records: Record) -> list[Item]:
    return list(read_each(records, sale, nobody_knows))


def amounts(items: list[Item]) -> list[Mapping[str, Any]]:
    return [dict(item.measures) for item in items if isinstance(item, Reading)]


def test_one_that_cannot_be_read_is_named_and_unknown_and_the_others_stand() -> None:
    items = found(order(1), order(727, total="1,200.00"), order(3))
    told = "order 727: total is a text, not an amount: left out"
    assert Remark(told) in items
    assert Note(MONDAY, Quality.TRUNCATED, told) in items
    assert amounts(items) == [
        {"orders": 1}, {"revenue": 1}, {"orders": None, "revenue": None}, {"orders": 1}, {"revenue": 3},
    ]  # fmt: skip


def test_one_alone_is_no_change_of_the_vendor_s() -> None:
    assert amounts(found(order(727, total=None))) == [{"orders": None, "revenue": None}]


def test_most_of_several_are_an_answer_that_changed() -> None:
    broken = [order(number, total=None) for number in (1, 2, 3)]
    with pytest.raises(SourceMisread, match="shop: order 1: total is empty, not an amount"):
        found(*broken, order(4), order(5))
    assert amounts(found(*broken, order(4), order(5), order(6)))[-1] == {"revenue": 6}


def test_several_that_hang_on_one_are_no_change_of_the_vendor_s() -> None:
    """Three refunds of one order that cannot be read: each is named, and so is the order."""
    broken = order(727, total=None)

    def refund(_: Record) -> Iterator[Item]:
        yield Reading(MONDAY, Origin(), {"refunds": broken.amount("total")})

    refunds = [Record(f"shop: refund {number}", {"day": "2026-03-09"}) for number in (81, 82, 83)]
    remarks = [item.text for item in read_each(refunds, refund, nobody_knows) if isinstance(item, Remark)]
    assert remarks[0] == "refund 81: order 727: total is empty, not an amount: left out"
    assert len(remarks) == 3


def test_one_whose_day_cannot_be_told_ends_the_reading_by_its_name() -> None:
    with pytest.raises(SourceMisread, match="shop: order 727: day is empty, not a day"):
        found(order(1), order(727, day=None, total=None))


def test_what_has_no_day_stays_with_the_day_it_came_in() -> None:
    tuesday = Reading(date(2026, 3, 10), Origin(), {"orders": 1})
    spoilt = found(order(1, total=None))
    merged = list(by_day([tuesday], spoilt))
    assert merged == [*spoilt, tuesday]
