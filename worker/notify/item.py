"""One problem as a mail shows it: what, how bad, for which objective, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from config.message import marked
from config.vocabulary import Scope
from worker.flags.notification import MailContext, Notification, Role
from worker.judge.required_rate import required_rate
from worker.model.fault import FaultKind
from worker.model.flag import Alert, FlagReason
from worker.model.tone import Tone, tone_of
from worker.model.verdict import Judgement, Phase
from worker.notify.advice import ADVICE, advice
from worker.wording import Translator
from worker.wording.answers import RESPONSES
from worker.wording.figures import Facts, figures
from worker.wording.outside import harmless
from worker.wording.remedies import remedy
from worker.wording.sentences import kpi_name
from worker.wording.stakes import at_stake
from worker.wording.terms import problem_term, technique_name, verdict_term

GAP = "\0"  #: stands in a text where its command goes

_CONTEXTS: Mapping[FlagReason, str] = {
    FlagReason.WORSENED: marked("Clearly worse since the last message."),
    FlagReason.AGAIN: marked("Back again soon after it was resolved."),
    FlagReason.HANDED_OVER: marked("You are responsible for it now; open since {since}."),
    FlagReason.STILL: marked("No better two weeks after it was acknowledged."),
    FlagReason.REMINDED: marked("Reminder: open since {since}."),
    FlagReason.ESCALATED: marked("{name} was notified but has not responded; open since {since}."),
}
_SNOOZED = marked("Snoozed until {put_off}; the problem is still there.")


class Hint(NamedTuple):
    """A sentence with a command inside, kept apart so that no line breaks within it."""

    before: str
    command: str = ""
    after: str = ""


class Bar(NamedTuple):
    """What is there and what is too much, each in percent of the width; the rest of the width is what is short."""

    there: int
    excess: int = 0


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
    rate = required_rate(judgement, context.today, notification.traffic) if judgement else None
    return Item(
        title=title(notification, translator),
        badge=verdict_term(judgement, translator) if judgement else problem_term(problem.verdict, translator),
        tone=tone_of(problem.verdict),
        is_brief=is_brief,
        period=translator.period(judgement.period) if judgement else "",
        context=_context(notification, translator),
        sentence=problem.sentences[translator.language],
        facts=(
            *figures(judgement, translator),
            *_at_stake(context, problem, translator),
            *_belonging(context, notification, problem, translator),
        ),
        advice=hint(translator.say(ADVICE[kind], command=GAP), "vigie sources --test"),
        cure=remedy(rate, judgement, translator) if rate and judgement else "",
        settle=None
        if notification.links
        else hint(
            translator.say("Acknowledge: {command}", command=GAP), f'vigie flags ack {notification.flag_id} --note "…"'
        ),
        links=tuple((translator.say(RESPONSES[kind]), url) for kind, url in notification.links.items()),
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


def chart(context: MailContext, notification: Notification, translator: Translator) -> Chart | None:
    """How what is judged came about; None where its days are not known."""
    judgement = notification.problem.judgement if notification.problem else None
    if judgement is None or notification.curve is None or not notification.curve.known:
        return None
    from worker.notify.chart import described, draw  # only who draws pays for its library

    plan = context.loaded.plan
    shaded = [(harmless(one.name), one.days) for one in plan.special_days if one.days.clip(judgement.period)]
    png = draw(judgement, notification.curve, [days for _, days in shaded], translator)
    kpi = context.kpis.get(judgement.kpi)
    name = kpi_name(kpi, translator, judgement.breakdown) if kpi else translator.say("Budget")
    alt = described(judgement, name, notification.curve, shaded, translator)
    return Chart(f"chart-{notification.flag_id}", alt, png) if png else None


def _context(notification: Notification, translator: Translator) -> str:
    """Why it is told now; nothing where that goes without saying."""
    if _is_fault_over(notification):
        return translator.say("This is over. Its days stay on hold until you accept them or the source corrects them.")
    if notification.reason in (FlagReason.OPENED, FlagReason.ENDED):
        return ""
    put_off = notification.put_off
    text = _SNOOZED if put_off else _CONTEXTS[notification.reason]
    return translator.say(
        text,
        name=notification.responsible,
        since=translator.day(notification.since) if notification.since else "",
        put_off=translator.day(put_off) if put_off else "",
    )


def title(notification: Notification, translator: Translator) -> str:
    """What it is about."""
    return (
        translator.say("Source “{source}”", source=notification.title)
        if notification.role is Role.SOURCE
        else notification.title
    )


def hint(text: str, command: str = "") -> Hint:
    """A sentence with its command apart, which stands where it has a ``GAP``."""
    before, *after = text.split(GAP)
    return Hint(before, command, after[0]) if after else Hint(before)


def _at_stake(context: MailContext, problem: Alert, translator: Translator) -> Facts:
    """What orders the mail; of money, what it is short or over by says it already once it is a fact."""
    judgement = problem.judgement
    if judgement and judgement.is_money and judgement.phase is Phase.OUTCOME:
        return []
    text = at_stake(judgement, problem.stake, context.loaded.plan.currency, translator)
    return [(translator.say("At stake"), text)] if text else []


def _belonging(context: MailContext, notification: Notification, problem: Alert, translator: Translator) -> Facts:
    """What the action serves and by which means; who is responsible, where nobody is; how long it was put off."""
    plan = context.loaded.plan
    action = plan.actions.get(problem.ref) if problem.scope == Scope.ACTION else None
    facts: Facts = []
    if action and action.objectives:
        names = [plan.objectives[id].name for id in action.objectives]
        facts.append((translator.say("Objective"), translator.listed(names)))
    if action and action.techniques:
        names = [technique_name(id, translator) for id in action.techniques]
        facts.append((translator.say("Marketing channels"), translator.listed(names)))
    if notification.role is Role.LEAD:
        facts.append((translator.say("Owner"), translator.say("none: you receive this as plan lead")))
    if notification.put_off:
        facts.append((translator.say("Snoozed until"), translator.day(notification.put_off)))
    if notification.since and notification.reason not in (FlagReason.OPENED, FlagReason.ENDED):
        facts.append((translator.say("Open since"), translator.day(notification.since)))
    return facts


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
