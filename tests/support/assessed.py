"""One collected plan judged on many days: what ``vigie status`` says of each, without starting it each time."""

from collections.abc import Iterable, Mapping
from datetime import date

from conftest import Vigie

from worker.judge.assess import assess
from worker.model.verdict import Judgement
from worker.service.wiring import deploy, readable_store
from worker.store import plans
from worker.store.context import load_context


def assessed(at: Vigie, days: Iterable[date]) -> Mapping[date, list[Judgement]]:
    """What is judged of the plan called ``p`` on each day, as its figures stand now."""
    deployment = deploy(at.folder, plans=("p",), today=None)
    [loaded] = deployment.load_all()
    with readable_store(deployment) as store, store.read() as connection:
        stored = plans.stored_plan(connection, loaded.id)
        assert stored is not None
        context = load_context(connection, loaded, stored)
        return {day: assess(connection, context, day) for day in days}
