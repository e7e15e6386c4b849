"""PURE. The one sentence of a judgement that says why."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from config.fields import Language
from config.plan import Kpi
from config.vocabulary import Unit, label
from worker.model.verdict import Judgement, Outlook, VerdictReason
from worker.wording.translator import Translator

#: says a judgement in a language
Sayer = Callable[[Judgement, Language], str]


def sentence(judgement: Judgement, kpi: Kpi | None, translator: Translator) -> str:
    """Why the verdict is what it is. ``kpi`` is what the target is about; None for a budget."""
    if judgement.is_budget or kpi is None:
        return _budget(judgement, translator)
    return _target(judgement, kpi, translator)


def kpi_name(kpi: Kpi, translator: Translator, breakdown: str = "") -> str:
    """The KPI's name, of one value of its breakdown where one is meant."""
    name = translator.say(kpi.name.in_(translator.language))
    value = label(breakdown, kpi.by)
    return translator.say("{name} for “{breakdown}”", name=name, breakdown=value) if breakdown else name


def bound(judgement: Judgement, translator: Translator) -> str:
    """The target in words: at least so much."""
    return translator.say(f"bound.{judgement.bound}", **_limits(judgement, translator))


def result(judgement: Judgement, translator: Translator) -> str:
    """The value; one that reads like the bound it missed is said to be beside it."""
    value = judgement.figure.value
    text = translator.number(value, judgement.unit, judgement.currency)
    if value is None:
        return text
    limits = _limits(judgement, translator)
    if judgement.low is not None and value < judgement.low and text == limits["low"]:
        return translator.say("just under {value}", value=text)
    if judgement.high is not None and value > judgement.high and text == limits["high"]:
        return translator.say("just over {value}", value=text)
    return text


def gap(judgement: Judgement, translator: Translator) -> tuple[str, str] | None:
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
    text = translator.difference(amount, judgement.unit, judgement.currency)
    if text == translator.difference(Decimal(0), judgement.unit, judgement.currency):
        return None
    return name, _with_share(text, amount, limit, judgement, translator)


def _with_share(text: str, amount: Decimal, limit: Decimal, judgement: Judgement, translator: Translator) -> str:
    is_scale = judgement.unit in (Unit.POSITION, Unit.POINTS)  # a share of a rank says nothing
    if is_scale or not limit / 200 <= amount < limit * 10:  # nor does one that is nothing, or beyond all measure
        return text
    share = translator.percent(amount / limit)
    return translator.say(
        "{gap} ({share} of the budget)" if judgement.is_budget else "{gap} ({share} of the target)",
        gap=text,
        share=share,
    )


def _limits(judgement: Judgement, translator: Translator) -> dict[str, str]:
    limits = {"low": judgement.low, "high": judgement.high}
    return {name: translator.number(limit, judgement.unit, judgement.currency) for name, limit in limits.items()}


def _target(judgement: Judgement, kpi: Kpi, translator: Translator) -> str:
    name = kpi_name(kpi, translator, judgement.breakdown)
    parts = {
        "figure": _figure(judgement, name, translator),
        "name": name,
        "bound": bound(judgement, translator),
        "bound_of": translator.say(f"bound_of.{judgement.bound}", **_limits(judgement, translator)),
        "first": translator.day(judgement.period.start),
        "last": translator.day(judgement.period.last),
    }
    if judgement.outlook and judgement.reason in _AHEAD and judgement.figure.value is not None:
        return _outlook(judgement, judgement.outlook, parts, translator)
    reason = judgement.reason.value
    if judgement.reason in (VerdictReason.RUNNING, *_AHEAD):
        reason = "running_blank" if judgement.figure.value is None else "running"
    lacking = translator.listed(judgement.lacking, "or")
    return translator.say(f"target.{reason}", **parts, lacking=lacking, from_sources=_sources(judgement, translator))


_AHEAD = (
    VerdictReason.PROVED,
    VerdictReason.UNLIKELY,
    VerdictReason.LIKELY,
    VerdictReason.BEHIND,
    VerdictReason.TOO_FEW,
    VerdictReason.TOO_EARLY,
)


def _outlook(judgement: Judgement, outlook: Outlook, parts: Mapping[str, str], translator: Translator) -> str:
    """Where a running period stands, and what that is likely to come to."""

    def number(value: Decimal | None) -> str:
        return translator.number(value, judgement.unit, judgement.currency)

    is_paced = outlook.pace is not None
    said = translator.say(
        f"target.{_key(judgement, outlook)}",
        standing=translator.say(
            "{figure} so far, where {pace} would be on course for a target {bound_of} by {last}"
            if is_paced
            else "{figure} so far for a target {bound_of} by {last}",
            pace=number(outlook.pace),
            **parts,
        ),
        limit=number(outlook.limit),
        sample=translator.number(Decimal(outlook.sample or 0), Unit.COUNT),
        needed=translator.number(Decimal(outlook.needed or 0), Unit.COUNT),
        day=translator.day(outlook.sayable_on) if outlook.sayable_on else "",
    )
    if judgement.lacking:
        said = f"{said} {translator.say('Days whose figures are missing {from_sources} are left out of what follows.', from_sources=_sources(judgement, translator))}"
    if outlook.chance is None or outlook.low is None or outlook.high is None:
        return said
    foreseen = {"low": number(outlook.low), "high": number(outlook.high), "chance": chance(outlook.chance, translator)}
    return f"{said} {translator.say('It is likely to end at {low} to {high}; the chance of keeping the target is {chance}.', **foreseen)}"


def _key(judgement: Judgement, outlook: Outlook) -> str:
    match judgement.reason:
        case VerdictReason.PROVED if outlook.limit is not None:
            is_above = judgement.low is None or (judgement.figure.value or Decimal(0)) > judgement.low
            return "proved_above" if is_above else "proved_below"
        case VerdictReason.BEHIND if _is_as_promised(judgement, outlook):
            return "ahead"
        case VerdictReason.TOO_FEW | VerdictReason.TOO_EARLY if outlook.sayable_on is None:
            return f"{judgement.reason}_ever"
    return judgement.reason.value


def _is_as_promised(judgement: Judgement, outlook: Outlook) -> bool:
    """Whether it stands where it should today, whatever it is likely to come to."""
    value, pace = judgement.figure.value, outlook.pace
    low = judgement.low if judgement.low is None or pace is None else pace
    high = judgement.high if judgement.high is None or pace is None else pace
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def chance(share: float, translator: Translator) -> str:
    """A probability as people say it: none is ever nought or a hundred percent."""
    if not 0.01 <= share <= 0.99:
        return translator.say("under 1%" if share < 0.01 else "over 99%")
    return translator.say("about {share}", share=translator.percent(Decimal(str(round(share, 2)))))


def foreseen(judgement: Judgement, translator: Translator) -> str:
    """What a running period is likely to come to, with the range it ends in four times out of five."""
    outlook = judgement.outlook
    assert outlook is not None
    values = {"expected": outlook.expected, "low": outlook.low, "high": outlook.high}
    said = {name: translator.number(value, judgement.unit, judgement.currency) for name, value in values.items()}
    is_open = outlook.low is None or outlook.high is None
    return said["expected"] if is_open else translator.say("{expected} ({low} to {high})", **said)


def _figure(judgement: Judgement, name: str, translator: Translator) -> str:
    text, value = result(judgement, translator), judgement.figure.value
    if judgement.unit != Unit.COUNT or judgement.breakdown:
        return translator.say("{name} {value}", name=name, value=text)
    is_plain = text == translator.number(value, judgement.unit)
    if value is None or abs(value) < 2 or not is_plain:  # the name is a plural, and stands behind a number
        return translator.say("{name}: {value}", name=name, value=text)
    return translator.say("{value} {name}", value=text, name=inside(name))


def inside(name: str) -> str:
    """A name as it stands inside a sentence; abbreviations keep their capitals."""
    return name if name[:2].isupper() else name[:1].lower() + name[1:]


def _budget(judgement: Judgement, translator: Translator) -> str:
    spent = judgement.figure.value
    total = (spent or Decimal(0)) + judgement.committed
    at_end, amount = judgement.projected or total, judgement.high or Decimal(0)

    def money(value: Decimal | None) -> str:
        return translator.say("unknown") if value is None else translator.money(value, judgement.currency)

    said = translator.say(
        f"budget.{judgement.reason}{_with_committed(judgement)}",
        spent=money(spent),
        amount=_allowed(judgement, translator),
        committed=money(judgement.committed),
        excess=money(total - amount),
        projected=money(judgement.projected),
        too_much=money(at_end - amount),
        unused=money(amount - at_end),
        first=translator.day(judgement.period.start),
        last=translator.day(judgement.period.last),
        from_sources=_sources(judgement, translator),
    )
    more = _budget_ahead(judgement, judgement.outlook, translator) if judgement.outlook else ""
    return f"{said} {more}" if more else said


_WITH_COMMITTED = (
    VerdictReason.WITHIN,
    VerdictReason.OVER,
    VerdictReason.TOO_FAST,
    VerdictReason.TOO_SLOW,
    VerdictReason.STOPPED,
)


def _with_committed(judgement: Judgement) -> str:
    return "_committed" if judgement.committed and judgement.reason in _WITH_COMMITTED else ""


def _allowed(judgement: Judgement, translator: Translator) -> str:
    """The budget; what is left from before is told apart."""
    amount = judgement.high or Decimal(0)
    own = translator.money(amount - judgement.carried, judgement.currency)
    if not judgement.carried:
        return own
    return translator.say(
        "{amount} and {carried} left from before",
        amount=own,
        carried=translator.money(judgement.carried, judgement.currency),
    )


def _budget_ahead(judgement: Judgement, outlook: Outlook, translator: Translator) -> str:
    """What the rest of the period is likely to bring, or what can be spent in it."""
    if judgement.reason in (VerdictReason.TOO_FAST, VerdictReason.OVER_PLANNED, VerdictReason.TOO_SLOW):
        key = "uses" if judgement.reason is VerdictReason.TOO_SLOW else "keeps"
        if outlook.suggested is None:
            return ""
        return translator.say(f"budget.{key}", suggested=translator.money(outlook.suggested, judgement.currency))
    if judgement.reason is not VerdictReason.WITHIN or judgement.projected is None:
        return ""
    projected = translator.money(judgement.projected, judgement.currency)
    return translator.say(
        "At this pace it comes to {projected} by {last}.",
        projected=projected,
        last=translator.day(judgement.period.last),
    )


def _sources(judgement: Judgement, translator: Translator) -> str:
    if not judgement.lacking:
        return translator.say("from any source")
    return translator.say("from {sources}", sources=translator.listed(judgement.lacking))
