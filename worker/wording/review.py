"""PURE. What the review found, in words: about whom, what it is, what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.plan import Kpi
from config.techniques import techniques
from config.vocabulary import BUILT_IN, Measure, Unit
from worker.model.finding import AmountFact, Fact, Finding, FindingKind, KpisFact, TechniqueFact
from worker.wording.sentences import inside, kpi_name
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

    def say(self, key: str, **parts: str) -> str:
        """A saying of the review."""
        return self.translator.say(f"review.{key}", **parts)

    def fact(self, fact: Fact) -> str:
        """A fact as text."""
        match fact:
            case AmountFact(value, unit):
                return self.number(value, unit)
            case KpisFact(ids):
                return self.translator.listed(self.kpi(id) for id in ids)
            case TechniqueFact(id):
                return self.translator.say(techniques()[id].name.in_(self.translator.language))
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
            exact = exact.quantize(Decimal(1))
        return self.translator.number(exact, unit, self.currency)

    def names(self, names: Sequence[str]) -> str:
        """Names; of many only the first."""
        if len(names) <= NAMED + 1:
            return self.translator.listed(names)
        return self.say("others", names=", ".join(names[:NAMED]), count=str(len(names) - NAMED))

    def counted(self, what: str, amount: Fact) -> str:
        """So many of something: ``1 action``, ``2 actions``."""
        assert isinstance(amount, AmountFact)
        count = int(amount.value or 0)
        is_one = count < 2 if self.translator.language == "fr" else count == 1
        return self.say(f"count.{what}_one" if is_one else f"count.{what}", count=self.number(count, Unit.COUNT))


def who(finding: Finding, writer: FindingWriter) -> str:
    """What a finding is about."""
    return writer.names([subject.name for subject in finding.subjects])


def what(finding: Finding, writer: FindingWriter) -> str:
    """What was found, in a sentence or a few. A subject named before it is not named again."""
    parts = {name: writer.fact(fact) for name, fact in finding.facts.items()}
    match finding.kind:
        case FindingKind.RETURN | FindingKind.LOSES:
            return _return(finding, parts, writer)
        case (
            FindingKind.MISSPELT
            | FindingKind.STRAY_SPEND
            | FindingKind.CONVERTS
            | FindingKind.LARGE_BASKETS
            | FindingKind.CHANNEL
        ):
            return writer.say(finding.kind, **{**parts, "figures": _figures(finding, writer)})
        case FindingKind.UNSERVED | FindingKind.ORPHAN | FindingKind.LOAD:
            return _held(finding, parts, writer)
    return _capital(writer.say(_key(finding), **parts))


def remedy(finding: Finding, writer: FindingWriter) -> str:
    """What to do about it; nothing where it only tells."""
    if finding.kind in TELLING:
        return ""
    has_nobody = finding.kind in (FindingKind.ORPHAN, FindingKind.ORPHAN_SOURCES) and finding.facts.get("lead") is None
    parts = {name: writer.fact(fact) for name, fact in finding.facts.items()}
    return writer.say(f"do.{finding.kind}_nobody" if has_nobody else f"do.{finding.kind}", **parts)


def _key(finding: Finding) -> str:
    facts = finding.facts
    is_other = {
        FindingKind.UNTRACED: ("untracked", not facts.get("dimensions")),
        FindingKind.UNDECLARED: ("undeclared_for", facts.get("objective") is not None),
        FindingKind.ORPHAN_SOURCES: ("orphan_sources_many", len(finding.subjects) > 1),
        FindingKind.VISITS_SHORT: ("visits_short_basket", facts.get("basket") is not None),
    }
    other, is_it = is_other.get(finding.kind, ("", False))
    return other if is_it else finding.kind.value


def _return(finding: Finding, parts: dict[str, str], writer: FindingWriter) -> str:
    facts = finding.facts
    aim = facts["aim"]
    assert isinstance(aim, KpisFact)
    is_count = aim.ids != (Measure.REVENUE.value,)
    shown = {name: _each(facts[name], is_count, writer) for name in ("ratio", "low", "high")}
    result = f"{parts['result']} {parts['aim']}" if is_count else parts["result"]
    said = writer.say(
        "return_count" if is_count else finding.kind,
        **{**parts, **shown, "result": result, "range": _range(facts, shown, writer)},
    )
    return " ".join([said, *_beside(facts, writer)])


def _each(fact: Fact, is_count: bool, writer: FindingWriter) -> str:
    assert isinstance(fact, AmountFact)
    scale = 100 if is_count else 1
    return writer.number(None if fact.value is None else float(fact.value) * scale, Unit.RATIO)


def _range(facts: Mapping[str, Fact], shown: Mapping[str, str], writer: FindingWriter) -> str:
    high = facts["high"]
    assert isinstance(high, AmountFact)
    if high.value is None:
        return writer.say("range_open", low=shown["low"])
    if shown["low"] == shown["high"]:
        return writer.say("range_one")
    return writer.say("range", low=shown["low"], high=shown["high"])


def _beside(facts: Mapping[str, Fact], writer: FindingWriter) -> list[str]:
    """What bears on the comparison with others."""
    shared, ahead, peers = facts["shared"], facts["ahead"], facts["peers"]
    assert isinstance(shared, AmountFact)
    assert isinstance(ahead, tuple)
    assert isinstance(peers, tuple)
    said = []
    if shared.value and shared.value >= SHARED:
        said.append(writer.say("part_shared", shared=writer.translator.percent(Decimal(str(shared.value)))))
    if ahead:
        said.append(writer.say("part_ahead", ahead=writer.names(ahead)))
    if peers:
        said.append(_peers(peers, writer))
    return said


def _peers(peers: tuple[str, ...], writer: FindingWriter) -> str:
    if len(peers) > NAMED:
        return writer.say("part_peers_many", count=str(len(peers)))
    return writer.say("part_peers", peers=writer.translator.listed(peers))


def _figures(finding: Finding, writer: FindingWriter) -> str:
    """What came under a label."""
    known = [(name, fact) for name, fact in finding.facts.items() if name in BUILT_IN]
    text = ", ".join(f"{writer.kpi(name)} {writer.fact(fact)}" for name, fact in known)
    return writer.say("part_figures", figures=text) if text else ""


def _held(finding: Finding, parts: dict[str, str], writer: FindingWriter) -> str:
    """What an owner without anyone, or a person, stands for."""
    things = ("actions", "objectives", "sources") if finding.kind is FindingKind.LOAD else ()
    some = [writer.counted(name, fact) for name in things if _is_some(fact := finding.facts[name])]
    targets, key = writer.counted("targets", finding.facts["targets"]), finding.kind.value
    if key != FindingKind.UNSERVED and not _is_some(finding.facts["budget"]):
        key = f"{key}_free"
    return writer.say(key, **{**parts, "targets": targets, "things": writer.translator.listed(some)})


def _is_some(fact: Fact) -> bool:
    return isinstance(fact, AmountFact) and bool(fact.value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
