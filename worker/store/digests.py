"""What the weekly digest needs beside what every mail does: which are written, what is over, what is held back."""

from collections.abc import Collection
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, func, select

from worker.model.flag import FlagState
from worker.model.message import MessageState
from worker.store import schema as t
from worker.store.sentences import sentence_columns

WEEK = timedelta(days=7)


def digest_key(plan: str, person: str, day: date) -> str:
    """The key of a person's digest: one for the week of a day, whatever it says."""
    year, week, _ = day.isocalendar()
    what = f"{plan}\0{person}\0{year}-W{week}"
    return f"{sha256(what.encode()).hexdigest()[:32]}-digest"


def states_of(connection: Connection, keys: Collection[str]) -> dict[str, MessageState]:
    """Where the messages with some keys stand; absent where there is none."""
    c = t.message.c
    statement = select(c.key, c.state).where(c.key.in_(list(keys)))
    return {key: MessageState(state) for key, state in connection.execute(statement)}


def over_lately(connection: Connection, plan_id: int, today: date) -> list[Row[Any]]:
    """The plan's flags that were resolved during the last week."""
    c = t.flag.c
    is_over = (c.state == FlagState.RESOLVED) & (c.seen_on > today - WEEK) & (c.seen_on <= today)
    statement = select(t.flag, *sentence_columns(t.flag)).where(c.plan_id == plan_id, is_over, c.opened_on.is_not(None))
    return list(connection.execute(statement.order_by(c.id)))


def held_back(connection: Connection, plan_id: int) -> int:
    """How many of the plan's problems wait for a further day because too many appeared at once."""
    c = t.flag.c
    waits = (c.plan_id == plan_id, c.state == FlagState.PENDING, c.held_on.is_not(None))
    return int(connection.execute(select(func.count()).where(*waits)).scalar_one())
