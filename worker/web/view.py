"""What the page shows of a flag, as plain values in one person's language; the templates only lay it out."""

from dataclasses import dataclass
from datetime import date

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.periods import DAY
from worker.model.fault import FaultKind
from worker.model.flag import FlagState
from worker.model.links import Link
from worker.model.records import FlagHistory, FlagStep
from worker.model.response import Response, ResponseKind, ResponseOutcome, latest_day
from worker.model.verdict import Verdict
from worker.wording import Translator, translator_for
from worker.wording.answers import answer
from worker.wording.figures import figures

_DONE = {ResponseKind.ACKNOWLEDGE: "acknowledged", ResponseKind.SNOOZE: "snoozed", ResponseKind.EXPECT: "expected"}


_GOOD = (Verdict.MET, Verdict.WITHIN, Verdict.ON_TRACK)

Tried = tuple[Response, ResponseOutcome]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened."""

    when: str
    who: str
    what: str
    note: str


@dataclass(frozen=True, slots=True)
class Form:
    """What can be filled in, with what was filled in before."""

    kind: ResponseKind
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
    lines: tuple[HistoryLine, ...]
    form: Form | None  #: None for a flag that no longer stands
    recipient: str
    expires: str


def view(link: Link, found: FlagHistory, loaded: LoadedPlan, today: date, tried: Tried | None = None) -> View:
    """The page of a link. ``tried``: what its person just asked for, and what came of it."""
    person = loaded.plan.people[link.person]
    translator = translator_for(person.language or loaded.plan.language)
    one = found.judgement
    return View(
        language=translator.language,
        plan=found.plan_name,
        name=translator.say("Source “{source}”", source=found.name) if found.scope == "source" else found.name,
        verdict=translator.say(f"verdict.{found.verdict}" if one else _badge(found.verdict)),
        tone="good" if found.verdict in _GOOD else "bad" if found.stands else "calm",
        sentence=found.sentences[translator.language],
        is_simulated=bool(one and one.is_simulated),
        facts=(*figures(one, translator), *_responsible(found, loaded, translator)),
        standing=_standing(found, loaded, translator),
        lines=tuple(_line(step, found, loaded, translator) for step in reversed(found.steps)),
        form=_form(link, found, today, tried, translator) if found.stands else None,
        recipient=person.name,
        expires=translator.moment(link.expires_at, found.timezone),
    )


def _badge(verdict: str) -> str:
    """The key of what is wrong with figures."""
    if verdict == "unattributed":
        return "mail.badge_unattributed"
    return "mail.badge_fault" if verdict in set(FaultKind) else "mail.badge_source"


def _responsible(found: FlagHistory, loaded: LoadedPlan, translator: Translator) -> list[tuple[str, str]]:
    who = loaded.plan.people.get(found.person)
    return [(translator.say("Responsible"), who.name)] if who else []


def _who(by: str, loaded: LoadedPlan) -> str:
    """Someone's name; of those the plan does not know, what is on record."""
    known = loaded.plan.people.get(by)
    return known.name if known else "Vigie" if by == "vigie" else by


def _standing(found: FlagHistory, loaded: LoadedPlan, translator: Translator) -> str:
    """How things stand, in a sentence."""
    if not found.stands:
        state = FlagState.RESOLVED if found.state == FlagState.RESOLVED else FlagState.CLOSED
        when = found.closed_at or found.steps[-1].at
        return translator.say(f"web.state.{state}", moment=translator.moment(when, found.timezone))
    by_hand = [step for step in found.steps if step.reason in _DONE.values()]
    if found.state not in (FlagState.ACKNOWLEDGED, FlagState.SNOOZED) or not by_hand:
        return translator.say("Nobody has taken it up yet.")
    last = by_hand[-1]
    return answer(last.reason, _who(last.by, loaded), last.until, last.at, found.timezone, translator)


def _line(step: FlagStep, found: FlagHistory, loaded: LoadedPlan, translator: Translator) -> HistoryLine:
    until = translator.day(step.until) if step.until else translator.say("unknown")
    return HistoryLine(
        when=translator.moment(step.at, found.timezone),
        who=_who(step.by, loaded),
        what=translator.say(f"web.did.{step.reason}", until=until),
        note=step.note,
    )


def _form(link: Link, found: FlagHistory, today: date, tried: Tried | None, translator: Translator) -> Form:
    latest = latest_day(link.purpose, found.period_end, today)
    last = found.steps[-1]
    asked, outcome = tried if tried else (None, None)
    refusal = outcome.refusal if outcome else None
    until = asked.until if asked else last.until if last.reason == _DONE[link.purpose] else None
    return Form(
        kind=link.purpose,
        is_answer=tried is None and (last.reason, last.by) == (_DONE[link.purpose], link.person),
        note=asked.note if asked else "",
        until=until.isoformat()
        if until
        else latest.isoformat()
        if link.purpose is ResponseKind.EXPECT and not asked
        else "",
        earliest=(today + DAY).isoformat(),
        latest=latest.isoformat(),
        latest_said=translator.day(latest),
        problem=translator.say(f"act.{refusal}", latest=translator.day(latest)) if refusal else "",
        at_fault=("note" if "note" in refusal else "until") if refusal else "",
    )
