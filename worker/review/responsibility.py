"""PURE. Who answers for what, with which money, and what nobody answers for."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from config.vocabulary import Scope, Unit
from worker.model.finding import Amount, Finding, Kind, Question, Subject, Weight
from worker.model.plan_figures import Ground, Owner, total_of

MOST = Decimal("0.5")  #: of the money, or of the actions where no money is known: then a deputy is needed
FEW = 3  #: things to answer for, below which nobody holds most of a plan


@dataclass(frozen=True, slots=True)
class _Share:
    """What one person answers for that is not over."""

    id: str
    owners: tuple[tuple[Subject, Owner], ...]
    sources: tuple[str, ...]
    money: Decimal | None

    @property
    def targets(self) -> int:
        return sum(len(owner.targets) for _, owner in self.owners)

    def count(self, scope: Scope) -> int:
        return sum(subject.scope is scope for subject, _ in self.owners)


def responsibility(ground: Ground) -> list[Finding]:
    """What is without anyone, who is without a deputy or without anything, then what each person holds."""
    current = [(subject, owner) for subject, owner in ground.owners() if not ground.is_over(owner)]
    shares = [_share(ground, id, current) for id in ground.plan.people]
    return [
        *_orphans(ground),
        *_orphan_sources(ground),
        *_without_deputy(ground, shares, current),
        *_idle(ground, shares),
        *(_load(ground, share) for share in shares if share.owners or share.sources),
    ]


def _share(ground: Ground, id: str, current: list[tuple[Subject, Owner]]) -> _Share:
    owners = tuple((subject, owner) for subject, owner in current if owner.responsible == id)
    sources = tuple(source for source, who in ground.sources.items() if who == id)
    return _Share(id, owners, sources, _money(ground, owners))


def _money(ground: Ground, owners: tuple[tuple[Subject, Owner], ...]) -> Decimal | None:
    """The budgets of the actions among them: an objective has none of its own."""
    return total_of(ground.budget(owner) for _, owner in owners)


def _person(ground: Ground, id: str) -> Subject:
    return Subject(Scope.PERSON, id, ground.plan.people[id].name)


def _orphans(ground: Ground) -> Iterator[Finding]:
    """Actions and objectives that nobody answers for; those of the past, too, as nobody can say how they went."""
    lead = ground.plan.lead_id
    for subject, owner in ground.owners():
        if owner.responsible is None:
            weight = Weight.DOUBT if ground.is_over(owner) else Weight.WRONG
            facts = {
                "targets": Amount(len(owner.targets), Unit.COUNT),
                "budget": Amount(ground.budget(owner), Unit.MONEY),
                "lead": ground.plan.people[lead].name if lead else None,
            }
            money = ground.money(owner)
            yield Finding(Question.RESPONSIBILITY, Kind.ORPHAN, (subject,), weight, facts, money)


def _orphan_sources(ground: Ground) -> Iterator[Finding]:
    nobodys = tuple(Subject(Scope.SOURCE, id, id) for id, who in ground.sources.items() if who is None)
    if nobodys:
        lead = ground.plan.lead_id
        facts = {"lead": ground.plan.people[lead].name if lead else None}
        yield Finding(Question.RESPONSIBILITY, Kind.ORPHAN_SOURCES, nobodys, Weight.DOUBT, facts)


def _without_deputy(ground: Ground, shares: list[_Share], current: list[tuple[Subject, Owner]]) -> Iterator[Finding]:
    money = _money(ground, tuple(current))
    for share in shares:
        if ground.plan.people[share.id].deputy is not None or len(share.owners) < FEW:
            continue
        held = share.money / money if share.money is not None and money else Decimal(len(share.owners)) / len(current)
        if held > MOST:
            facts = {
                "part": Amount(held, Unit.SHARE),
                "things": Amount(len(share.owners), Unit.COUNT),
                "budget": Amount(share.money, Unit.MONEY),
            }
            who = (_person(ground, share.id),)
            yield Finding(Question.RESPONSIBILITY, Kind.NO_DEPUTY, who, Weight.DOUBT, facts, share.money)


def _idle(ground: Ground, shares: list[_Share]) -> Iterator[Finding]:
    deputies = {person.deputy for person in ground.plan.people.values()}
    nothing = [share.id for share in shares if not share.owners and not share.sources]
    idle = tuple(_person(ground, id) for id in nothing if id not in deputies and id != ground.plan.lead_id)
    if idle:
        yield Finding(Question.RESPONSIBILITY, Kind.IDLE, idle, Weight.NOTE)


def _load(ground: Ground, share: _Share) -> Finding:
    facts = {
        "actions": Amount(share.count(Scope.ACTION), Unit.COUNT),
        "objectives": Amount(share.count(Scope.OBJECTIVE), Unit.COUNT),
        "sources": Amount(len(share.sources), Unit.COUNT),
        "targets": Amount(share.targets, Unit.COUNT),
        "budget": Amount(share.money, Unit.MONEY),
    }
    return Finding(Question.RESPONSIBILITY, Kind.LOAD, (_person(ground, share.id),), Weight.NOTE, facts, share.money)
