"""PURE. The one sentence of a judgement that says why."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from config.fields import Language
from config.plan import Kpi
from config.vocabulary import Unit
from worker.model.verdict import Judgement, Outlook, Reason
from worker.wording.translator import Words

#: says a judgement in a language
Sayer = Callable[[Judgement, Language], str]


def sentence(judgement: Judgement, kpi: Kpi | None, words: Words) -> str:
    """Why the verdict is what it is. ``kpi`` is what the target is about; None for a budget."""
    if judgement.is_budget or kpi is None:
        return _budget(judgement, words)
    return _target(judgement, kpi, words)


def kpi_name(kpi: Kpi, words: Words, breakdown: str = "") -> str:
    """The KPI's name, of one value of its breakdown where one is meant."""
    name = str(getattr(kpi.name, words.language))
    return words.say("figure.of", name=name, breakdown=breakdown) if breakdown else name


def bound(judgement: Judgement, words: Words) -> str:
    """The target in words: at least so much."""
    return words.say(f"bound.{judgement.bound}", **_limits(judgement, words))


def result(judgement: Judgement, words: Words) -> str:
    """The value; one that reads like the bound it missed is said to be beside it."""
    value = judgement.figure.value
    text = words.number(value, judgement.unit, judgement.currency)
    if value is None:
        return text
    limits = _limits(judgement, words)
    if judgement.low is not None and value < judgement.low and text == limits["low"]:
        return words.say("just_under", value=text)
    if judgement.high is not None and value > judgement.high and text == limits["high"]:
        return words.say("just_over", value=text)
    return text


def gap(judgement: Judgement, words: Words) -> tuple[str, str] | None:
    """``short`` or ``excess`` and by how much, with its share of the promise; None where nothing is amiss to see."""
    value = judgement.figure.value
    if value is None:
        return None
    total = value + judgement.committed
    if judgement.low is not None and total < judgement.low:
        name, amount, limit = "short", judgement.low - total, judgement.low
    elif judgement.high is not None and total > judgement.high:
        name, amount, limit = "excess", total - judgement.high, judgement.high
    else:
        return None
    text = words.difference(amount, judgement.unit, judgement.currency)
    if text == words.difference(Decimal(0), judgement.unit, judgement.currency):
        return None
    return name, _with_share(text, amount, limit, judgement, words)


def _with_share(text: str, amount: Decimal, limit: Decimal, judgement: Judgement, words: Words) -> str:
    is_scale = judgement.unit in (Unit.POSITION, Unit.POINTS)  # a share of a rank says nothing
    if is_scale or not limit / 200 <= amount < limit * 10:  # nor does one that is nothing, or beyond all measure
        return text
    share = words.percent(amount / limit)
    return words.say("mail.of_budget" if judgement.is_budget else "mail.of_target", gap=text, share=share)


def _limits(judgement: Judgement, words: Words) -> dict[str, str]:
    limits = {"low": judgement.low, "high": judgement.high}
    return {name: words.number(limit, judgement.unit, judgement.currency) for name, limit in limits.items()}


def _target(judgement: Judgement, kpi: Kpi, words: Words) -> str:
    name = kpi_name(kpi, words, judgement.breakdown)
    parts = {
        "figure": _figure(judgement, name, words),
        "name": name,
        "bound": bound(judgement, words),
        "bound_of": words.say(f"bound_of.{judgement.bound}", **_limits(judgement, words)),
        "first": words.day(judgement.period.start),
        "last": words.day(judgement.period.last),
    }
    if judgement.outlook and judgement.reason in _AHEAD and judgement.figure.value is not None:
        return _outlook(judgement, judgement.outlook, parts, words)
    reason = judgement.reason.value
    if judgement.reason in (Reason.RUNNING, *_AHEAD):
        reason = "running_blank" if judgement.figure.value is None else "running"
    lacking = words.listed(judgement.lacking, "or")
    return words.say(f"target.{reason}", **parts, lacking=lacking, from_sources=_sources(judgement, words))


_AHEAD = (Reason.PROVED, Reason.UNLIKELY, Reason.LIKELY, Reason.BEHIND, Reason.TOO_FEW, Reason.TOO_EARLY)


def _outlook(judgement: Judgement, outlook: Outlook, parts: Mapping[str, str], words: Words) -> str:
    """Where a running period stands, and what that is likely to come to."""

    def number(value: Decimal | None) -> str:
        return words.number(value, judgement.unit, judgement.currency)

    is_paced = outlook.pace is not None
    said = words.say(
        f"target.{_key(judgement, outlook)}",
        standing=words.say(
            "target.standing_pace" if is_paced else "target.standing", pace=number(outlook.pace), **parts
        ),
        limit=number(outlook.limit),
        sample=words.number(Decimal(outlook.sample or 0), Unit.COUNT),
        needed=words.number(Decimal(outlook.needed or 0), Unit.COUNT),
        day=words.day(outlook.sayable_on) if outlook.sayable_on else "",
    )
    if judgement.lacking:
        said = f"{said} {words.say('target.without', from_sources=_sources(judgement, words))}"
    if outlook.chance is None or outlook.low is None or outlook.high is None:
        return said
    foreseen = {"low": number(outlook.low), "high": number(outlook.high), "chance": chance(outlook.chance, words)}
    return f"{said} {words.say('target.foreseen', **foreseen)}"


def _key(judgement: Judgement, outlook: Outlook) -> str:
    match judgement.reason:
        case Reason.PROVED if outlook.limit is not None:
            is_above = judgement.low is None or (judgement.figure.value or Decimal(0)) > judgement.low
            return "proved_above" if is_above else "proved_below"
        case Reason.BEHIND if _is_as_promised(judgement, outlook):
            return "ahead"
        case Reason.TOO_FEW | Reason.TOO_EARLY if outlook.sayable_on is None:
            return f"{judgement.reason}_ever"
    return judgement.reason.value


def _is_as_promised(judgement: Judgement, outlook: Outlook) -> bool:
    """Whether it stands where it should today, whatever it is likely to come to."""
    value, pace = judgement.figure.value, outlook.pace
    low = judgement.low if judgement.low is None or pace is None else pace
    high = judgement.high if judgement.high is None or pace is None else pace
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def chance(share: float, words: Words) -> str:
    """A probability as people say it: none is ever nought or a hundred percent."""
    if not 0.01 <= share <= 0.99:
        return words.say("chance.under" if share < 0.01 else "chance.over")
    return words.say("chance.about", share=words.percent(Decimal(str(round(share, 2)))))


def foreseen(judgement: Judgement, words: Words) -> str:
    """What a running period is likely to come to, with the range it ends in four times out of five."""
    outlook = judgement.outlook
    assert outlook is not None
    values = {"expected": outlook.expected, "low": outlook.low, "high": outlook.high}
    said = {name: words.number(value, judgement.unit, judgement.currency) for name, value in values.items()}
    is_open = outlook.low is None or outlook.high is None
    return said["expected"] if is_open else words.say("mail.range", **said)


def _figure(judgement: Judgement, name: str, words: Words) -> str:
    text, value = result(judgement, words), judgement.figure.value
    if judgement.unit != Unit.COUNT or judgement.breakdown:
        return words.say("figure.other", name=name, value=text)
    is_plain = text == words.number(value, judgement.unit)
    if value is None or abs(value) < 2 or not is_plain:  # the name is a plural, and stands behind a number
        return words.say("figure.few", name=name, value=text)
    return words.say("figure.count", value=text, name=inside(name))


def inside(name: str) -> str:
    """A name as it stands inside a sentence; abbreviations keep their capitals."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _budget(judgement: Judgement, words: Words) -> str:
    spent = judgement.figure.value
    total = (spent or Decimal(0)) + judgement.committed
    at_end, amount = judgement.projected or total, judgement.high or Decimal(0)

    def money(value: Decimal | None) -> str:
        return words.say("unknown") if value is None else words.money(value, judgement.currency)

    said = words.say(
        f"budget.{judgement.reason}{_with_committed(judgement)}",
        spent=money(spent),
        amount=_allowed(judgement, words),
        committed=money(judgement.committed),
        excess=money(total - amount),
        projected=money(judgement.projected),
        too_much=money(at_end - amount),
        unused=money(amount - at_end),
        first=words.day(judgement.period.start),
        last=words.day(judgement.period.last),
        from_sources=_sources(judgement, words),
    )
    more = _budget_ahead(judgement, judgement.outlook, words) if judgement.outlook else ""
    return f"{said} {more}" if more else said


_WITH_COMMITTED = (Reason.WITHIN, Reason.OVER, Reason.TOO_FAST, Reason.TOO_SLOW, Reason.STOPPED)


def _with_committed(judgement: Judgement) -> str:
    return "_committed" if judgement.committed and judgement.reason in _WITH_COMMITTED else ""


def _allowed(judgement: Judgement, words: Words) -> str:
    """The budget; what is left from before is told apart."""
    amount = judgement.high or Decimal(0)
    own = words.money(amount - judgement.carried, judgement.currency)
    if not judgement.carried:
        return own
    return words.say("budget.amount_carried", amount=own, carried=words.money(judgement.carried, judgement.currency))


def _budget_ahead(judgement: Judgement, outlook: Outlook, words: Words) -> str:
    """What the rest of the period is likely to bring, or what can be spent in it."""
    if judgement.reason in (Reason.TOO_FAST, Reason.OVER_PLANNED, Reason.TOO_SLOW):
        key = "uses" if judgement.reason is Reason.TOO_SLOW else "keeps"
        if outlook.suggested is None:
            return ""
        return words.say(f"budget.{key}", suggested=words.money(outlook.suggested, judgement.currency))
    if judgement.reason is not Reason.WITHIN or judgement.projected is None:
        return ""
    projected = words.money(judgement.projected, judgement.currency)
    return words.say("budget.ahead", projected=projected, last=words.day(judgement.period.last))


def _sources(judgement: Judgement, words: Words) -> str:
    if not judgement.lacking:
        return words.say("from_nobody")
    return words.say("from_sources", sources=words.listed(judgement.lacking))
