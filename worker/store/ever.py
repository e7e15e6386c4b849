"""What was once so, whatever is now: what was judged, and what sources provided, be they gone."""

from sqlalchemy import Connection, select

from worker.model.verdict import Verdict
from worker.store import schema as t

_NEVER_LOOKED_AT = (Verdict.NO_DATA, Verdict.UNMEASURABLE, Verdict.NOT_STARTED)


def ever_judged(connection: Connection, plan_id: int) -> frozenset[tuple[str, str, str]]:
    """The targets and budgets, in any period, of whose figures something was ever said: scope, id, subject."""
    c = t.verdict.c
    statement = select(c.scope, c.ref, c.subject).where(c.plan_id == plan_id, c.verdict.not_in(_NEVER_LOOKED_AT))
    return frozenset((scope, ref, subject) for scope, ref, subject in connection.execute(statement.distinct()))


def ever_provided(connection: Connection, plan_id: int) -> frozenset[str]:
    """The measures that any source of the plan ever had."""
    provided = connection.execute(select(t.source.c.provides).where(t.source.c.plan_id == plan_id)).scalars()
    return frozenset(name for names in provided for name in names.split())
