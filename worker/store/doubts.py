"""Answers that are not believed: what was there is kept until the answer changes, time passes, or a person says so."""

from collections.abc import Collection as AbstractCollection
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from config.vocabulary import Measure
from worker.model.readings import MILLION, DayCoverage, DayFigures, Fault
from worker.stats.anomalies import is_cut
from worker.store import schema as t
from worker.store.readings import COUNTS, Collection, totals_of

LEAST = timedelta(hours=18)  # between a first and a second opinion, also around midnight


class Doubt(NamedTuple):
    """An answer as it was first given."""

    answer: str
    since: date
    since_at: datetime
    written_at: datetime | None


def mark_suspect(connection: Connection, by: Collection, days: AbstractCollection[date]) -> None:
    """Note that a source had nothing to say of days it once had figures for; the figures stay."""
    if not days:
        return
    statement = update(t.coverage).where(t.coverage.c.source_id == by.source_id, t.coverage.c.day.in_(sorted(days)))
    connection.execute(statement.values(is_suspect=True, is_settled=False, fault=Fault.EMPTY))


def cut_short(
    connection: Connection,
    by: Collection,
    days: Sequence[DayFigures],
    before: Mapping[date, DayCoverage],
    emptied: AbstractCollection[date],
) -> set[date]:
    """The settled days of which most would vanish, and those ``emptied``, where it is not known why.

    They are noted, and the figures stay.

    A day that is told so a second time, a day later, is believed and marked so: unless the answer is a file that nobody
    has written anew. ``before`` is what is on record about the days.
    """
    firm = {day for day, coverage in before.items() if day in emptied or _is_firm(coverage)}
    asked = [day for day in days if day.day in firm and not day.is_withdrawn]
    answers = _cuts(connection, by, asked, before, emptied)
    known = _on_record(connection, by.source_id, [day.day for day in asked]) if asked else {}
    doubted = {day for day, answer in answers.items() if not _is_confirmed(by, known.get(day.day), day, answer)}
    for day in answers.keys() - doubted:
        day.is_believed = True
    fresh = [day for day in doubted if day.day not in known or known[day.day].answer != answers[day]]
    _forget(connection, by.source_id, [day for day in known if day not in {one.day for one in doubted - set(fresh)}])
    _note(connection, by, {day: answers[day] for day in fresh})
    return {day.day for day in doubted}


def _cuts(
    connection: Connection,
    by: Collection,
    asked: Sequence[DayFigures],
    before: Mapping[date, DayCoverage],
    emptied: AbstractCollection[date],
) -> dict[DayFigures, str]:
    """The days of which most or all would vanish, each with the totals it would be left with."""
    stored = totals_of(connection, by.source_id, asked)
    worked_out = {Measure.NEW_CUSTOMERS.value} if by.counts_buyers else set()  # when the day is stored
    answers = {}
    for day in asked:
        known = (day.measures & before[day.day].measures) - {name for _, name in day.unknown} - worked_out
        was = {name: stored.get((day.day, name), 0) / MILLION for name in known}
        now = {name: sum(amounts.get(name) or 0 for amounts in day.rows.values()) / MILLION for name in was}
        if day.day in emptied or is_cut(was, now, COUNTS):
            answers[day] = " ".join(f"{name}={amount:.6f}" for name, amount in sorted(now.items()))
    return answers


def _is_firm(coverage: DayCoverage) -> bool:
    """Whether a day was not to change any more, or is kept against what its source says."""
    return coverage.is_settled or coverage.is_suspect


def _is_confirmed(by: Collection, doubt: Doubt | None, day: DayFigures, answer: str) -> bool:
    """Whether it is a second opinion: the same, a day later, and not the same file read once more."""
    if doubt is None or doubt.answer != answer:
        return False
    is_later = by.instant.today > doubt.since and (by.is_pretended or by.instant.now - doubt.since_at >= LEAST)
    return is_later and (day.written_at is None or day.written_at != doubt.written_at)


def _on_record(connection: Connection, source_id: int, days: Sequence[date]) -> dict[date, Doubt]:
    c = t.doubt.c
    statement = select(c.day, c.answer, c.since, c.since_at, c.written_at).where(
        c.source_id == source_id, c.day >= min(days), c.day <= max(days)
    )
    return {day: Doubt(*said) for day, *said in connection.execute(statement) if day in set(days)}


def _note(connection: Connection, by: Collection, answers: Mapping[DayFigures, str]) -> None:
    if not answers:
        return
    since = {"source_id": by.source_id, "since": by.instant.today, "since_at": by.instant.now}
    rows = [
        {**since, "day": day.day, "answer": said, "written_at": day.written_at}
        for day, said in sorted(answers.items(), key=lambda one: one[0].day)
    ]
    connection.execute(insert(t.doubt), rows)
    c = t.coverage.c
    values = {"is_suspect": True, "is_settled": False, "fault": Fault.CUT_SHORT, "answer": bindparam("said")}
    statement = update(t.coverage).where(c.source_id == by.source_id, c.day == bindparam("of")).values(**values)
    connection.execute(statement, [{"of": row["day"], "said": row["answer"]} for row in rows])


def _forget(connection: Connection, source_id: int, days: Sequence[date]) -> None:
    for start in range(0, len(days), 500):
        part = days[start : start + 500]
        connection.execute(delete(t.doubt).where(t.doubt.c.source_id == source_id, t.doubt.c.day.in_(part)))
