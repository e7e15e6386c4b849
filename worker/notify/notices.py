"""What a plan's lead is told beside flags: mail that was given up, files that no longer hold together."""

from collections.abc import Sequence

from sqlalchemy import Connection

from worker.flags.update import Round
from worker.notify.compose import compose_plan_problem, compose_undelivered
from worker.store import outbox


def tell_of_undelivered(connection: Connection, this: Round) -> int:
    """Tell the plan's lead, once, of each mail that was given up: what it said must not be lost with it."""
    lead = this.loaded.plan.lead_id
    if lead is None:
        return 0
    written = 0
    for failed in outbox.failed_untold(connection, this.plan_id):
        if failed.recipient != this.loaded.plan.people[lead].email:
            draft = compose_undelivered(this.loaded, lead, failed)
            written += outbox.put(connection, this.plan_id, draft, this.domain, this.now)[1]
    return written


def tell_of_broken_files(connection: Connection, this: Round, problems: Sequence[str]) -> int:
    """Tell the plan's lead, once for the same mistakes, that its last good version stays in force."""
    plan = this.loaded.plan
    if plan.lead_id is None:
        return 0
    draft = compose_plan_problem(this.loaded, plan.lead_id, problems)
    return int(outbox.put(connection, this.plan_id, draft, this.domain, this.now)[1])
