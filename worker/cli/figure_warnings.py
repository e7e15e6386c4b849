"""What ``vigie check`` sees in the figures: labels that nothing carries, what two actions count, relative targets."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from config.errors import Problem, SourceError, StoreError
from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from config.vocabulary import Measure
from connectors.base import Origin, Reading
from worker.cli.label_warnings import unseen_findings
from worker.cli.relative_notes import relative_findings
from worker.cli.shared_warnings import Amounts, shared_findings
from worker.deployment import Deployment, rereads
from worker.judge.assess import assess
from worker.model.verdict import Judgement
from worker.store import attribution, plans
from worker.store.context import load_context
from worker.store.engine import existing_store
from worker.store.shared_figures import amounts_by_origin

LOOKED_AT = timedelta(days=30)  # up to yesterday


@dataclass(frozen=True, slots=True)
class _PlanOrigins:
    """The origins that figures of a plan came from; of those stored, recent spend and visits, and targets."""

    every: Collection[Origin]
    amounts: Collection[tuple[Origin, Amounts]] = ()
    relative: Sequence[Judgement] = ()  #: targets held against earlier figures


def figure_warnings(at: Deployment, loaded: LoadedPlan) -> Iterator[Problem]:
    """What the stored figures, or files where nothing is stored yet, show to be wrong with the plan's tracking."""
    plan_file, _ = loaded.documents
    try:
        origins = _stored(at, loaded) or _in_files(at, loaded)
    except StoreError as error:
        yield Problem(at.settings.database, 0, error.message, "warning")
        return
    if origins.every:
        shared = shared_findings(loaded.plan, origins.amounts, LOOKED_AT.days)
        for place, text in [*unseen_findings(loaded, origins.every, at.today(loaded)), *shared]:
            yield Problem(plan_file.file, plan_file.line(place), text, "warning")
    for place, text, is_warning in relative_findings(loaded, origins.relative):
        yield Problem(plan_file.file, plan_file.line(place), text, "warning" if is_warning else "note")


def _stored(at: Deployment, loaded: LoadedPlan) -> _PlanOrigins | None:
    """What is stored of a plan; None where nothing is."""
    store = existing_store(at.settings.database_url)
    if store is None:
        return None
    days = Window(at.today(loaded) - LOOKED_AT, at.today(loaded))
    try:
        with store.read() as connection:
            stored = plans.stored_plan(connection, loaded.id)
            found = dict(attribution.labelled_origins(connection, stored.id)) if stored else {}
            if stored is None or not found:
                return None
            context = load_context(connection, loaded, stored)
            amounts = amounts_by_origin(connection, context, (Measure.SPEND, Measure.SESSIONS), days)
            judged = assess(connection, context, max(at.today(loaded), loaded.plan.starts))
    finally:
        store.close()
    relative = [one for one in judged if one.base]
    return _PlanOrigins(found.values(), [(found[id], of) for id, of in amounts.items() if id in found], relative)


def _in_files(at: Deployment, loaded: LoadedPlan) -> _PlanOrigins:
    """What files hold, where the plan has no other sources: reading them asks nobody."""
    if not all(rereads(entry) for entry in loaded.sources.values()):
        return _PlanOrigins(())
    days = Window(loaded.plan.starts, max(at.today(loaded), loaded.plan.starts) + DAY)
    found: dict[Origin, None] = {}
    for id in loaded.sources:
        try:
            found |= {item.origin: None for item in at.connector(loaded, id).read(days) if isinstance(item, Reading)}
        except SourceError:
            return _PlanOrigins(())  # that it cannot be read is said already
    return _PlanOrigins(found)
