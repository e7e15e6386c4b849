"""``vigie review``: the five questions, asked of each plan."""

from argparse import Namespace

from config.loading.loaded import LoadedPlan
from config.settings import configuration_folder
from worker.cli import terminal
from worker.model.finding import Review
from worker.report.review import review_answer, review_screen
from worker.report.status import json_text
from worker.review import review as answers
from worker.service.wiring import deploy, readable_store
from worker.store import plans
from worker.store.context import load_context
from worker.store.review_inputs import read_plan_figures


def review(asked: Namespace) -> int:
    """Answer the five questions for each plan, from what is stored; changes nothing."""
    at = deploy(configuration_folder(asked.config), plans=tuple(asked.plan or ()), today=asked.today)
    every = at.load_all()
    found: list[tuple[LoadedPlan, Review]] = []
    with readable_store(at) as store, store.read() as connection:
        for loaded in every:
            stored = plans.stored_plan(connection, loaded.id)
            if stored is None or stored.until is None:
                terminal.complain(f"{loaded.id}: nothing is computed yet: run 'vigie collect'")
                continue
            if not plans.is_version_in_force(connection, stored, loaded):
                terminal.complain(f"{loaded.id}: the plan changed since its figures were computed: run 'vigie judge'")
            context = load_context(connection, loaded, stored)
            found.append((loaded, answers(read_plan_figures(connection, context, at.today(loaded)))))
    if asked.json:
        print(json_text({"plans": [review_answer(loaded, one, at.today(loaded)) for loaded, one in found]}))
    else:
        for loaded, one in found:
            terminal.show(review_screen(loaded, one, every=asked.verbose))
    return 0 if len(found) == len(every) else 1
