"""What the page shows of a flag, as plain values in one person's language; the templates only lay it out."""

from dataclasses import dataclass
from datetime import date

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.periods import DAY
from worker.model.flag import FlagState
from worker.model.links import Link
from worker.model.records import FlagHistory, FlagStep
from worker.model.response import Response, ResponseKind, ResponseOutcome, latest_day
from worker.model.tone import Tone, tone_of
from worker.web.texts import ENDED, FORMS, STEPS, FormTexts
from worker.wording import Translator, translator_for
from worker.wording.answers import REFUSALS, RESPONSES, answer
from worker.wording.figures import figures
from worker.wording.terms import problem_term, verdict_term

_DONE = {ResponseKind.ACKNOWLEDGE: "acknowledged", ResponseKind.SNOOZE: "snoozed", ResponseKind.EXPECT: "expected"}

Tried = tuple[Response, ResponseOutcome]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened."""

    when: str
    who: str
    step: str  #: what they did
    note: str


@dataclass(frozen=True, slots=True)
class Form:
    """What can be filled in, with what was filled in before."""

    kind: ResponseKind
    texts: FormTexts
    button: str
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
    tone: Tone
    sentence: str
    is_simulated: bool
    facts: tuple[tuple[str, str], ...]
    standing: str
    lines: tuple[HistoryLine, ...]
    form: Form | None  #: None for a flag that no longer stands
    recipient: str
    expires: str


def view(link: Link, history: FlagHistory, loaded: LoadedPlan, today: date, tried: Tried | None = None) -> View:
    """The page of a link. ``tried``: what its person just asked for, and what came of it."""
    person = loaded.plan.people[link.person]
    translator = translator_for(person.language or loaded.plan.language)
    judgement = history.judgement
    return View(
        language=translator.language,
        plan=history.plan_name,
        name=translator.say("Source “{source}”", source=history.name) if history.scope == "source" else history.name,
        verdict=verdict_term(judgement, translator) if judgement else problem_term(history.verdict, translator),
        tone=_tone(history),
        sentence=history.sentences[translator.language],
        is_simulated=bool(judgement and judgement.is_simulated),
        facts=(*figures(judgement, translator), *_responsible(history, loaded, translator)),
        standing=_standing(history, loaded, translator),
        lines=tuple(_line(step, history, loaded, translator) for step in reversed(history.steps)),
        form=_form(link, history, today, tried, translator) if history.stands else None,
        recipient=person.name,
        expires=translator.moment(link.expires_at, history.timezone),
    )


def _tone(history: FlagHistory) -> Tone:
    """How bad it is; what no longer stands is no longer bad."""
    tone = tone_of(history.verdict)
    return tone if history.stands or tone is Tone.GOOD else Tone.UNKNOWN


def _responsible(history: FlagHistory, loaded: LoadedPlan, translator: Translator) -> list[tuple[str, str]]:
    who = loaded.plan.people.get(history.person)
    return [(translator.say("Owner"), who.name)] if who else []


def _who(by: str, loaded: LoadedPlan) -> str:
    """Someone's name; of those the plan does not know, what is on record."""
    known = loaded.plan.people.get(by)
    return known.name if known else "Vigie" if by == "vigie" else by


def _standing(history: FlagHistory, loaded: LoadedPlan, translator: Translator) -> str:
    """How things stand, in a sentence."""
    if not history.stands:
        state = FlagState.RESOLVED if history.state == FlagState.RESOLVED else FlagState.CLOSED
        when = history.closed_at or history.steps[-1].at
        return translator.say(ENDED[state], moment=translator.moment(when, history.timezone))
    by_hand = [step for step in history.steps if step.reason in _DONE.values()]
    if history.state not in (FlagState.ACKNOWLEDGED, FlagState.SNOOZED) or not by_hand:
        return translator.say("Nobody has acknowledged it yet.")
    last = by_hand[-1]
    return answer(last, _who(last.by, loaded), history.timezone, translator)


def _line(step: FlagStep, history: FlagHistory, loaded: LoadedPlan, translator: Translator) -> HistoryLine:
    until = translator.day(step.until) if step.until else translator.say("unknown")
    return HistoryLine(
        when=translator.moment(step.at, history.timezone),
        who=_who(step.by, loaded),
        step=translator.say(STEPS[step.reason], until=until),
        note=step.note,
    )


def _form(link: Link, history: FlagHistory, today: date, tried: Tried | None, translator: Translator) -> Form:
    latest = latest_day(link.purpose, history.period_end, today)
    last = history.steps[-1]
    asked, outcome = tried if tried else (None, None)
    refusal = outcome.refusal if outcome else None
    until = asked.until if asked else last.until if last.reason == _DONE[link.purpose] else None
    return Form(
        kind=link.purpose,
        texts=FORMS[link.purpose],
        button=RESPONSES[link.purpose],
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
        problem=translator.say(REFUSALS[refusal], latest=translator.day(latest)) if refusal else "",
        at_fault=("note" if "note" in refusal else "until") if refusal else "",
    )
