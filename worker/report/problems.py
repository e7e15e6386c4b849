"""The problems that stand: what is wrong, who answers for it, who took it up, what it waits for."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import Connection

from worker.flags.inhibit import waiting
from worker.model.fault import DataFault
from worker.model.records import Answered, StoredPlan
from worker.model.verdict import Judgement
from worker.report.context import Desk
from worker.report.verdicts import Said, said
from worker.store import flags, kpi_values, responses, sources
from worker.wording.answers import answer
from worker.wording.faults import fault_sentence


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that needs someone."""

    name: str
    who: str
    said: Said
    waits: str  # for a source, or for a further day
    answer: str  # who took it up, when, until when
    note: str


def standing_problems(
    connection: Connection, desk: Desk, stored: StoredPlan, found: Sequence[DataFault], now: datetime
) -> tuple[Problem, ...]:
    """What is not believed of the sources, then every verdict that is a problem, also one not confirmed yet."""
    resting = kpi_values.rests_on(connection, desk.loaded, stored.id)
    waits = waiting(desk.judgements, resting, sources.sources_of(connection, stored.id), found, now)
    answered = responses.answered(connection, stored.id)
    unconfirmed = flags.unconfirmed(connection, stored.id)
    return (
        *(_doubted(desk, one) for one in found if one.is_held or not one.is_over),
        *(
            _problem(desk, one, answered, waits.get(one.key, ()), unconfirmed)
            for one in desk.judgements
            if one.is_problem
        ),
    )


def _doubted(desk: Desk, fault: DataFault) -> Problem:
    source = desk.loaded.sources.get(fault.source)
    doubt = Said(
        verdict=desk.speech.say("mail.badge_fault"),
        tone="warn",
        period="",
        sentence=fault_sentence(desk.loaded, fault, desk.language),
        moved="",
        is_simulated=False,
        bar=Markup(""),
    )
    name = desk.speech.say("mail.source_title", source=fault.source)
    return Problem(name, desk.person(source.responsible if source else None), doubt, "", "", "")


def _problem(
    desk: Desk, one: Judgement, answered: Mapping[str, Answered], waits_for: Sequence[str], unconfirmed: Collection[str]
) -> Problem:
    speech, key = desk.speech, "/".join(one.key)
    waits = speech.say("flag.unconfirmed") if key in unconfirmed else ""
    if waits_for:
        waits = speech.say("fault.muted", sources=speech.listed(waits_for))
    who, found = desk.person(desk.responsible(one)), answered.get(key)
    if found is None:
        return Problem(one.subject.name, who, said(desk, one), waits, "", "")
    people = desk.loaded.plan.people
    by = people[found.by].name if found.by in people else found.by
    taken_up = answer(found.reason, by, found.until, found.at, desk.loaded.plan.timezone, speech)
    note = speech.say("flag.note", note=found.note) if found.note else ""
    return Problem(one.subject.name, who, said(desk, one), waits, taken_up, note)
