"""PURE. Who is responsible for what, with which money, and what nobody is responsible for."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from config.vocabulary import Scope, Unit
from worker.model.finding import AmountFact, Finding, FindingKind, FindingSubject, Question, Weight
from worker.model.plan_figures import Owner, PlanFigures, total_of

MOST = Decimal("0.5")  #: of the money, or of the actions where no money is known: then a deputy is needed
FEW = 3  #: responsibilities, below which nobody holds most of a plan


@dataclass(frozen=True, slots=True)
class _Share:
    """What one person is responsible for that is not over."""

    id: str
    owners: tuple[tuple[FindingSubject, Owner], ...]
    sources: tuple[str, ...]
    money: Decimal | None

    @property
    def targets(self) -> int:
        return sum(len(owner.targets) for _, owner in self.owners)

    def count(self, scope: Scope) -> int:
        return sum(subject.scope is scope for subject, _ in self.owners)


def responsibility(figures: PlanFigures) -> list[Finding]:
    """What is without anyone, who is without a deputy or without anything, then what each person holds."""
    current = [(subject, owner) for subject, owner in figures.owners() if not figures.is_over(owner)]
    shares = [_share(figures, id, current) for id in figures.plan.people]
    return [
        *_orphans(figures),
        *_orphan_sources(figures),
        *_without_deputy(figures, shares, current),
        *_idle(figures, shares),
        *(_load(figures, share) for share in shares if share.owners or share.sources),
    ]


def _share(figures: PlanFigures, id: str, current: list[tuple[FindingSubject, Owner]]) -> _Share:
    owners = tuple((subject, owner) for subject, owner in current if owner.responsible == id)
    sources = tuple(source for source, who in figures.sources.items() if who == id)
    return _Share(id, owners, sources, _money(figures, owners))


def _money(figures: PlanFigures, owners: tuple[tuple[FindingSubject, Owner], ...]) -> Decimal | None:
    """The budgets of the actions among them: an objective has none of its own."""
    return total_of(figures.budget(owner) for _, owner in owners)


def _person(figures: PlanFigures, id: str) -> FindingSubject:
    return FindingSubject(Scope.PERSON, id, figures.plan.people[id].name)


def _orphans(figures: PlanFigures) -> Iterator[Finding]:
    """Actions and objectives that nobody is responsible for; past ones too, as nobody can say how they went."""
    lead = figures.plan.lead_id
    for subject, owner in figures.owners():
        if owner.responsible is None:
            weight = Weight.DOUBT if figures.is_over(owner) else Weight.WRONG
            facts = {
                "targets": AmountFact(len(owner.targets), Unit.COUNT),
                "budget": AmountFact(figures.budget(owner), Unit.MONEY),
                "lead": figures.plan.people[lead].name if lead else None,
            }
            money = figures.money(owner)
            yield Finding(Question.RESPONSIBILITY, FindingKind.ORPHAN, (subject,), weight, facts, money)


def _orphan_sources(figures: PlanFigures) -> Iterator[Finding]:
    nobodys = tuple(FindingSubject(Scope.SOURCE, id, id) for id, who in figures.sources.items() if who is None)
    if nobodys:
        lead = figures.plan.lead_id
        facts = {"lead": figures.plan.people[lead].name if lead else None}
        yield Finding(Question.RESPONSIBILITY, FindingKind.ORPHAN_SOURCES, nobodys, Weight.DOUBT, facts)


def _without_deputy(
    figures: PlanFigures, shares: list[_Share], current: list[tuple[FindingSubject, Owner]]
) -> Iterator[Finding]:
    money = _money(figures, tuple(current))
    for share in shares:
        if figures.plan.people[share.id].deputy is not None or len(share.owners) < FEW:
            continue
        held = share.money / money if share.money is not None and money else Decimal(len(share.owners)) / len(current)
        if held > MOST:
            facts = {
                "part": AmountFact(held, Unit.SHARE),
                "things": AmountFact(len(share.owners), Unit.COUNT),
                "budget": AmountFact(share.money, Unit.MONEY),
            }
            who = (_person(figures, share.id),)
            yield Finding(Question.RESPONSIBILITY, FindingKind.NO_DEPUTY, who, Weight.DOUBT, facts, share.money)


def _idle(figures: PlanFigures, shares: list[_Share]) -> Iterator[Finding]:
    deputies = {person.deputy for person in figures.plan.people.values()}
    nothing = [share.id for share in shares if not share.owners and not share.sources]
    idle = tuple(_person(figures, id) for id in nothing if id not in deputies and id != figures.plan.lead_id)
    if idle:
        yield Finding(Question.RESPONSIBILITY, FindingKind.IDLE, idle, Weight.NOTE)


def _load(figures: PlanFigures, share: _Share) -> Finding:
    facts = {
        "actions": AmountFact(share.count(Scope.ACTION), Unit.COUNT),
        "objectives": AmountFact(share.count(Scope.OBJECTIVE), Unit.COUNT),
        "sources": AmountFact(len(share.sources), Unit.COUNT),
        "targets": AmountFact(share.targets, Unit.COUNT),
        "budget": AmountFact(share.money, Unit.MONEY),
    }
    return Finding(
        Question.RESPONSIBILITY, FindingKind.LOAD, (_person(figures, share.id),), Weight.NOTE, facts, share.money
    )
