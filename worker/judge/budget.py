"""PURE. A budget, its period, what is spent and what is still to come -> a verdict."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_DOWN, Decimal

from config.periods import DAY, Window
from config.plan import Budget, Cost, CostState
from config.thresholds import Judging
from config.vocabulary import Unit
from worker.judge.budget_outlook import SpendHistory, Spending, has_stopped, spending_of
from worker.model.rounding import rounded
from worker.model.verdict import (
    MISSING,
    Figure,
    Judgement,
    Outlook,
    Phase,
    Subject,
    UnknownPart,
    Unseen,
    Verdict,
    VerdictReason,
)

BUDGET = "budget"  #: a budget's key among the subjects of its owner

SURE = 2  # standard deviations of the rest: how sure a look ahead must be
LEAST = Decimal("0.005")  # of the amount: less is no news, however sure and however near the end
SLACK = 2  # times what is material: money not yet spent is no emergency
SOON = 3  # days: a period that has just begun is not missing its figures
PATIENCE = 7  # days, and ...
PATIENT_PART = 0.2  # ... of the period, before too little is spent

UNSEEN = (VerdictReason.UNSEEN, VerdictReason.NOT_SEEN_YET)

_CENT = Decimal("0.01")
_MATERIAL = Judging().material


@dataclass(frozen=True, slots=True)
class ToCome:
    """Money of a period not spent yet."""

    committed: Decimal
    planned: Decimal


@dataclass(frozen=True, slots=True)
class Left:
    """What is left of the periods before, added to the running one.

    Where it is not known, ``amount`` is the most that can be left.
    """

    amount: Decimal = Decimal(0)
    is_known: bool = True


_NOTHING_LEFT = Left()


def costs_ahead(costs: Iterable[Cost], period: Window, day: date, today: date | None = None) -> ToCome:
    """What the costs of a period still hold at the end of a day; what was paid from then to ``today`` is committed."""
    sums = {state: Decimal(0) for state in CostState}
    for cost in costs:
        if cost.on in period:
            is_paid_since = day < cost.on <= (today or day) and cost.state_on(cost.on) is CostState.PAID
            sums[CostState.COMMITTED if is_paid_since else cost.state_on(day)] += cost.amount
    return ToCome(sums[CostState.COMMITTED], sums[CostState.PLANNED])


def paid_costs(costs: Iterable[Cost], days: Window, day: date) -> Decimal:
    """What the plan notes as paid on some days, up to one of them."""
    paid = (cost for cost in costs if cost.on in days and cost.on <= day and cost.state_on(day) is CostState.PAID)
    return sum((cost.amount for cost in paid), Decimal(0))


def left_over(amount: Decimal, before: Iterable[tuple[Figure, ToCome]]) -> Left:
    """What is left of the periods before, the oldest first, each with its spend and what is committed in it.

    What a period spends too much eats what was left until then, and no more: it was told in its own time.
    """
    left, is_known = Decimal(0), True
    for spent, coming in before:
        left = max(Decimal(0), left + amount - (spent.value or Decimal(0)) - coming.committed)
        is_known = is_known and spent.value is not None and spent.state != MISSING
    return Left(left, is_known)


@dataclass(frozen=True, slots=True)
class BudgetQuestion:
    """One period of a budget, with all that is known of it but the spend of its days.

    ``spent``, ``coming`` and ``paid`` are as of one day: of a running period yesterday, or the last one delivered.
    """

    subject: Subject
    budget: Budget
    period: Window
    currency: str
    spent: Figure
    coming: ToCome
    paid: Decimal = Decimal(0)  #: of what is spent, the plan's own costs
    with_today: "BudgetQuestion | None" = None  #: the same as far as it is known
    left: Left = _NOTHING_LEFT  #: from the periods before, of a budget that rolls over
    unseen: Unseen | None = None  #: labels that no spend has ever carried: only the plan's own costs are known
    missing: tuple[str, ...] = ()  #: sources that did not deliver the whole period
    unknown: UnknownPart | None = None  #: what they left unknown of it
    has_source: bool = True
    is_simulated: bool = False
    is_ceiling: bool = False  #: it is fine to leave it unspent
    material: Decimal = _MATERIAL  #: what the plan cares for


@dataclass(frozen=True, slots=True)
class Silence:
    """No spend on the last settled days of those on which it usually spends."""

    is_due: bool  #: it is at work, and a source reports what it spends: somebody must be told
    has_spent: bool  #: the sources reported spend of it before
    data_date: date | None


@dataclass(frozen=True, slots=True)
class _Account:
    """A budget's period in figures."""

    asked: BudgetQuestion
    ahead: Spending | None
    silence: Silence | None = None

    @property
    def amount(self) -> Decimal:
        return self.asked.budget.amount

    @property
    def left(self) -> Left:
        return self.asked.left

    @property
    def spent(self) -> Figure:
        return self.asked.spent

    @property
    def coming(self) -> ToCome:
        return self.asked.coming

    @property
    def period(self) -> Window:
        return self.asked.period

    @property
    def known(self) -> Decimal:
        return self.spent.value or Decimal(0)

    @property
    def used(self) -> Decimal:
        """What cannot be spent any more."""
        return self.known + self.coming.committed

    @property
    def allowed(self) -> Decimal:
        """The budget, with what is known to be left from before."""
        return self.amount + (self.left.amount if self.left.is_known else Decimal(0))

    @property
    def most(self) -> Decimal:
        """What is allowed whatever may come to light."""
        return self.amount + self.left.amount

    @property
    def without_rest(self) -> Decimal:
        return self.used + self.coming.planned

    @property
    def own_costs(self) -> Decimal:
        """What the plan itself notes of the period, paid or to come."""
        return self.asked.paid + self.coming.committed + self.coming.planned

    @property
    def projected(self) -> Decimal:
        """What is spent at the end of the period, as far as can be told now."""
        if self.ahead is None:
            return self.without_rest
        return max(self.without_rest, self.own_costs + _money(self.ahead.end))

    def band(self, share: Decimal) -> Decimal:
        """How far it may end beside the budget without a word: less and less, down to the noise of its days.

        ``share`` is what is material, beside what chance can still do.
        """
        assert self.ahead is not None
        floor = max(_money(SURE * self.ahead.chance), self.allowed * LEAST)
        return max(floor, self.allowed * share + _money(SURE * self.ahead.spread))

    @property
    def is_too_fast(self) -> bool:
        """Whether too much is spent at the end: what is material shrinks with the money still to come."""
        if self.ahead is None or self.projected <= self.most:
            return False
        open_part = 1 - self.without_rest / self.projected
        return self.projected - self.most > self.band(self.asked.material * open_part)

    @property
    def is_too_slow(self) -> bool:
        """Whether much is left at the end, and there are days to spend it."""
        return self.ahead is not None and self.allowed - self.projected > self.band(self.asked.material * SLACK)


def judge_budget(asked: BudgetQuestion, today: date, history: SpendHistory | None = None) -> Judgement:
    """Judge one period of a budget. Over is said as soon as it is known, whatever else is missing.

    Without ``history`` nothing is said ahead.
    """
    if asked.with_today and _fact(_Account(asked.with_today, None), today)[0] is Verdict.OVER:
        asked = asked.with_today
    period, is_running = asked.period, asked.period.start <= today < asked.period.end
    silence, ahead, is_known = None, None, history is not None and not asked.unseen
    if history is not None and not asked.unseen:
        silence = _silence(history, period, today)
        if is_running and asked.spent.value is not None and not silence:
            ahead = spending_of(history, period, float(asked.budget.amount))
    if ahead is None and asked.with_today:  # no pace stands beside what is spent
        asked = asked.with_today
    account = _Account(asked, ahead, silence)
    verdict, reason = _fact(account, today)
    if asked.unseen and verdict in (None, Verdict.NO_DATA):
        verdict, reason = asked.unseen.verdict
    if verdict is None:
        verdict, reason = _look_ahead(account, today, is_known=is_known)
    if reason is VerdictReason.NOTHING_KNOWN and not asked.has_source:
        reason = VerdictReason.NO_SOURCE
    elif reason is VerdictReason.NOTHING_KNOWN and is_running and (today - period.start).days < SOON:
        verdict, reason = Verdict.NOT_STARTED, VerdictReason.NOT_YET
    is_fact = period.end <= today or verdict is Verdict.OVER
    high = account.most if verdict is Verdict.OVER else account.allowed
    is_lacking = reason in (VerdictReason.NOTHING_KNOWN, VerdictReason.PARTLY_KNOWN, VerdictReason.LEFT_UNKNOWN)
    return Judgement(
        subject=asked.subject,
        period=period,
        per=asked.budget.per,
        verdict=verdict,
        phase=Phase.OUTCOME if is_fact else Phase.OUTLOOK,
        reason=reason,
        figure=asked.spent,
        unit=Unit.MONEY,
        currency=asked.currency,
        high=high,
        committed=asked.coming.committed,
        projected=None if asked.spent.value is None or reason in UNSEEN else account.projected,
        carried=high - asked.budget.amount,
        lacking=asked.missing if is_lacking else (),
        unknown=asked.unknown if reason is VerdictReason.PART_UNKNOWN else None,
        unseen=asked.unseen.labels if asked.unseen and reason in UNSEEN else (),
        is_simulated=asked.is_simulated,
        outlook=None if is_fact else _outlook(account),
    )


def _silence(history: SpendHistory, period: Window, today: date) -> Silence | None:
    if not has_stopped(history.days, period, history.live, history.expect, history.others):
        return None
    is_due = history.is_due(today) and (history.has_spent or _has_waited(history, period, today))
    return Silence(is_due, history.has_spent, history.data_date)


def _has_waited(history: SpendHistory, period: Window, today: date) -> bool:
    """Whether what never spent has been at work for so long that it should have: first days may bring nothing."""
    first = min((window.start for window in history.live or ()), default=period.start)
    return (today - first).days >= max(PATIENCE, PATIENT_PART * len(period))


def _fact(account: _Account, today: date) -> tuple[Verdict | None, VerdictReason]:
    """What needs no look ahead; no verdict where there is no such thing."""
    if account.period.start > today:
        return Verdict.NOT_STARTED, VerdictReason.BEFORE
    if account.known > account.most:
        return Verdict.OVER, VerdictReason.OVER
    if account.used > account.most:
        return Verdict.OVER, VerdictReason.OVER_COMMITTED
    if account.used > account.allowed:
        return Verdict.NO_DATA, VerdictReason.LEFT_UNKNOWN
    if account.spent.value is None:
        return Verdict.NO_DATA, VerdictReason.NOTHING_KNOWN
    if account.asked.unknown:
        return Verdict.NO_DATA, VerdictReason.PART_UNKNOWN
    if account.spent.state == MISSING and account.period.end <= today:
        return Verdict.NO_DATA, VerdictReason.PARTLY_KNOWN
    if account.without_rest > account.most:
        return Verdict.OVERSPENDING, VerdictReason.OVER_PLANNED
    return None, VerdictReason.WITHIN


def _look_ahead(account: _Account, today: date, *, is_known: bool) -> tuple[Verdict, VerdictReason]:
    """What the spend so far says of the end. ``is_known``: what each of its days cost."""
    is_over, has_run = account.period.end <= today, account.period.start + DAY <= today
    silence, is_silent = account.silence, account.silence is not None
    if not is_known or is_over:
        is_silent = has_run and account.spent.state != MISSING and not account.without_rest
    if is_silent and account.amount and not account.without_rest:
        return Verdict.NO_SPEND, VerdictReason.NOTHING_SPENT
    if is_over:
        return Verdict.WITHIN, VerdictReason.WITHIN
    has_money = account.allowed - account.without_rest > account.allowed * account.asked.material
    if silence and silence.is_due and has_money and not account.asked.is_ceiling:
        return Verdict.NO_SPEND, VerdictReason.STOPPED if silence.has_spent else VerdictReason.NEVER_SPENT
    if account.is_too_fast:
        return Verdict.OVERSPENDING, VerdictReason.TOO_FAST
    if not account.asked.is_ceiling and account.is_too_slow and _is_patient(account, today):
        return Verdict.UNDERSPENDING, VerdictReason.TOO_SLOW
    return Verdict.WITHIN, VerdictReason.WITHIN


def _is_patient(account: _Account, today: date) -> bool:
    """Whether enough has passed to speak of too little, and there is time to spend more."""
    ahead, period = account.ahead, account.period
    if ahead is None or not ahead.is_fed or not ahead.days_left:
        return False
    return (today - ahead.first(period)).days >= max(PATIENCE, PATIENT_PART * len(period))


def _outlook(account: _Account) -> Outlook | None:
    ahead, silence = account.ahead, account.silence
    if silence and silence.is_due and silence.data_date and not account.asked.is_ceiling:
        return Outlook(data_date=silence.data_date, expected=account.projected)
    if ahead is None:
        return None
    once = _money(ahead.charges.seen + ahead.charges.due)
    due = (account.allowed - account.own_costs - once) * Decimal(str(ahead.due)) + _money(ahead.charges.seen)
    other = float(account.own_costs)
    low, high = (_money(value + other) for value in ahead.interval())
    return Outlook(
        data_date=ahead.data_date,
        as_of=ahead.until - DAY,
        pace=rounded(max(Decimal(0), account.asked.paid + due), _CENT),
        expected=account.projected,
        low=max(low, account.without_rest),
        high=max(high, account.without_rest),
        chance=1 - ahead.above(float(account.most) - other),
        suggested=_suggested(account, ahead),
        days_left=ahead.days_left,
    )


def _suggested(account: _Account, ahead: Spending) -> Decimal | None:
    """What can be spent on each day left; None where there is neither a day nor money left."""
    left = account.allowed - account.without_rest - _money(ahead.unreported + ahead.charges.due)
    days = ahead.days_left
    return rounded(left / days, _CENT, ROUND_DOWN) if days and left > 0 else None


def _money(amount: float) -> Decimal:
    return rounded(Decimal(repr(amount)), _CENT)
