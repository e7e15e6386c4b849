"""PURE. The one sentence of a judgement that says why: the figure first, what was promised beside it, then the reason."""

from collections.abc import Callable, Mapping
from decimal import Decimal

from config.catalogue import catalogue
from config.fields import Language
from config.message import Message, counted, marked
from config.plan import Kpi
from config.vocabulary import Unit, label
from worker.model.verdict import Judgement, Outlook, Phase, UnknownPart, VerdictReason
from worker.wording.labels import unseen_text
from worker.wording.outlooks import WHOLE_FROM, ahead_text, foretold
from worker.wording.relative import measured_from, relative_text, why_no_base
from worker.wording.terms import dimension_name
from worker.wording.translator import Translator
from worker.wording.verdict_texts import (
    AHEAD,
    BEYOND_COSTS,
    BOUNDS,
    BUDGETS,
    NO_VALUE_YET,
    RUNNING,
    TARGETS,
)

FEW = 3  # days that are named one by one

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
    if not breakdown:
        return name
    return translator.say("{name} for “{breakdown}”", name=name, breakdown=label(breakdown, kpi.by))


def measure_name(id: str, translator: Translator) -> str:
    """A measure as it is named inside a sentence; one that only a source declares by its id."""
    known = catalogue().get(id)
    return inside(kpi_name(known, translator)) if known else id.replace("_", " ")


def bound(judgement: Judgement, translator: Translator) -> str:
    """The target in words: at least so much."""
    assert judgement.bound is not None  # of a target
    base, parts = judgement.base, _limits(judgement, translator)
    if base is None:
        return translator.say(BOUNDS[judgement.bound], **parts)
    if judgement.target is None:
        return translator.say(BOUNDS[judgement.bound], **dict.fromkeys(parts, relative_text(base.relative, translator)))
    return translator.say(
        "{bound} [{base}]",
        bound=translator.say(BOUNDS[judgement.bound], **parts),
        base=measured_from(base, judgement.unit, judgement.currency, translator),
    )


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


_LIKELY = {"Short by": marked("Likely short by"), "Over by": marked("Likely over by")}


def gap(judgement: Judgement, translator: Translator) -> tuple[str, str] | None:
    """What is short or too much, and by how much, with its share of the promise; None where nothing is amiss to see.

    While a period runs that is what it is likely to end at: what is still to come of a sum is not missing.
    """
    is_foreseen, total = judgement.foreseen is not None, judgement.at_end
    is_open = judgement.phase is Phase.OUTLOOK and judgement.figure.denominator is None
    if judgement.figure.value is None or (is_open and not is_foreseen):
        return None
    if judgement.low is not None and total < judgement.low:
        label, amount, limit = marked("Short by"), judgement.low - total, judgement.low
    elif judgement.high is not None and total > judgement.high:
        label, amount, limit = marked("Over by"), total - judgement.high, judgement.high
    else:
        return None
    label = translator.say(_LIKELY[label] if is_foreseen else label)
    if is_foreseen and judgement.unit is Unit.MONEY:
        text = translator.money(amount, judgement.currency, is_whole=amount >= WHOLE_FROM)
    else:
        text = translator.difference(amount, judgement.unit, judgement.currency)
    if text == translator.difference(Decimal(0), judgement.unit, judgement.currency):
        return None
    return label, _with_share(text, amount, limit, judgement, translator)


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
        "last": translator.day(judgement.period.last),
    }
    if judgement.reason in (VerdictReason.RUNNING, *AHEAD):
        if judgement.figure.value is None:
            return translator.say(NO_VALUE_YET, **parts)
        if judgement.outlook is None or judgement.reason is VerdictReason.RUNNING:
            return translator.say(RUNNING, **parts)
        return ahead_text(judgement, judgement.outlook, parts, translator)
    return translator.say(
        TARGETS[judgement.reason],
        **parts,
        first=translator.day(judgement.period.start),
        lacking=_lacking(judgement, translator),
        unseen=_unseen(judgement, translator),
        unknown=_unknown(judgement, translator),
        from_sources=_from_sources(judgement, translator),
        **_base(judgement, translator),
    )


def _base(judgement: Judgement, translator: Translator) -> dict[str, str]:
    """Of a relative target, the earlier days and why they say nothing."""
    base = judgement.base
    if base is None:
        return {}
    why = why_no_base(base, judgement.unit, judgement.currency, translator)
    return {"why": why, "days": translator.period(base.period) if base.period else ""}


def _unknown(judgement: Judgement, translator: Translator) -> str:
    """Amounts that no rate converts, and days with amounts that nobody knows."""
    unknown, said = judgement.unknown or UnknownPart(), []
    if unknown.money:
        money = translator.listed([translator.money(amount, currency) for currency, amount in unknown.money])
        said.append(translator.say("{amount} without an exchange rate (add it to the plan: rates)", amount=money))
    if len(unknown.days) > FEW:
        said.append(
            translator.counted("unknown amounts on 1 day", "unknown amounts on {count} days", len(unknown.days))
        )
    elif unknown.days:
        days = translator.listed([translator.day(day) for day in unknown.days])
        said.append(translator.say("unknown amounts on {days}", days=days))
    return translator.listed(said)


def _lacking(judgement: Judgement, translator: Translator) -> str:
    """The measures that no source provides, or the labels that no figure carries."""
    name = dimension_name if judgement.reason is VerdictReason.NO_TRACE else measure_name
    return translator.listed([name(id, translator) for id in judgement.lacking], "or")


def _unseen(judgement: Judgement, translator: Translator) -> str:
    """The labels that nothing has ever carried."""
    return translator.listed([translator.say(unseen_text(one)) for one in judgement.unseen], "or")


def _figure(judgement: Judgement, name: str, translator: Translator) -> str:
    text, value = result(judgement, translator), judgement.figure.value
    if judgement.unit != Unit.COUNT or judgement.breakdown:
        return translator.say("{name}: {value}", name=name, value=text)
    is_plain = text == translator.number(value, judgement.unit)
    if value is None or abs(value) < 2 or not is_plain:  # the name is a plural, and stands behind a number
        return translator.say("{name}: {value}", name=name, value=text)
    return translator.say("{value} {name}", value=text, name=inside(name))


def inside(name: str) -> str:
    """A name as it stands inside a sentence; abbreviations keep their capitals."""
    return name if name[:2].isalpha() and name[:2].isupper() else name[:1].lower() + name[1:]


def _budget(judgement: Judgement, translator: Translator) -> str:
    total = (judgement.figure.value or Decimal(0)) + judgement.committed
    at_end, amount = judgement.projected or total, judgement.high or Decimal(0)
    amounts = {
        "spent": judgement.figure.value,
        "committed": judgement.committed,
        "excess": total - amount,
    }
    parts = {name: translator.number(value, Unit.MONEY, judgement.currency) for name, value in amounts.items()}
    ends = {"projected": judgement.projected, "too_much": at_end - amount, "unused": amount - at_end}
    parts |= {name: foretold(value, judgement, translator) for name, value in ends.items()}
    parts["amount"] = _allowed(judgement, translator)
    said = translator.say(
        _budget_text(judgement),
        **parts,
        spend=_spend(judgement, parts, translator),
        first=translator.day(judgement.period.start),
        last=translator.day(judgement.period.last),
        unseen=_unseen(judgement, translator),
        unknown=_unknown(judgement, translator),
        from_sources=_from_sources(judgement, translator),
    )
    more = _budget_ahead(judgement, judgement.outlook, translator) if judgement.outlook else ""
    return " ".join(filter(None, [said, _shared(judgement, translator), more]))


#: of a budget that runs on
_OPEN = (VerdictReason.TOO_FAST, VerdictReason.TOO_SLOW, VerdictReason.STOPPED, VerdictReason.NEVER_SPENT)


def _spend(judgement: Judgement, parts: Mapping[str, str], translator: Translator) -> str:
    """What is spent of the budget, and on which day that stands."""
    spend = translator.say(
        "{spent} spent and {committed} committed of {amount}" if judgement.committed else "{spent} spent of {amount}",
        **parts,
    )
    if judgement.outlook and judgement.outlook.as_of:
        return translator.say("{spend} (as of {as_of})", spend=spend, as_of=translator.day(judgement.outlook.as_of))
    is_open = judgement.reason in _OPEN
    return translator.say("{spend} so far", spend=spend) if is_open else spend


def _shared(judgement: Judgement, translator: Translator) -> str:
    """How much of the spend other actions track as well."""
    if not judgement.shared:
        return ""
    return translator.say(
        "Of this spend, {shared} is also tracked by {actions}.",
        shared=translator.money(judgement.shared, judgement.currency),
        actions=translator.listed(translator.say("“{value}”", value=name) for name in judgement.shared_with),
    )


def _budget_text(judgement: Judgement) -> str:
    if judgement.reason is VerdictReason.OVER and judgement.committed:
        return BUDGETS[VerdictReason.OVER_COMMITTED]
    if judgement.unseen and (judgement.figure.value or judgement.committed):
        return BEYOND_COSTS[judgement.reason]
    return BUDGETS[judgement.reason]


def _allowed(judgement: Judgement, translator: Translator) -> str:
    """The budget; what is left from before is told apart."""
    amount = judgement.high or Decimal(0)
    own = translator.money(amount - judgement.carried, judgement.currency)
    if not judgement.carried:
        return own
    return translator.say(
        "{amount} plus {carried} carried over",
        amount=own,
        carried=translator.money(judgement.carried, judgement.currency),
    )


def _budget_ahead(judgement: Judgement, outlook: Outlook, translator: Translator) -> str:
    """What the rest of the period is likely to bring, or what can be spent in it."""
    if judgement.reason in (VerdictReason.TOO_FAST, VerdictReason.OVER_PLANNED, VerdictReason.TOO_SLOW):
        if outlook.suggested is None:
            return ""
        return translator.say(
            "To use all of it: {suggested} a day from now on."
            if judgement.reason is VerdictReason.TOO_SLOW
            else "To stay within budget: at most {suggested} a day from now on.",
            suggested=translator.money(outlook.suggested, judgement.currency),
        )
    if judgement.reason is not VerdictReason.WITHIN or judgement.projected is None:
        return ""
    excess = judgement.projected - (judgement.high or Decimal(0))
    return translator.say(
        "At this pace: {projected} by {last}."
        if excess <= 0
        else "At this pace: {projected} by {last}, {excess} over budget, which is within its usual variation.",
        projected=foretold(judgement.projected, judgement, translator),
        excess=foretold(excess, judgement, translator),
        last=translator.day(judgement.period.last),
    )


def _from_sources(judgement: Judgement, translator: Translator) -> str:
    """Where figures are missing from, as it stands behind "missing"."""
    return translator.say(_from(translator.listed(judgement.lacking), len(judgement.lacking)))


def _from(sources: str, count: int) -> Message:
    if not count:
        return Message(marked("from any source"))
    return counted("from the source {sources}", "from the sources {sources}", count, sources=sources)
