"""PURE. Flags and what is seen today -> what becomes of each, and why. Nothing is sent or stored here.

    inactive -> pending -> open <-> recovering -> resolved
                            |  ^
                            v  |
               acknowledged, snoozed (by hand)             any of them -> closed

Only figures of a later day confirm anything: looking twice at the same ones changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from worker.model.flag import STANDING, WATCHED, Flag, FlagReason, FlagState, FlagUpdate, Observation, Status

CONFIRM = 2  # days of figures in a row that must show a problem
LAPSE = 4  # days, a long weekend, after which a first sight that nobody could confirm is forgotten
KEEP = 3  # days of figures that must show it gone
REMIND = (7, 14, 28)  # days after it opened
ESCALATE, ESCALATE_URGENT = 3, 1  # days after a person was told
RETIRE = 14  # days after which what is acknowledged and no better is told again
WORSE = 1.5  # times the shortfall that was acknowledged
AGAIN = timedelta(days=7)  # after it was resolved, or left the plan, it is the same problem
LONG_OVER = timedelta(days=45)  # since its period ended: nobody is told of it for the first time
TURNS, TURNS_WITHIN = 4, timedelta(days=21)  # coming and going this often is flapping
STORM_SHARE, STORM_LEAST = 0.2, 10  # of everything watched, opening at once


@dataclass(frozen=True, slots=True)
class Decision:
    """What changes, and how many problems were held back because there were too many at once."""

    changes: tuple[FlagUpdate, ...]
    held: int = 0


def decide(observations: Iterable[Observation], flags: Iterable[Flag], today: date) -> Decision:
    """What becomes of every flag.

    Args:
        observations: Everything that is watched, as it is seen now.
        flags: The flags on record that may change, or come back; one for a key, its newest.
        today: The day, in the plan's zone.
    """
    seen = {observation.key: observation for observation in observations}
    known = {flag.key: flag for flag in flags}
    changes = [step(known.get(key), observation, today) for key, observation in seen.items()]
    changes += [_closed(flag) for key, flag in known.items() if key not in seen and flag.state in WATCHED]
    return _brake([change for change in changes if change is not None], len(seen))


def step(flag: Flag | None, observation: Observation, today: date) -> FlagUpdate | None:
    """What one look does to one flag; None where there is nothing to write down."""
    before = _restored(flag, today) if flag else Flag(observation.key)
    if before.state not in STANDING and _is_history(observation, today):
        return None
    match observation.status:
        case Status.UNKNOWN:
            change = _unknown(before, observation, today)
        case Status.OK:
            change = _well(before, observation, today)
        case Status.BREACH:
            change = _wrong(before, observation, today)
    if change is None or (flag is None and not change.reasons):
        return None
    after = replace(change.after, seen_on=today, inhibited_by=observation.inhibited_by)
    if observation.status is not Status.UNKNOWN:
        after = replace(after, data_date=max(observation.data_date, before.data_date or observation.data_date))
    return None if after == flag else replace(change, before=flag, after=after, observation=observation)


def _is_history(observation: Observation, today: date) -> bool:
    """Whether its period is long over: a first look at a plan finds many, and nobody can change them any more."""
    period = observation.problem.period if observation.problem else None
    return observation.is_ended and period is not None and period.end + LONG_OVER < today


def _restored(flag: Flag, today: date) -> Flag:
    """What left the plan and is back soon stands as it did: nothing is told twice, and what was answered holds."""
    if flag.state is not FlagState.CLOSED or flag.seen_on is None or today - flag.seen_on > AGAIN:
        return flag
    if flag.snoozed_until is not None and today < flag.snoozed_until:
        return replace(flag, state=FlagState.SNOOZED)
    if flag.acknowledged_on is not None:
        return replace(flag, state=FlagState.ACKNOWLEDGED)
    return flag if flag.told_on is None else replace(flag, state=FlagState.OPEN)


def _is_new(flag: Flag, observation: Observation) -> bool:
    return flag.data_date is None or observation.data_date > flag.data_date


def _unknown(flag: Flag, observation: Observation, today: date) -> FlagUpdate | None:
    """Nothing can be told: what stands stays as it is, and its time does not run; what was seen once must go on."""
    if flag.state is FlagState.PENDING:
        is_broken = not observation.inhibited_by and _is_new(flag, observation)
        return _unconfirmed(flag) if is_broken or _has_lapsed(flag, today) else None
    if flag.state not in STANDING:
        return None
    days = (today - flag.seen_on).days if flag.seen_on else 0
    return FlagUpdate(flag, replace(flag, frozen=flag.frozen + days))


def _unconfirmed(flag: Flag) -> FlagUpdate:
    quiet = replace(flag, state=FlagState.INACTIVE, confirmed=0, held_on=None)
    return FlagUpdate(flag, quiet, (FlagReason.UNCONFIRMED,))


def _has_lapsed(flag: Flag, today: date) -> bool:
    """Whether it was last told from figures too long ago to be the day before."""
    return flag.seen_on is not None and (today - flag.seen_on).days > LAPSE


def _closed(flag: Flag) -> FlagUpdate:
    return FlagUpdate(flag, replace(flag, state=FlagState.CLOSED), (FlagReason.CLOSED,))


# ---- in order ----


def _well(flag: Flag, observation: Observation, today: date) -> FlagUpdate | None:
    match flag.state:
        case FlagState.PENDING:
            is_over = observation.is_sure or _is_new(flag, observation)
            return _unconfirmed(flag) if is_over else FlagUpdate(flag, flag)
        case FlagState.OPEN | FlagState.RECOVERING | FlagState.ACKNOWLEDGED:
            return _better(flag, observation)
        case FlagState.SNOOZED if flag.snoozed_until is None or today >= flag.snoozed_until:
            return replace(_resolved(flag, observation), is_quiet=True)
        case FlagState.SNOOZED:
            return FlagUpdate(flag, flag)
    return None


def _better(flag: Flag, observation: Observation) -> FlagUpdate:
    if flag.is_fact or observation.is_sure:
        return _resolved(flag, observation)
    if not _is_new(flag, observation):
        return FlagUpdate(flag, flag)
    cleared = replace(flag, cleared=flag.cleared + 1, confirmed=0)
    if cleared.cleared >= KEEP:
        return _resolved(cleared, observation)
    if flag.state is FlagState.OPEN:
        return _turned(flag, replace(cleared, state=FlagState.RECOVERING), observation, FlagReason.RECOVERING)
    return FlagUpdate(flag, cleared)


def _resolved(flag: Flag, observation: Observation) -> FlagUpdate:
    """Gone. A fact that is none any more was corrected by its source, or by a change of the plan."""
    reason = FlagReason.CORRECTED if flag.is_fact else FlagReason.RESOLVED
    reason = FlagReason.BELIEVED if observation.is_believed else reason
    gone = replace(flag, state=FlagState.RESOLVED, resolved_on=observation.data_date, is_fact=False, cleared=0)
    return _turned(flag, gone, observation, reason)


# ---- wrong ----


def _wrong(flag: Flag, observation: Observation, today: date) -> FlagUpdate | None:
    match flag.state:
        case FlagState.OPEN:
            return _goes_on(flag, observation, today)
        case FlagState.RECOVERING:
            return _relapsed(flag, observation, today)
        case FlagState.ACKNOWLEDGED:
            return _in_hand(flag, observation, today)
        case FlagState.SNOOZED:
            return _put_off(flag, observation, today)
        case FlagState.RESOLVED if flag.resolved_on and observation.data_date - flag.resolved_on <= AGAIN:
            return _again(flag, observation, today)
        case FlagState.RESOLVED | FlagState.CLOSED:
            return _appears(Flag(flag.key, episode=flag.episode + 1), observation, today)
    return _appears(flag, observation, today)


def _appears(flag: Flag, observation: Observation, today: date) -> FlagUpdate:
    """Seen before anyone was told."""
    if flag.held_on is not None and observation.data_date <= flag.held_on:
        return FlagUpdate(flag, flag)
    if observation.is_sure:
        return _opened(flag, observation, today)
    if flag.confirmed and not _is_new(flag, observation):
        return FlagUpdate(flag, flag)
    before = 0 if _has_lapsed(flag, today) else flag.confirmed
    pending = replace(flag, state=FlagState.PENDING, confirmed=before + 1, person=_person(observation))
    if pending.confirmed >= CONFIRM:
        return _opened(pending, observation, today)
    return FlagUpdate(flag, pending, (FlagReason.NOTICED,))


def _opened(flag: Flag, observation: Observation, today: date, reason: FlagReason = FlagReason.OPENED) -> FlagUpdate:
    is_final = reason is FlagReason.OPENED and observation.is_ended
    opened = replace(
        flag,
        state=FlagState.OPEN,
        person=_person(observation),
        held_on=None,
        cleared=0,
        opened_on=today,
        is_fact=observation.is_fact,
        shortfall=observation.shortfall,
        level=0,
        reminded=0,
        frozen=0,
        acknowledged_on=None,
        snoozed_until=None,
        told_on=None,
    )
    return _turned(flag, opened, observation, FlagReason.ENDED if is_final else reason)


def _again(flag: Flag, observation: Observation, today: date) -> FlagUpdate | None:
    """Back within a week: the same problem, once its figures are new."""
    if not (observation.is_sure or _is_new(flag, observation)):
        return None
    return _opened(flag, observation, today, FlagReason.ENDED if observation.is_ended else FlagReason.AGAIN)


def _goes_on(flag: Flag, observation: Observation, today: date) -> FlagUpdate:
    """Open and still so: a fact by now, or nobody reacts."""
    going = replace(flag, person=_person(observation), cleared=0, shortfall=observation.shortfall)
    if going.person != flag.person and not (observation.is_fact and not flag.is_fact):
        return FlagUpdate(flag, replace(going, level=0, told_on=None), (FlagReason.HANDED_OVER,))
    if observation.is_fact and not flag.is_fact:
        fact = replace(going, is_fact=True, opened_on=today, reminded=0, frozen=0, told_on=None)
        return FlagUpdate(flag, fact, (FlagReason.ENDED if observation.is_ended else FlagReason.WORSENED,))
    if observation.is_ended or observation.is_told_once:  # over, and told: nobody can change it any more
        return FlagUpdate(flag, going)
    reasons: list[FlagReason] = []
    if flag.reminded < len(REMIND) and _age(flag, today) >= REMIND[flag.reminded]:
        due = sum(_age(flag, today) >= days for days in REMIND)
        going = replace(going, reminded=due)
        reasons.append(FlagReason.REMINDED)
    if flag.level + 1 < len(observation.chain) and flag.told_on is not None:
        patience = ESCALATE_URGENT if observation.is_urgent else ESCALATE
        if flag.waited(flag.told_on, today) >= patience:
            going = replace(going, level=flag.level + 1, told_on=None)
            reasons.append(FlagReason.ESCALATED)
    return FlagUpdate(flag, going, tuple(reasons))


def _age(flag: Flag, today: date) -> int:
    return flag.waited(flag.opened_on or today, today)


def _relapsed(flag: Flag, observation: Observation, today: date) -> FlagUpdate:
    """Not recovered after all: it goes on as if it had never been better."""
    if not (observation.is_sure or _is_new(flag, observation)):
        return FlagUpdate(flag, flag)
    back = _turned(flag, replace(flag, state=FlagState.OPEN), observation, FlagReason.RELAPSED)
    on = _goes_on(back.after, observation, today)
    return replace(on, reasons=(*back.reasons, *on.reasons))


def _in_hand(flag: Flag, observation: Observation, today: date) -> FlagUpdate:
    """Acknowledged: quiet, unless it becomes clearly worse or takes too long; what is over does neither."""
    if observation.is_ended and flag.is_fact:
        return FlagUpdate(flag, replace(flag, cleared=0))
    worse = observation.shortfall > (WORSE - 1e-9) * flag.shortfall > 0 or (observation.is_fact and not flag.is_fact)
    is_old = flag.acknowledged_on is not None and flag.waited(flag.acknowledged_on, today) > RETIRE
    if not (worse or is_old):
        return FlagUpdate(flag, replace(flag, cleared=0))
    opened = _opened(flag, observation, today).after
    reason = (
        FlagReason.ENDED
        if observation.is_ended and not flag.is_fact
        else FlagReason.WORSENED
        if worse
        else FlagReason.STILL
    )
    return FlagUpdate(flag, replace(opened, turns=flag.turns), (reason,))


def _put_off(flag: Flag, observation: Observation, today: date) -> FlagUpdate:
    if flag.snoozed_until is not None and today < flag.snoozed_until:
        return FlagUpdate(flag, replace(flag, cleared=0))
    opened = _opened(flag, observation, today).after
    back = replace(opened, turns=flag.turns, snoozed_until=flag.snoozed_until)
    return FlagUpdate(flag, back, (FlagReason.REMINDED,))


def addressees(change: FlagUpdate, reason: FlagReason) -> tuple[str, ...]:
    """Who is told of a change that tells of something wrong: the persons down to the level it has reached."""
    chain, level = change.observation.chain if change.observation else (), change.after.level
    match reason:
        case FlagReason.ESCALATED:
            return chain[level : level + 1]
        case FlagReason.OPENED | FlagReason.REMINDED:
            return chain[:1]
    return chain[: level + 1]


def _person(observation: Observation) -> str:
    return observation.chain[0] if observation.chain else ""


# ---- too often, too many ----


def _turned(before: Flag, after: Flag, observation: Observation, reason: FlagReason) -> FlagUpdate:
    """It came or went: who does so too often is not told each time."""
    recent = [day for day in before.turns if observation.data_date - day < TURNS_WITHIN]
    turns = (*recent, observation.data_date)
    is_flapping = len(turns) >= TURNS and not (before.is_fact or after.is_fact)  # facts are told
    return FlagUpdate(before, replace(after, turns=turns), (reason,), is_quiet=is_flapping)


def _brake(changes: Sequence[FlagUpdate], watched: int) -> Decision:
    """Many problems opening at once are probably one, of the figures: they wait for a further day to confirm them."""
    opening = [one for one in changes if _opens(one) and (one.before is None or one.before.held_on is None)]
    if len(opening) < STORM_LEAST or len(opening) <= STORM_SHARE * watched:
        return Decision(tuple(changes))
    held = {change.after.key: _held(change) for change in opening}
    return Decision(tuple(held.get(one.after.key, one) for one in changes), len(held))


def _opens(change: FlagUpdate) -> bool:
    return FlagReason.OPENED in change.reasons


def _held(change: FlagUpdate) -> FlagUpdate:
    """Kept pending, one confirmation short."""
    after, observation = change.after, change.observation
    assert observation is not None
    waiting = Flag(
        key=after.key,
        state=FlagState.PENDING,
        id=after.id,
        episode=after.episode,
        person=after.person,
        confirmed=CONFIRM - 1,
        data_date=after.data_date,
        seen_on=after.seen_on,
        held_on=observation.data_date,
        turns=after.turns[:-1],
    )
    return replace(change, after=waiting, reasons=(FlagReason.HELD,), is_quiet=False)
