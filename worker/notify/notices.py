"""What a plan's lead is told beside flags: mail that was given up, files that no longer hold together, failures."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from config.errors import Problem
from config.loading.loaded import LoadedPlan
from config.message import Message
from worker.flags.update import EvaluationContext
from worker.notify.compose import compose_failure, compose_plan_problem, compose_undelivered
from worker.store import outbox


def tell_of_undelivered(connection: Connection, context: EvaluationContext) -> int:
    """Tell the plan's lead, once, of each mail that was given up: what it said must not be lost with it."""
    lead = context.loaded.plan.lead_id
    if lead is None:
        return 0
    written = 0
    for failed in outbox.failed_untold(connection, context.plan_id):
        if failed.recipient != context.loaded.plan.people[lead].email:
            draft = compose_undelivered(context.loaded, lead, failed)
            written += outbox.put(connection, context.plan_id, draft, context.domain, context.now)[1]
    return written


def tell_of_broken_files(connection: Connection, context: EvaluationContext, problems: Sequence[Problem]) -> int:
    """Tell the plan's lead, once for the same mistakes, that its last good version stays in force."""
    plan = context.loaded.plan
    if plan.lead_id is None:
        return 0
    draft = compose_plan_problem(context.loaded, plan.lead_id, problems)
    return int(outbox.put(connection, context.plan_id, draft, context.domain, context.now)[1])


class Sender(NamedTuple):
    """Whom a message is of, where nothing of the plan could be loaded: its id, the domain of ids, and now."""

    plan_id: int
    domain: str
    now: datetime


def tell_of_failure(connection: Connection, loaded: LoadedPlan, text: Message, sender: Sender) -> int:
    """Tell the plan's lead, once a month for the same error, that the plan was set aside."""
    if loaded.plan.lead_id is None:
        return 0
    draft = compose_failure(loaded, loaded.plan.lead_id, text, sender.now)
    return int(outbox.put(connection, sender.plan_id, draft, sender.domain, sender.now)[1])
