"""PURE. Standing flags and today's problems -> what changes, and why. Nothing is sent or stored here."""

from collections.abc import Iterable
from datetime import date

from worker.flag import Change, Flag, FlagState, Problem, Reason
from worker.judge.evidence import Judgement, Verdict

#: verdicts that say nothing: a flag neither opens nor resolves on them
_SILENT = (Verdict.NO_DATA, Verdict.CANNOT_SAY, Verdict.UNMEASURABLE, Verdict.NOT_STARTED)


def decide(
    problems: Iterable[Problem],
    well: Iterable[str],
    unknown: Iterable[str],
    standing: Iterable[Flag],
    today: date,
) -> list[Change]:
    """What changes, today's problems given.

    Args:
        problems: What is wrong now.
        well: Keys of what was looked at and is in order.
        unknown: Keys of what was looked at and cannot be told: their flags stay as they are.
        standing: The flags not yet resolved or closed.
        today: The day, in the plan's zone.
    """
    wrong = {problem.key: problem for problem in problems}
    good, silent = set(well), set(unknown)
    changes: list[Change] = []
    for flag in standing:
        problem = wrong.pop(flag.key, None)
        if problem:
            changes.append(_continued(flag, problem, today))
        elif flag.key in good:
            changes.append(Change(Reason.RESOLVED, FlagState.RESOLVED, flag, None))
        elif flag.key not in silent:
            changes.append(Change(Reason.CLOSED, FlagState.CLOSED, flag, None))
    changes += (Change(Reason.OPENED, FlagState.OPEN, None, problem) for problem in wrong.values())
    return [change for change in changes if change.reason is not Reason.NONE]


def _continued(flag: Flag, problem: Problem, today: date) -> Change:
    is_over = flag.state is FlagState.SNOOZED and flag.snoozed_until is not None and flag.snoozed_until <= today
    if is_over:
        return Change(Reason.REMINDED, FlagState.OPEN, flag, problem)
    return Change(Reason.NONE, flag.state, flag, problem)


def is_silent(judgement: Judgement) -> bool:
    """Whether a judgement says nothing either way."""
    return judgement.verdict in _SILENT
