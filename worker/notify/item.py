"""One problem as a mail shows it: what, how bad, for which objective, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from config.loading.loaded import LoadedPlan
from config.plan import Action, Per
from config.vocabulary import Scope
from worker.flags.notification import MailContext, Notification, Role
from worker.judge.required_rate import required_rate as cure
from worker.model.fault import FaultKind
from worker.model.flag import Alert, FlagReason
from worker.model.verdict import Judgement, Verdict
from worker.model.verdict import VerdictReason as Why
from worker.wording import Translator
from worker.wording.figures import Facts, figures
from worker.wording.outside import harmless
from worker.wording.remedies import remedy
from worker.wording.sentences import kpi_name


class Hint(NamedTuple):
    """A sentence with a command inside, kept apart so that no line breaks within it."""

    before: str
    command: str = ""
    after: str = ""


class Bar(NamedTuple):
    """What is there and what is too much, each in percent of the width; the rest of the width is what is short."""

    there: int
    excess: int = 0


class Tone(StrEnum):
    """How bad it is, as a colour."""

    BAD = "bad"  #: missed, over: a fact
    WARN = "warn"  #: at risk: it can still be put right
    GOOD = "good"  #: as promised
    GREY = "grey"  #: figures are missing: nothing can be told


class Chart(NamedTuple):
    """A picture in the mail: its name there, what it shows in words, and the picture."""

    cid: str
    alt: str
    png: bytes


@dataclass(frozen=True, slots=True)
class Item:
    """One problem, put into words. Of one that is brief only what happened is shown."""

    title: str
    badge: str
    tone: Tone
    is_brief: bool
    period: str
    context: str  #: why it is told now, where it is not for the first time
    sentence: str
    facts: tuple[tuple[str, str], ...]
    advice: Hint
    cure: str  #: what it takes, in figures
    settle: Hint | None
    links: tuple[tuple[str, str], ...]  #: what can be done about it, and where
    bar: Bar | None
    chart: Chart | None
    is_simulated: bool


def item(context: MailContext, notification: Notification, translator: Translator, *, is_brief: bool = False) -> Item:
    """What is said of a problem that stands."""
    problem = notification.problem
    assert problem is not None
    judgement = problem.judgement
    kind = "fault_over" if _is_fault_over(notification) else advice(problem, context.loaded, context.today)
    picture = None if is_brief else chart(context, notification, translator)
    found = cure(judgement, context.today, notification.traffic) if judgement else None
    return Item(
        title=title(notification, translator),
        badge=badge(problem.verdict, translator),
        tone=tone(problem.verdict),
        is_brief=is_brief,
        period=translator.period(judgement.period) if judgement else "",
        context=_context(notification, translator),
        sentence=problem.sentences[translator.language],
        facts=(*figures(judgement, translator), *_belonging(context, notification, problem, translator)),
        advice=hint(translator, f"advice.{kind}", "vigie sources --test"),
        cure=remedy(found, judgement, translator) if found and judgement else "",
        settle=None
        if notification.links
        else hint(translator, "mail.settle", f'vigie flags ack {notification.flag_id} --note "…"'),
        links=tuple((translator.say(f"mail.link_{kind}"), url) for kind, url in notification.links.items()),
        bar=None if picture else _bar(judgement),
        chart=picture,
        is_simulated=bool(judgement and judgement.is_simulated),
    )


def _is_fault_over(notification: Notification) -> bool:
    """Whether a source's figures look as they should again, and some days of before are not believed."""
    return (
        notification.reason is FlagReason.ENDED
        and notification.problem is not None
        and notification.problem.verdict in set(FaultKind)
    )


def badge(verdict: str, translator: Translator) -> str:
    """What is wrong, in a word or two."""
    if verdict in set(FaultKind):
        return translator.say("figures in doubt")
    return translator.say(f"mail.badge_{verdict if tone(verdict) in (Tone.BAD, Tone.WARN) else Scope.SOURCE}")


def tone(verdict: str) -> Tone:
    """How bad a verdict is; what is none is about figures."""
    return _TONES.get(verdict, Tone.GREY)


_TONES: Mapping[str, Tone] = {
    Verdict.MISSED: Tone.BAD,
    Verdict.OVER: Tone.BAD,
    Verdict.AT_RISK: Tone.WARN,
    Verdict.OVERSPENDING: Tone.WARN,
    Verdict.UNDERSPENDING: Tone.WARN,
    Verdict.NO_SPEND: Tone.WARN,
    "unattributed": Tone.WARN,
    Verdict.MET: Tone.GOOD,
    Verdict.ON_TRACK: Tone.GOOD,
    Verdict.WITHIN: Tone.GOOD,
}


def chart(context: MailContext, notification: Notification, translator: Translator) -> Chart | None:
    """How what is judged came about; None where its days are not known."""
    judgement = notification.problem.judgement if notification.problem else None
    if judgement is None or notification.course is None or not notification.course.known:
        return None
    from worker.notify.chart import draw, told  # only who draws pays for its library

    plan = context.loaded.plan
    shaded = [(harmless(one.name), one.days) for one in plan.events if one.days.clip(judgement.period)]
    png = draw(judgement, notification.course, [days for _, days in shaded], translator)
    kpi = context.kpis.get(judgement.kpi)
    name = kpi_name(kpi, translator, judgement.breakdown) if kpi else translator.say("Budget")
    alt = told(judgement, name, notification.course, shaded, translator)
    return Chart(f"chart-{notification.flag_id}", alt, png) if png else None


def _context(notification: Notification, translator: Translator) -> str:
    """Why it is told now; nothing where that goes without saying."""
    if _is_fault_over(notification):
        return translator.say(
            "It has come to an end. The days it left are not believed until you say that they are "
            "true, or the source corrects them."
        )
    if notification.reason in (FlagReason.OPENED, FlagReason.ENDED):
        return ""
    since = translator.day(notification.since) if notification.since else ""
    key = "reminded_snoozed" if notification.put_off else notification.reason
    put_off = translator.day(notification.put_off) if notification.put_off else ""
    return translator.say(f"mail.context_{key}", name=notification.responsible, since=since, put_off=put_off)


def title(notification: Notification, translator: Translator) -> str:
    """What it is about."""
    return (
        translator.say("Source “{source}”", source=notification.title)
        if notification.role is Role.SOURCE
        else notification.title
    )


def hint(translator: Translator, key: str, command: str, **parts: object) -> Hint:
    """A saying with its command apart."""
    before, *after = translator.say(key, command="\0", **parts).split("\0")
    return Hint(before, command, after[0]) if after else Hint(before)


def _belonging(context: MailContext, notification: Notification, problem: Alert, translator: Translator) -> Facts:
    """What the action serves and by which means; who answers for it, where nobody does; how long it was put off."""
    plan = context.loaded.plan
    action = plan.actions.get(problem.ref) if problem.scope == Scope.ACTION else None
    found: Facts = []
    if action and action.objectives:
        names = [plan.objectives[id].name for id in action.objectives]
        found.append((translator.say("Objective"), translator.listed(names)))
    if action and action.techniques:
        found.append((translator.say("By means of"), translator.listed(action.techniques)))
    if notification.role is Role.LEAD:
        found.append((translator.say("Responsible"), translator.say("nobody, so you are told as the plan's lead")))
    if notification.put_off:
        found.append((translator.say("Put off until"), translator.day(notification.put_off)))
    if notification.since and notification.reason not in (FlagReason.OPENED, FlagReason.ENDED):
        found.append((translator.say("Known since"), translator.day(notification.since)))
    return found


def _bar(judgement: Judgement | None) -> Bar | None:
    """How much of what was promised is there, or how much of what is there was allowed."""
    if judgement is None or judgement.figure.value is None:
        return None
    value = judgement.figure.value + judgement.committed
    if judgement.high is not None and value > judgement.high >= 0:
        allowed = min(99, int(100 * judgement.high / value))
        return Bar(allowed, 100 - allowed)
    if judgement.low is not None and judgement.low > 0:
        return Bar(max(0, min(99, int(100 * value / judgement.low))))
    return None


def advice(problem: Alert, loaded: LoadedPlan, today: date) -> str:
    """What would put it right, as the last part of a saying's key."""
    judgement = problem.judgement
    if judgement is None:
        return problem.verdict
    if judgement.is_budget:
        return _about_budget(judgement, today)
    if judgement.verdict is Verdict.AT_RISK:
        return "at_risk"
    if judgement.reason is Why.CROSSED:
        return "missed_running"
    if problem.scope == Scope.OBJECTIVE:
        return "missed_objective"
    action = loaded.plan.actions.get(problem.ref)
    return _next_time(loaded, action, judgement, today) if action else "missed_over"


def _about_budget(judgement: Judgement, today: date) -> str:
    if judgement.verdict is not Verdict.OVER:
        return judgement.verdict.value
    if judgement.subject.scope == Scope.PLAN:
        return "over_plan"
    if judgement.reason is Why.OVER_COMMITTED:
        return "over_committed"
    return "over" if judgement.period.end > today else "over_past"


def _next_time(loaded: LoadedPlan, action: Action, judgement: Judgement, today: date) -> str:
    """Whether the action goes on, or has another turn to come."""
    if judgement.per is Per.OCCURRENCE:
        turns = loaded.plan.occurrences_of(action)
        return "missed_turn" if any(turn.start > today for turn in turns) else "missed_over"
    goes_on = judgement.per is not Per.TOTAL and loaded.plan.life_of(action).end > today
    return "missed_again" if goes_on else "missed_over"
