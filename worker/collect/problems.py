"""PURE. What came of a reading -> how the source is doing, and the sentence for who looks after it."""

from collections.abc import Iterable
from datetime import date

from worker.collect.collector import CollectionOutcome
from worker.collect.windows import runs_of
from worker.model.records import SourceState

SHOWN = 5  # remarks, or runs of days


def account_of(outcome: CollectionOutcome, *, is_first: bool) -> tuple[SourceState, str | None]:
    """How the source is doing by its answer, and what is wrong with that; of one in order, what it remarked."""
    source, remarks = outcome.source, _listed(sorted(outcome.remarks), "; ")
    if outcome.suspect:
        had = f"answered with nothing for {_days(outcome.suspect)}, where it had figures: they are kept"
        return SourceState.SUSPECT, f"{had}. If it is true: vigie collect --source {source} --accept"
    if outcome.is_empty and is_first:
        return SourceState.EMPTY, remarks or f"has no figures for {outcome.window}"
    return SourceState.OK, remarks or None


def _days(days: Iterable[date]) -> str:
    runs = [str(run.start) if len(run) == 1 else f"{run.start} to {run.last}" for run in runs_of(days)]
    return _listed(runs, ", ")


def _listed(texts: list[str], between: str) -> str:
    more = len(texts) - SHOWN
    return between.join([*texts[:SHOWN], *([f"and {more} more"] if more > 0 else [])])
