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

from worker.model.flag import STANDING, WATCHED, Change, Flag, FlagState, Reason, Sight, Sign

CONFIRM = 2  # days of figures that must show a problem
KEEP = 3  # days of figures that must show it gone
REMIND = (7, 14, 28)  # days after it opened
ESCALATE, ESCALATE_URGENT = 3, 1  # days after a person was told
RETIRE = 14  # days after which what is in hand and no better is told again
WORSE = 1.5  # times the shortfall that was acknowledged
AGAIN = timedelta(days=7)  # after it was resolved it is the same problem
TURNS, TURNS_WITHIN = 4, timedelta(days=21)  # coming and going this often is flapping
STORM_SHARE, STORM_LEAST = 0.2, 10  # of everything watched, opening at once


@dataclass(frozen=True, slots=True)
class Decision:
    """What changes, and how many problems were held back because there were too many at once."""

    changes: tuple[Change, ...]
    held: int = 0


def decide(sights: Iterable[Sight], flags: Iterable[Flag], today: date) -> Decision:
    """What becomes of every flag.

    Args:
        sights: Everything that is watched, as it is seen now.
        flags: The flags on record that may change, or come back; one for a key, its newest.
        today: The day, in the plan's zone.
    """
    seen = {sight.key: sight for sight in sights}
    known = {flag.key: flag for flag in flags}
    changes = [step(known.get(key), sight, today) for key, sight in seen.items()]
    changes += [_closed(flag) for key, flag in known.items() if key not in seen and flag.state in WATCHED]
    return _brake([change for change in changes if change is not None], len(seen))


def step(flag: Flag | None, sight: Sight, today: date) -> Change | None:
    """What one look does to one flag; None where there is nothing to write down."""
    before = flag or Flag(sight.key)
    match sight.sign:
        case Sign.UNKNOWN:
            change = _unknown(before, today)
        case Sign.OK:
            change = _well(before, sight, today)
        case Sign.BREACH:
            change = _wrong(before, sight, today)
    if change is None or (flag is None and not change.reasons):
        return None
    after = replace(change.after, seen_on=today, inhibited_by=sight.inhibited_by)
    if sight.sign is not Sign.UNKNOWN:
        after = replace(after, data_date=max(sight.data_date, before.data_date or sight.data_date))
    return None if after == flag else replace(change, before=flag, after=after, sight=sight)


def _is_new(flag: Flag, sight: Sight) -> bool:
    return flag.data_date is None or sight.data_date > flag.data_date


def _unknown(flag: Flag, today: date) -> Change | None:
    """Nothing can be told: the flag stays as it is, and its time does not run."""
    if flag.state not in STANDING:
        return None
    days = (today - flag.seen_on).days if flag.seen_on else 0
    return Change(flag, replace(flag, frozen=flag.frozen + days))


def _closed(flag: Flag) -> Change:
    return Change(flag, replace(flag, state=FlagState.CLOSED), (Reason.CLOSED,))


# ---- in order ----


def _well(flag: Flag, sight: Sight, today: date) -> Change | None:
    match flag.state:
        case FlagState.PENDING:
            is_over = sight.is_sure or _is_new(flag, sight)
            quiet = replace(flag, state=FlagState.INACTIVE, confirmed=0, held_on=None)
            return Change(flag, quiet, (Reason.UNCONFIRMED,)) if is_over else Change(flag, flag)
        case FlagState.OPEN | FlagState.RECOVERING | FlagState.ACKNOWLEDGED:
            return _better(flag, sight)
        case FlagState.SNOOZED if flag.snoozed_until is None or today >= flag.snoozed_until:
            return replace(_resolved(flag, sight), is_quiet=True)
        case FlagState.SNOOZED:
            return Change(flag, flag)
    return None


def _better(flag: Flag, sight: Sight) -> Change:
    if flag.is_fact or sight.is_sure:
        return _resolved(flag, sight)
    if not _is_new(flag, sight):
        return Change(flag, flag)
    cleared = replace(flag, cleared=flag.cleared + 1, confirmed=0)
    if cleared.cleared >= KEEP:
        return _resolved(cleared, sight)
    if flag.state is FlagState.OPEN:
        return _turned(flag, replace(cleared, state=FlagState.RECOVERING), sight, Reason.RECOVERING)
    return Change(flag, cleared)


def _resolved(flag: Flag, sight: Sight) -> Change:
    """Gone. A fact that is none any more was corrected by its source, or by a change of the plan."""
    reason = Reason.CORRECTED if flag.is_fact else Reason.RESOLVED
    gone = replace(flag, state=FlagState.RESOLVED, resolved_on=sight.data_date, is_fact=False, cleared=0)
    return _turned(flag, gone, sight, reason)


# ---- wrong ----


def _wrong(flag: Flag, sight: Sight, today: date) -> Change | None:
    match flag.state:
        case FlagState.OPEN:
            return _goes_on(flag, sight, today)
        case FlagState.RECOVERING:
            return _relapsed(flag, sight, today)
        case FlagState.ACKNOWLEDGED:
            return _in_hand(flag, sight, today)
        case FlagState.SNOOZED:
            return _put_off(flag, sight, today)
        case FlagState.RESOLVED if flag.resolved_on and sight.data_date - flag.resolved_on <= AGAIN:
            return _again(flag, sight, today)
        case FlagState.RESOLVED | FlagState.CLOSED:
            return _appears(Flag(flag.key, episode=flag.episode + 1), sight, today)
    return _appears(flag, sight, today)


def _appears(flag: Flag, sight: Sight, today: date) -> Change:
    """Seen before anyone was told."""
    if flag.held_on is not None and sight.data_date <= flag.held_on:
        return Change(flag, flag)
    if sight.is_sure:
        return _opened(flag, sight, today)
    if flag.confirmed and not _is_new(flag, sight):
        return Change(flag, flag)
    pending = replace(flag, state=FlagState.PENDING, confirmed=flag.confirmed + 1, person=_person(sight))
    if pending.confirmed >= CONFIRM:
        return _opened(pending, sight, today)
    return Change(flag, pending, (Reason.NOTICED,))


def _opened(flag: Flag, sight: Sight, today: date, reason: Reason = Reason.OPENED) -> Change:
    is_final = reason is Reason.OPENED and sight.is_ended
    opened = replace(
        flag,
        state=FlagState.OPEN,
        person=_person(sight),
        held_on=None,
        cleared=0,
        opened_on=today,
        is_fact=sight.is_fact,
        shortfall=sight.shortfall,
        level=0,
        reminded=0,
        frozen=0,
        acknowledged_on=None,
        snoozed_until=None,
        told_on=None,
    )
    return _turned(flag, opened, sight, Reason.ENDED if is_final else reason)


def _again(flag: Flag, sight: Sight, today: date) -> Change | None:
    """Back within a week: the same problem, once its figures are new."""
    if not (sight.is_sure or _is_new(flag, sight)):
        return None
    return _opened(flag, sight, today, Reason.ENDED if sight.is_ended else Reason.AGAIN)


def _goes_on(flag: Flag, sight: Sight, today: date) -> Change:
    """Open and still so: a fact by now, or nobody reacts."""
    going = replace(flag, person=_person(sight), cleared=0, shortfall=sight.shortfall)
    if sight.is_fact and not flag.is_fact:
        fact = replace(going, is_fact=True, opened_on=today, reminded=0, frozen=0, told_on=None)
        return Change(flag, fact, (Reason.ENDED if sight.is_ended else Reason.WORSENED,))
    if sight.is_ended:  # over, and told: nobody can change it any more
        return Change(flag, going)
    reasons: list[Reason] = []
    if flag.reminded < len(REMIND) and _age(flag, today) >= REMIND[flag.reminded]:
        due = sum(_age(flag, today) >= days for days in REMIND)
        going = replace(going, reminded=due)
        reasons.append(Reason.REMINDED)
    if flag.level + 1 < len(sight.chain) and flag.told_on is not None:
        patience = ESCALATE_URGENT if sight.is_urgent else ESCALATE
        if flag.waited(flag.told_on, today) >= patience:
            going = replace(going, level=flag.level + 1, told_on=None)
            reasons.append(Reason.ESCALATED)
    return Change(flag, going, tuple(reasons))


def _age(flag: Flag, today: date) -> int:
    return flag.waited(flag.opened_on or today, today)


def _relapsed(flag: Flag, sight: Sight, today: date) -> Change:
    """Not recovered after all: it goes on as if it had never been better."""
    if not (sight.is_sure or _is_new(flag, sight)):
        return Change(flag, flag)
    back = _turned(flag, replace(flag, state=FlagState.OPEN), sight, Reason.RELAPSED)
    on = _goes_on(back.after, sight, today)
    return replace(on, reasons=(*back.reasons, *on.reasons))


def _in_hand(flag: Flag, sight: Sight, today: date) -> Change:
    """Acknowledged: quiet, unless it becomes clearly worse or takes too long; what is over does neither."""
    if sight.is_ended and flag.is_fact:
        return Change(flag, replace(flag, cleared=0))
    worse = sight.shortfall > (WORSE - 1e-9) * flag.shortfall > 0 or (sight.is_fact and not flag.is_fact)
    is_old = flag.acknowledged_on is not None and flag.waited(flag.acknowledged_on, today) > RETIRE
    if not (worse or is_old):
        return Change(flag, replace(flag, cleared=0))
    opened = _opened(flag, sight, today).after
    reason = Reason.ENDED if sight.is_ended and not flag.is_fact else Reason.WORSENED if worse else Reason.STILL
    return Change(flag, replace(opened, turns=flag.turns), (reason,))


def _put_off(flag: Flag, sight: Sight, today: date) -> Change:
    if flag.snoozed_until is not None and today < flag.snoozed_until:
        return Change(flag, replace(flag, cleared=0))
    opened = _opened(flag, sight, today).after
    back = replace(opened, turns=flag.turns, snoozed_until=flag.snoozed_until)
    return Change(flag, back, (Reason.REMINDED,))


def addressees(change: Change, reason: Reason) -> tuple[str, ...]:
    """Who is told of a change that tells of something wrong: the persons down to the level it has reached."""
    chain, level = change.sight.chain if change.sight else (), change.after.level
    match reason:
        case Reason.ESCALATED:
            return chain[level : level + 1]
        case Reason.OPENED | Reason.REMINDED:
            return chain[:1]
    return chain[: level + 1]


def _person(sight: Sight) -> str:
    return sight.chain[0] if sight.chain else ""


# ---- too often, too many ----


def _turned(before: Flag, after: Flag, sight: Sight, reason: Reason) -> Change:
    """It came or went: who does so too often is not told each time."""
    recent = [day for day in before.turns if sight.data_date - day < TURNS_WITHIN]
    turns = (*recent, sight.data_date)
    is_flapping = len(turns) >= TURNS and not (before.is_fact or after.is_fact)  # facts are told
    return Change(before, replace(after, turns=turns), (reason,), is_quiet=is_flapping)


def _brake(changes: Sequence[Change], watched: int) -> Decision:
    """Many problems opening at once are probably one, of the figures: they wait for a further day to confirm them."""
    opening = [one for one in changes if _opens(one) and (one.before is None or one.before.held_on is None)]
    if len(opening) < STORM_LEAST or len(opening) <= STORM_SHARE * watched:
        return Decision(tuple(changes))
    held = {change.after.key: _held(change) for change in opening}
    return Decision(tuple(held.get(one.after.key, one) for one in changes), len(held))


def _opens(change: Change) -> bool:
    return Reason.OPENED in change.reasons


def _held(change: Change) -> Change:
    """Kept pending, one confirmation short."""
    after, sight = change.after, change.sight
    assert sight is not None
    waiting = Flag(
        key=after.key,
        state=FlagState.PENDING,
        id=after.id,
        episode=after.episode,
        person=after.person,
        confirmed=CONFIRM - 1,
        data_date=after.data_date,
        seen_on=after.seen_on,
        held_on=sight.data_date,
        turns=after.turns[:-1],
    )
    return replace(change, after=waiting, reasons=(Reason.HELD,), is_quiet=False)
