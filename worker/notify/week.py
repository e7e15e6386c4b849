"""A person's week before it is put into words: what a digest is made of, and its parts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from config.loading.loaded import LoadedPlan
from config.plan import Kpi
from config.vocabulary import Measure
from worker.flags.observe import responsible
from worker.model.records import Answered, SourceRow
from worker.model.tone import Tone
from worker.model.verdict import Judgement


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing under a heading."""

    name: str
    text: str
    badge: str = ""
    tone: Tone = Tone.UNKNOWN
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """A person's week. ``key`` is that of its message: the same week makes no second one."""

    key: str
    subject: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]


@dataclass(frozen=True)
class Week:
    """What a digest is made of."""

    key: str
    loaded: LoadedPlan
    kpis: Mapping[str, Kpi]
    person: str
    judgements: Sequence[Judgement]
    sources: Sequence[SourceRow]
    settled: Mapping[str, date]
    standing: Sequence[Row[Any]]  #: flags of the whole plan
    over: Sequence[Row[Any]]  #: the last week's
    flapping: Sequence[Row[Any]]  #: what comes and goes, for this person
    answered: Mapping[str, Answered]
    held: int = 0
    stakes: Mapping[str, Decimal] = field(default_factory=dict)  #: by key of the flag
    lost: Collection[str] = ()  #: keys of what was judged once and can be judged no longer
    silent: Mapping[str, date] = field(default_factory=dict)  #: source -> its last day, of those long without a new one
    unattributed: Mapping[Measure, Decimal | None] = field(default_factory=dict)  #: what belongs to no action
    effects: Sequence[tuple[str, str]] = ()  #: what became of what she answered, and of the budgets changed

    @property
    def leads(self) -> bool:
        """Whether the person is told about the plan as a whole."""
        return self.person == self.loaded.plan.lead_id


def latest(week: Week) -> list[Judgement]:
    """Each target and budget that the person is responsible for, in its newest period; all of them for the lead."""
    newest: dict[tuple[str, str, str], Judgement] = {}
    for judgement in week.judgements:
        if week.leads or responsible(week.loaded, judgement) == week.person:
            key = (judgement.subject.scope, judgement.subject.ref, judgement.subject.key)
            if key not in newest or judgement.period.start > newest[key].period.start:
                newest[key] = judgement
    return list(newest.values())
