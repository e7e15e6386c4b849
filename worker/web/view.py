"""What the page shows of a flag, as plain values in one person's language; the templates only lay it out."""

from dataclasses import dataclass
from datetime import date

from config.fields import Language
from config.loading.loader import LoadedPlan
from config.periods import DAY
from worker.model.fault import FaultKind
from worker.model.flag import FlagState
from worker.model.links import Link
from worker.model.records import Dossier, Step
from worker.model.response import Act, Kind, Outcome, latest_day
from worker.model.verdict import Verdict
from worker.wording import Words, words
from worker.wording.answers import answer
from worker.wording.figures import figures

_DONE = {Kind.ACKNOWLEDGE: "acknowledged", Kind.SNOOZE: "snoozed", Kind.EXPECT: "expected"}


_GOOD = (Verdict.MET, Verdict.WITHIN, Verdict.ON_TRACK)

Tried = tuple[Act, Outcome]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened."""

    when: str
    who: str
    what: str
    note: str


@dataclass(frozen=True, slots=True)
class Form:
    """What can be filled in, with what was filled in before."""

    kind: Kind
    is_answer: bool  #: this very thing was already done by this person: changing it is still possible
    note: str
    until: str
    earliest: str
    latest: str
    latest_said: str
    problem: str
    at_fault: str  #: the field to be put right


@dataclass(frozen=True, slots=True)
class View:
    """The page of one link."""

    language: Language
    plan: str
    name: str
    verdict: str
    tone: str
    sentence: str
    is_simulated: bool
    facts: tuple[tuple[str, str], ...]
    standing: str
    lines: tuple[Line, ...]
    form: Form | None  #: None for a flag that no longer stands
    recipient: str
    expires: str


def view(link: Link, found: Dossier, loaded: LoadedPlan, today: date, tried: Tried | None = None) -> View:
    """The page of a link. ``tried``: what its person just asked for, and what came of it."""
    person = loaded.plan.people[link.person]
    speech = words(person.language or loaded.plan.language)
    one = found.judgement
    return View(
        language=speech.language,
        plan=found.plan_name,
        name=speech.say("mail.source_title", source=found.name) if found.scope == "source" else found.name,
        verdict=speech.say(f"verdict.{found.verdict}" if one else _badge(found.verdict)),
        tone="good" if found.verdict in _GOOD else "bad" if found.stands else "calm",
        sentence=found.sentences[speech.language],
        is_simulated=bool(one and one.is_simulated),
        facts=(*figures(one, speech), *_responsible(found, loaded, speech)),
        standing=_standing(found, loaded, speech),
        lines=tuple(_line(step, found, loaded, speech) for step in reversed(found.steps)),
        form=_form(link, found, today, tried, speech) if found.stands else None,
        recipient=person.name,
        expires=speech.moment(link.expires_at, found.timezone),
    )


def _badge(verdict: str) -> str:
    """The key of what is wrong with figures."""
    if verdict == "unattributed":
        return "mail.badge_unattributed"
    return "mail.badge_fault" if verdict in set(FaultKind) else "mail.badge_source"


def _responsible(found: Dossier, loaded: LoadedPlan, speech: Words) -> list[tuple[str, str]]:
    who = loaded.plan.people.get(found.person)
    return [(speech.say("mail.responsible"), who.name)] if who else []


def _who(by: str, loaded: LoadedPlan) -> str:
    """Someone's name; of those the plan does not know, what is on record."""
    known = loaded.plan.people.get(by)
    return known.name if known else "Vigie" if by == "vigie" else by


def _standing(found: Dossier, loaded: LoadedPlan, speech: Words) -> str:
    """How things stand, in a sentence."""
    if not found.stands:
        state = FlagState.RESOLVED if found.state == FlagState.RESOLVED else FlagState.CLOSED
        when = found.closed_at or found.steps[-1].at
        return speech.say(f"web.state.{state}", moment=speech.moment(when, found.timezone))
    by_hand = [step for step in found.steps if step.reason in _DONE.values()]
    if found.state not in (FlagState.ACKNOWLEDGED, FlagState.SNOOZED) or not by_hand:
        return speech.say("web.state.open")
    last = by_hand[-1]
    return answer(last.reason, _who(last.by, loaded), last.until, last.at, found.timezone, speech)


def _line(step: Step, found: Dossier, loaded: LoadedPlan, speech: Words) -> Line:
    until = speech.day(step.until) if step.until else speech.say("unknown")
    return Line(
        when=speech.moment(step.at, found.timezone),
        who=_who(step.by, loaded),
        what=speech.say(f"web.did.{step.reason}", until=until),
        note=step.note,
    )


def _form(link: Link, found: Dossier, today: date, tried: Tried | None, speech: Words) -> Form:
    latest = latest_day(link.purpose, found.period_end, today)
    last = found.steps[-1]
    asked, outcome = tried if tried else (None, None)
    refusal = outcome.refusal if outcome else None
    until = asked.until if asked else last.until if last.reason == _DONE[link.purpose] else None
    return Form(
        kind=link.purpose,
        is_answer=tried is None and (last.reason, last.by) == (_DONE[link.purpose], link.person),
        note=asked.note if asked else "",
        until=until.isoformat() if until else latest.isoformat() if link.purpose is Kind.EXPECT and not asked else "",
        earliest=(today + DAY).isoformat(),
        latest=latest.isoformat(),
        latest_said=speech.day(latest),
        problem=speech.say(f"act.{refusal}", latest=speech.day(latest)) if refusal else "",
        at_fault=("note" if "note" in refusal else "until") if refusal else "",
    )
