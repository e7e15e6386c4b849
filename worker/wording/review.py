"""PURE. What the review found, in words: about whom, what it is, what to do about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from config.plan import Kpi
from config.techniques import techniques
from config.vocabulary import BUILT_IN, Measure, Unit
from worker.model.finding import Amount, Fact, Finding, Kind, Kpis, Technique
from worker.wording.sentences import inside, kpi_name
from worker.wording.translator import Words

NAMED = 3  #: of many names; the others are counted
SHARED = Decimal("0.01")  #: of a result, below which it is no matter that others count it as well

#: kinds that only tell, and ask for nothing
TELLING = frozenset({Kind.RETURN, Kind.LOAD, Kind.REACHABLE_UNTIL, Kind.REACH_UNKNOWN})


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language, and what the plan calls things."""

    words: Words
    kpis: Mapping[str, Kpi]
    currency: str

    def say(self, key: str, **parts: str) -> str:
        """A saying of the review."""
        return self.words.say(f"review.{key}", **parts)

    def fact(self, fact: Fact) -> str:
        """A fact as text."""
        match fact:
            case Amount(value, unit):
                return self.number(value, unit)
            case Kpis(ids):
                return self.words.listed(self.kpi(id) for id in ids)
            case Technique(id):
                return str(getattr(techniques()[id].name, self.words.language))
            case date():
                return self.words.day(fact)
            case tuple():
                return self.words.listed(fact)
        return fact or self.words.say("unknown")

    def kpi(self, id: str) -> str:
        """A KPI's or measure's name inside a sentence."""
        return inside(kpi_name(self.kpis[id], self.words)) if id in self.kpis else id.replace("_", " ")

    def number(self, value: float | Decimal | None, unit: Unit) -> str:
        """A number as people write it, without digits that mean nothing."""
        if value is None:
            return self.words.say("unknown")
        exact = Decimal(str(round(value, 4)))
        if unit is Unit.COUNT and abs(exact) >= 10:
            exact = exact.quantize(Decimal(1))
        return self.words.number(exact, unit, self.currency)

    def names(self, names: Sequence[str]) -> str:
        """Names; of many only the first."""
        if len(names) <= NAMED + 1:
            return self.words.listed(names)
        return self.say("others", names=", ".join(names[:NAMED]), count=str(len(names) - NAMED))

    def counted(self, what: str, amount: Fact) -> str:
        """So many of something: ``1 action``, ``2 actions``."""
        assert isinstance(amount, Amount)
        count = int(amount.value or 0)
        is_one = count < 2 if self.words.language == "fr" else count == 1
        return self.say(f"count.{what}_one" if is_one else f"count.{what}", count=self.number(count, Unit.COUNT))


def who(finding: Finding, tongue: Tongue) -> str:
    """What a finding is about."""
    return tongue.names([subject.name for subject in finding.subjects])


def what(finding: Finding, tongue: Tongue) -> str:
    """What was found, in a sentence or a few. A subject named before it is not named again."""
    parts = {name: tongue.fact(fact) for name, fact in finding.facts.items()}
    match finding.kind:
        case Kind.RETURN | Kind.LOSES:
            return _return(finding, parts, tongue)
        case Kind.MISSPELT | Kind.STRAY_SPEND | Kind.CONVERTS | Kind.LARGE_BASKETS | Kind.CHANNEL:
            return tongue.say(finding.kind, **{**parts, "figures": _figures(finding, tongue)})
        case Kind.UNSERVED | Kind.ORPHAN | Kind.LOAD:
            return _held(finding, parts, tongue)
    return _capital(tongue.say(_key(finding), **parts))


def remedy(finding: Finding, tongue: Tongue) -> str:
    """What to do about it; nothing where it only tells."""
    if finding.kind in TELLING:
        return ""
    has_nobody = finding.kind in (Kind.ORPHAN, Kind.ORPHAN_SOURCES) and finding.facts.get("lead") is None
    parts = {name: tongue.fact(fact) for name, fact in finding.facts.items()}
    return tongue.say(f"do.{finding.kind}_nobody" if has_nobody else f"do.{finding.kind}", **parts)


def _key(finding: Finding) -> str:
    facts = finding.facts
    is_other = {
        Kind.UNTRACED: ("untracked", not facts.get("dimensions")),
        Kind.UNDECLARED: ("undeclared_for", facts.get("objective") is not None),
        Kind.ORPHAN_SOURCES: ("orphan_sources_many", len(finding.subjects) > 1),
        Kind.VISITS_SHORT: ("visits_short_basket", facts.get("basket") is not None),
    }
    other, is_it = is_other.get(finding.kind, ("", False))
    return other if is_it else finding.kind.value


def _return(finding: Finding, parts: dict[str, str], tongue: Tongue) -> str:
    facts = finding.facts
    aim = facts["aim"]
    assert isinstance(aim, Kpis)
    is_count = aim.ids != (Measure.REVENUE.value,)
    shown = {name: _each(facts[name], is_count, tongue) for name in ("ratio", "low", "high")}
    result = f"{parts['result']} {parts['aim']}" if is_count else parts["result"]
    said = tongue.say(
        "return_count" if is_count else finding.kind,
        **{**parts, **shown, "result": result, "range": _range(facts, shown, tongue)},
    )
    return " ".join([said, *_beside(facts, tongue)])


def _each(fact: Fact, is_count: bool, tongue: Tongue) -> str:
    assert isinstance(fact, Amount)
    scale = 100 if is_count else 1
    return tongue.number(None if fact.value is None else float(fact.value) * scale, Unit.RATIO)


def _range(facts: Mapping[str, Fact], shown: Mapping[str, str], tongue: Tongue) -> str:
    high = facts["high"]
    assert isinstance(high, Amount)
    if high.value is None:
        return tongue.say("range_open", low=shown["low"])
    if shown["low"] == shown["high"]:
        return tongue.say("range_one")
    return tongue.say("range", low=shown["low"], high=shown["high"])


def _beside(facts: Mapping[str, Fact], tongue: Tongue) -> list[str]:
    """What bears on the comparison with others."""
    shared, ahead, peers = facts["shared"], facts["ahead"], facts["peers"]
    assert isinstance(shared, Amount)
    assert isinstance(ahead, tuple)
    assert isinstance(peers, tuple)
    said = []
    if shared.value and shared.value >= SHARED:
        said.append(tongue.say("part_shared", shared=tongue.words.percent(Decimal(str(shared.value)))))
    if ahead:
        said.append(tongue.say("part_ahead", ahead=tongue.names(ahead)))
    if peers:
        said.append(_peers(peers, tongue))
    return said


def _peers(peers: tuple[str, ...], tongue: Tongue) -> str:
    if len(peers) > NAMED:
        return tongue.say("part_peers_many", count=str(len(peers)))
    return tongue.say("part_peers", peers=tongue.words.listed(peers))


def _figures(finding: Finding, tongue: Tongue) -> str:
    """What came under a label."""
    known = [(name, fact) for name, fact in finding.facts.items() if name in BUILT_IN]
    text = ", ".join(f"{tongue.kpi(name)} {tongue.fact(fact)}" for name, fact in known)
    return tongue.say("part_figures", figures=text) if text else ""


def _held(finding: Finding, parts: dict[str, str], tongue: Tongue) -> str:
    """What an owner without anyone, or a person, stands for."""
    things = ("actions", "objectives", "sources") if finding.kind is Kind.LOAD else ()
    some = [tongue.counted(name, fact) for name in things if _is_some(fact := finding.facts[name])]
    targets, key = tongue.counted("targets", finding.facts["targets"]), finding.kind.value
    if key != Kind.UNSERVED and not _is_some(finding.facts["budget"]):
        key = f"{key}_free"
    return tongue.say(key, **{**parts, "targets": targets, "things": tongue.words.listed(some)})


def _is_some(fact: Fact) -> bool:
    return isinstance(fact, Amount) and bool(fact.value)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
