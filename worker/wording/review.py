"""PURE. What the review found, in words: about whom, what it is, what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from babel.numbers import get_currency_name

from config.plan import Kpi
from config.vocabulary import BUILT_IN, Dimension, Measure, Unit
from worker.model.finding import AmountFact, Fact, Finding, FindingKind, KpisFact, Question, TechniqueFact
from worker.model.rounding import rounded
from worker.wording.finding_terms import (
    ADVICE,
    ADVICE_WITHOUT_LEAD,
    COUNTS,
    FINDINGS,
    LOAD_FREE,
    LOSES_AT_MARGIN,
    NOTHING_KNOWN,
    ORPHAN_FREE,
    ORPHAN_SOURCES,
    RETURN_COUNTED,
    UNDECLARED_FOR,
    UNTRACKED,
    VISITS_SHORT_BASKET,
)
from worker.wording.outlooks import WHOLE_FROM
from worker.wording.sentences import inside, kpi_name
from worker.wording.terms import channel_name, dimension_name, technique_name
from worker.wording.translator import Translator

NAMED = 3  #: of many names; the others are counted
SHARED = Decimal("0.01")  #: of a result, below which it is no matter that others count it as well

#: kinds that only tell, and ask for nothing
TELLING = frozenset({FindingKind.RETURN, FindingKind.LOAD, FindingKind.REACHABLE_UNTIL, FindingKind.REACH_UNKNOWN})


@dataclass(frozen=True, slots=True)
class FindingWriter:
    """A language, and what the plan calls things."""

    translator: Translator
    kpis: Mapping[str, Kpi]
    currency: str
    is_rounded: bool = False  #: amounts without cents, where no two of them are held against each other

    def fact(self, fact: Fact) -> str:
        """A fact as text."""
        match fact:
            case AmountFact(value, unit):
                return self.number(value, unit)
            case KpisFact(ids):
                return self.translator.listed(self.kpi(id) for id in ids)
            case TechniqueFact(id):
                return technique_name(id, self.translator)
            case date():
                return self.translator.day(fact)
            case tuple():
                return self.translator.listed(fact)
        return fact or self.translator.say("unknown")

    def kpi(self, id: str) -> str:
        """A KPI's or measure's name inside a sentence."""
        return inside(kpi_name(self.kpis[id], self.translator)) if id in self.kpis else id.replace("_", " ")

    def number(self, value: float | Decimal | None, unit: Unit) -> str:
        """A number as people write it, without digits that mean nothing."""
        if value is None:
            return self.translator.say("unknown")
        exact = Decimal(str(round(value, 4)))
        if unit is Unit.COUNT and abs(exact) >= 10:
            exact = rounded(exact, Decimal(1))
        if unit is Unit.MONEY and self.is_rounded and abs(exact) >= WHOLE_FROM:
            return self.translator.money(exact, self.currency, is_whole=True)
        return self.translator.number(exact, unit, self.currency)

    def names(self, names: Sequence[str]) -> str:
        """Names; of many only the first."""
        if len(names) <= NAMED + 1:
            return self.translator.listed(names)
        return self.translator.counted(
            "{names} and 1 other", "{names} and {count} others", len(names) - NAMED, names=", ".join(names[:NAMED])
        )

    def count_of(self, things: str, amount: Fact) -> str:
        """So many of something: ``1 action``, ``2 actions``."""
        assert isinstance(amount, AmountFact)
        count = int(amount.value or 0)
        return self.translator.counted(*COUNTS[things], count, count=self.number(count, Unit.COUNT))

    def parts(self, finding: Finding) -> dict[str, str]:
        """The facts of a finding as text."""
        parts = {name: self._named(name, fact) for name, fact in finding.facts.items()}
        if finding.facts.get("dimension") == Dimension.CHANNEL:
            parts["label"] = channel_name(parts["label"], self.translator)
        return parts

    def _named(self, name: str, fact: Fact) -> str:
        """A fact as text, ids of measures and labels by their names."""
        if name == "measures" and isinstance(fact, tuple):
            return self.translator.listed(self.kpi(id) for id in fact)
        if name == "dimensions" and isinstance(fact, tuple):
            return self.translator.listed(dimension_name(id, self.translator) for id in fact)
        return (
            dimension_name(fact, self.translator) if name == "dimension" and isinstance(fact, str) else self.fact(fact)
        )


def who(finding: Finding, writer: FindingWriter) -> str:
    """What a finding is about."""
    return writer.names([subject.name for subject in finding.subjects])


def what(finding: Finding, writer: FindingWriter) -> str:
    """What was found, in a sentence or a few. A subject named before it is not named again."""
    writer = replace(writer, is_rounded=finding.question is Question.WORTH)
    parts = writer.parts(finding)
    match finding.kind:
        case FindingKind.RETURN | FindingKind.LOSES:
            return _return(finding, parts, writer)
        case FindingKind.UNSERVED | FindingKind.ORPHAN | FindingKind.LOAD:
            return _owned(finding, parts, writer)
        case FindingKind.ORPHAN_SOURCES:
            return writer.translator.counted(*ORPHAN_SOURCES, len(finding.subjects))
    said = _capital(writer.translator.say(_text(finding), **parts))
    figures = _figures(finding, writer) if finding.kind in _LABELS else ""
    return f"{said} {figures}" if figures else said


#: kinds about a label, which tell what came under it
_LABELS = (
    FindingKind.MISSPELT,
    FindingKind.STRAY_SPEND,
    FindingKind.CONVERTS,
    FindingKind.LARGE_BASKETS,
    FindingKind.CHANNEL,
)


def remedy(finding: Finding, writer: FindingWriter) -> str:
    """What to do about it; nothing where it only tells."""
    if finding.kind in TELLING:
        return ""
    has_nobody = finding.kind in ADVICE_WITHOUT_LEAD and finding.facts.get("lead") is None
    texts = ADVICE_WITHOUT_LEAD if has_nobody else ADVICE
    return writer.translator.say(texts[finding.kind], **writer.parts(finding))


def _text(finding: Finding) -> str:
    """What is said of a finding of this kind, by what is known of it."""
    facts = finding.facts
    match finding.kind:
        case FindingKind.COST_UNKNOWN if _is_unknown(facts["result"]):
            return NOTHING_KNOWN
        case FindingKind.LOSES if not _is_unknown(facts["margin"]) and not _is_below_cost(facts["high"]):
            return LOSES_AT_MARGIN
        case FindingKind.UNTRACED if not facts.get("dimensions"):
            return UNTRACKED
        case FindingKind.UNDECLARED if facts.get("objective") is not None:
            return UNDECLARED_FOR
        case FindingKind.VISITS_SHORT if facts.get("basket") is not None:
            return VISITS_SHORT_BASKET
    return FINDINGS[finding.kind]


def _is_unknown(fact: Fact) -> bool:
    return isinstance(fact, AmountFact) and fact.value is None


def _is_below_cost(high: Fact) -> bool:
    """Whether a return loses by itself, whatever of it is margin."""
    return isinstance(high, AmountFact) and high.value is not None and high.value < 1


def _return(finding: Finding, parts: dict[str, str], writer: FindingWriter) -> str:
    facts, translator = finding.facts, writer.translator
    aim = facts["aim"]
    assert isinstance(aim, KpisFact)
    is_count = aim.ids != (Measure.REVENUE.value,)
    shown = {name: _each(facts[name], is_count, writer) for name in ("ratio", "low", "high")}
    own = {
        "range": _range(facts, shown, writer),
        "unit": get_currency_name(writer.currency, 100 if is_count else 1, translator.locale),
        "ratio": shown["ratio"] if is_count else _money_each(facts["ratio"], writer),
        "result": f"{parts['result']} {parts['aim']}" if is_count else parts["result"],
    }
    said = translator.say(RETURN_COUNTED if is_count else _text(finding), **{**parts, **own})
    return " ".join([said, *_beside(facts, writer)])


def _money_each(fact: Fact, writer: FindingWriter) -> str:
    assert isinstance(fact, AmountFact)
    return writer.number(fact.value, Unit.MONEY)


def _each(fact: Fact, is_count: bool, writer: FindingWriter) -> str:
    assert isinstance(fact, AmountFact)
    scale = 100 if is_count else 1
    return writer.number(None if fact.value is None else float(fact.value) * scale, Unit.RATIO)


def _range(facts: Mapping[str, Fact], shown: Mapping[str, str], writer: FindingWriter) -> str:
    high = facts["high"]
    assert isinstance(high, AmountFact)
    if high.value is None:
        return writer.translator.say("likely {low} or more", low=shown["low"])
    if shown["low"] == shown["high"]:
        return writer.translator.say("almost certain")
    return writer.translator.say("likely {low} to {high}", low=shown["low"], high=shown["high"])


def _beside(facts: Mapping[str, Fact], writer: FindingWriter) -> list[str]:
    """What bears on the comparison with others."""
    shared, ahead, peers = facts["shared"], facts["ahead"], facts["peers"]
    assert isinstance(shared, AmountFact)
    assert isinstance(ahead, tuple)
    assert isinstance(peers, tuple)
    translator, said = writer.translator, []
    if shared.value and shared.value >= SHARED:
        share = translator.percent(Decimal(str(shared.value)))
        said.append(translator.say("Other actions also count {shared} of this.", shared=share))
    if ahead:
        said.append(translator.say("Clearly behind {ahead}.", ahead=writer.names(ahead)))
    if len(peers) > NAMED:
        said.append(
            translator.counted(
                "The gap to 1 other may be chance.", "The gap to {count} others may be chance.", len(peers)
            )
        )
    elif peers:
        said.append(translator.say("The gap to {peers} may be chance.", peers=translator.listed(peers)))
    return said


def _figures(finding: Finding, writer: FindingWriter) -> str:
    """What came under a label."""
    known = [(name, fact) for name, fact in finding.facts.items() if name in BUILT_IN]
    text = ", ".join(
        writer.translator.say("{name}: {value}", name=writer.kpi(name), value=writer.fact(fact)) for name, fact in known
    )
    return writer.translator.say("So far: {figures}.", figures=text) if text else ""


def _owned(finding: Finding, parts: dict[str, str], writer: FindingWriter) -> str:
    """What an owner without anyone, or a person, stands for."""
    things = ("actions", "objectives", "sources") if finding.kind is FindingKind.LOAD else ()
    some = [writer.count_of(name, fact) for name in things if _is_some(fact := finding.facts[name])]
    text = FINDINGS[finding.kind]
    if finding.kind is not FindingKind.UNSERVED and not _is_some(finding.facts["budget"]):
        text = LOAD_FREE if finding.kind is FindingKind.LOAD else ORPHAN_FREE
    targets = writer.count_of("targets", finding.facts["targets"])
    return writer.translator.say(text, **{**parts, "targets": targets, "things": writer.translator.listed(some)})


def _is_some(fact: Fact) -> bool:
    return isinstance(fact, AmountFact) and bool(fact.value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
