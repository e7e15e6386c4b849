"""News for one person -> one mail: subject, text and HTML in their language. Values in, values out."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from config.fields import Language
from config.loader import LoadedPlan
from config.plan import Action, Kpi
from worker.flag import Change, Reason
from worker.judge.evidence import Judgement
from worker.judge.evidence import Reason as Why
from worker.store.outbox import Draft
from worker.wording import Words, words
from worker.wording.sentences import bound, kpi_name


@dataclass(frozen=True, slots=True)
class News:
    """A change of a flag that a person is told; ``now`` is the judgement that resolved it."""

    change: Change
    flag_id: int
    title: str
    now: Judgement | None = None
    sentences: Mapping[Language, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the mail's figures rest on."""

    loaded: LoadedPlan
    kpis: Mapping[str, Kpi]
    today: date
    collected_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Item:
    """One problem as the templates show it."""

    title: str
    verdict: str
    sentence: str
    facts: tuple[tuple[str, str], ...]
    advice: str
    settle: str
    share: int | None  # how much of the target is reached, in percent, for the bar
    is_simulated: bool


def compose(standing: Standing, person: str, news: Sequence[News], *, is_lead_instead: bool) -> Draft:
    """The mail that tells a person all that is new, the costliest first."""
    plan = standing.loaded.plan
    someone = plan.people[person]
    speech = words(someone.language or plan.language)
    opened = sorted((one for one in news if one.change.problem), key=_costliest)
    resolved = [one for one in news if one.change.reason is Reason.RESOLVED]
    items = [_item(standing, one, speech) for one in opened]
    subject = _subject(plan.plan, opened, speech)
    values = {
        "language": speech.language,
        "subject": subject,
        "hello": speech.say("mail.hello", name=someone.name),
        "intro": _intro(plan.plan, opened, speech),
        "items": items,
        "colon": speech.say("colon"),
        "what_now": speech.say("mail.what_now"),
        "resolved_title": speech.say("mail.resolved"),
        "resolved": [_resolved(one, speech) for one in resolved],
        "simulated": speech.say("simulated"),
        "simulated_note": speech.say("report.simulated") if any(item.is_simulated for item in items) else "",
        "footer": [_as_of(standing, speech), _why(plan.plan, news, speech, is_lead_instead)],
    }
    return Draft(
        key=_key(standing.loaded.id, someone.email, news),
        person=person,
        name=someone.name,
        recipient=someone.email,
        language=speech.language,
        subject=subject,
        text=_render("mail.txt", values),
        html=_render("mail.html", values),
    )


def compose_plan_problem(loaded: LoadedPlan, person: str, problems: Sequence[str]) -> Draft:
    """The mail to the plan's lead that its files no longer hold together."""
    plan = loaded.plan
    someone = plan.people[person]
    speech = words(someone.language or plan.language)
    subject = speech.say("mail.subject_plan", plan=plan.plan)
    values = {
        "language": speech.language,
        "subject": subject,
        "hello": speech.say("mail.hello", name=someone.name),
        "intro": speech.say("plan.problem"),
        "problems": [harmless(problem) for problem in problems[:50]],
        "items": [],
        "resolved": [],
        "simulated_note": "",
        "footer": [],
    }
    return Draft(
        key=hashlib.sha256("\0".join([loaded.id, someone.email, *problems]).encode()).hexdigest()[:32],
        person=person,
        name=someone.name,
        recipient=someone.email,
        language=speech.language,
        subject=subject,
        text=_render("mail.txt", values),
        html=_render("mail.html", values),
    )


def harmless(text: str) -> str:
    """Words that came from outside, as one line that no mail program makes a link of."""
    plain = " ".join(text.split())[:500]
    return re.sub(r"(?i)\b(https?|ftp)://", r"\1[:]//", re.sub(r"(?i)\bwww\.", "www[.]", plain))


def _key(plan: str, email: str, news: Sequence[News]) -> str:
    parts = sorted(f"{one.flag_id}:{one.change.reason}" for one in news)
    return hashlib.sha256("\0".join([plan, email, *parts]).encode()).hexdigest()[:32]


def _costliest(news: News) -> tuple[Decimal, str]:
    problem = news.change.problem
    return (-problem.stake if problem else Decimal(0), news.title)


def _subject(plan: str, opened: Sequence[News], speech: Words) -> str:
    if not opened:
        return speech.say("mail.subject_resolved", plan=plan)
    problem = opened[0].change.problem
    assert problem is not None
    if len(opened) > 1:
        return speech.say("mail.subject_many", plan=plan, count=len(opened))
    if problem.scope == "source":
        return speech.say("mail.subject_source", plan=plan, source=problem.ref)
    kind = "mail.subject_over" if problem.verdict == "over" else "mail.subject_missed"
    return speech.say("mail.subject_one", plan=plan, what=speech.say(kind, name=opened[0].title))


def _intro(plan: str, opened: Sequence[News], speech: Words) -> str:
    if not opened:
        return speech.say("mail.intro_resolved", plan=plan)
    if len(opened) == 1:
        return speech.say("mail.intro_one", plan=plan)
    return speech.say("mail.intro_many", plan=plan, count=len(opened))


def _as_of(standing: Standing, speech: Words) -> str:
    zone = standing.loaded.plan.timezone
    day = speech.day(standing.today)
    if standing.collected_at is None:
        return speech.say("mail.as_of_unread", day=day)
    return speech.say("mail.as_of", day=day, collected=speech.moment(standing.collected_at, zone))


def _why(plan: str, news: Sequence[News], speech: Words, is_lead_instead: bool) -> str:
    problems = [one.change.problem for one in news if one.change.problem]
    if problems and all(problem.scope == "source" for problem in problems):
        return speech.say("mail.why_source", plan=plan)
    return speech.say("mail.why_lead" if is_lead_instead else "mail.why_you", plan=plan)


def _item(standing: Standing, news: News, speech: Words) -> _Item:
    problem = news.change.problem
    assert problem is not None
    judgement = problem.judgement
    sentence = problem.sentences[speech.language]
    return _Item(
        title=news.title,
        verdict=speech.say(f"verdict.{problem.verdict}") if judgement else "",
        sentence=sentence if judgement else harmless(sentence),
        facts=tuple(_facts(standing, judgement, speech)) if judgement else (),
        advice=_advice(standing, judgement, speech),
        settle=speech.say("mail.settle", id=news.flag_id),
        share=_share(judgement),
        is_simulated=bool(judgement and judgement.is_simulated),
    )


def _facts(standing: Standing, judgement: Judgement, speech: Words) -> list[tuple[str, str]]:
    def number(value: Decimal | None) -> str:
        return speech.number(value, judgement.unit, judgement.currency)

    value = judgement.figure.value
    facts = [(speech.say("mail.period"), speech.period(judgement.period))]
    if judgement.is_budget:
        facts.append((speech.say("mail.budget"), number(judgement.high)))
        facts.append((speech.say("mail.spent"), number(value)))
        if judgement.committed:
            facts.append((speech.say("mail.committed"), number(judgement.committed)))
        facts.append(
            (
                speech.say("mail.excess"),
                number((value or 0) + judgement.committed - (judgement.high or 0)),
            )
        )
    else:
        name = kpi_name(standing.kpis[judgement.kpi], speech, judgement.breakdown)
        target = speech.say("mail.target_of", name=name, bound=bound(judgement, speech))
        facts.append((speech.say("mail.target"), target))
        facts.append((speech.say("mail.value"), number(value)))
        if value is not None and judgement.low is not None and value < judgement.low:
            facts.append((speech.say("mail.short"), number(judgement.low - value)))
        if value is not None and judgement.high is not None and value > judgement.high:
            facts.append((speech.say("mail.excess"), number(value - judgement.high)))
    return facts + _belonging(standing, judgement, speech)


def _belonging(standing: Standing, judgement: Judgement, speech: Words) -> list[tuple[str, str]]:
    action = standing.loaded.plan.actions.get(judgement.subject.ref)
    if judgement.subject.scope != "action" or not isinstance(action, Action):
        return []
    objectives = [standing.loaded.plan.objectives[id].name for id in action.objectives]
    found = [(speech.say("mail.objective"), speech.listed(objectives))] if objectives else []
    if action.techniques:
        found.append((speech.say("mail.techniques"), speech.listed(action.techniques)))
    return found


def _advice(standing: Standing, judgement: Judgement | None, speech: Words) -> str:
    if judgement is None:
        return speech.say("advice.source")
    if judgement.is_budget:
        return speech.say("advice.over_committed" if judgement.reason is Why.OVER_COMMITTED else "advice.over")
    if judgement.period.end > standing.today:
        return speech.say("advice.missed_running")
    action = standing.loaded.plan.actions.get(judgement.subject.ref)
    goes_on = action is not None and standing.loaded.plan.life_of(action).end > standing.today
    if goes_on and judgement.per != "total":
        return speech.say("advice.missed_again")
    return speech.say("advice.missed_over")


def _share(judgement: Judgement | None) -> int | None:
    if judgement is None or judgement.figure.value is None or not judgement.target or judgement.target < 0:
        return None
    spent = judgement.figure.value + (judgement.committed if judgement.is_budget else 0)
    return max(0, min(100, int(100 * spent / judgement.target)))


def _resolved(news: News, speech: Words) -> str:
    if news.now is None:
        return harmless(news.sentences[speech.language])
    return speech.say("flag.resolved", name=news.title, sentence=news.sentences[speech.language])


@cache
def _templates() -> Environment:
    """Everything is escaped in HTML; a name that is not given is a mistake, not nothing."""
    return Environment(
        loader=PackageLoader("worker.notify"),
        autoescape=select_autoescape(("html",), default=True, disabled_extensions=("txt",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _render(template: str, values: Mapping[str, Any]) -> str:
    return _templates().get_template(template).render(**{"problems": [], **values})
