"""The command that lists the flags, and answers one."""

import os
from argparse import Namespace

from config.settings import configuration_folder
from worker.cli import terminal
from worker.deployment import Deployment
from worker.model.response import FlagEpisode, Refusal, Response, ResponseKind, ResponseOutcome
from worker.report.plain import plain_lines
from worker.report.status import json_text
from worker.service.wiring import deploy, readable_store, writable_store
from worker.store import flags as flag_rows
from worker.store.responses import respond
from worker.wording import translator_for


def flags(asked: Namespace) -> int:
    """List the standing problems; take one up, put it off, or say it was to be expected."""
    at = deploy(configuration_folder(asked.config), plans=tuple(asked.plan or ()), today=asked.today)
    names = [folder.name for folder in at.plan_folders()]
    if asked.step:
        return _step(asked, at)
    with readable_store(at) as store, store.read() as connection:
        rows = flag_rows.listed(connection, names, every=asked.all)
    if asked.json:
        print(json_text(rows))
    else:
        terminal.show([terminal.flags_screen(rows) if rows else "no standing problem"])
    return 0


def _step(asked: Namespace, at: Deployment) -> int:
    """Do something with one flag."""
    kind = {"ack": ResponseKind.ACKNOWLEDGE, "snooze": ResponseKind.SNOOZE, "expect": ResponseKind.EXPECT}[asked.step]
    by = asked.by or os.environ.get("USER", "") or "command line"
    until = None if kind is ResponseKind.ACKNOWLEDGE else asked.until
    with writable_store(at) as store, store.write() as connection:
        wanted = Response(kind, by, asked.note, until)
        outcome = respond(connection, FlagEpisode(asked.id), wanted, at.now(), today=at.fixed_today)
    if outcome.refusal:
        terminal.complain(_why_not(asked.id, outcome))
        return 2
    said = {"ack": "acknowledged", "snooze": f"snoozed until {until}", "expect": f"expected until {until}"}[asked.step]
    answer = {"id": asked.id, "state": said, "changed": outcome.is_new}
    print(json_text(answer) if asked.json else plain_lines(f"{asked.id}: {said}"))
    return 0


def _why_not(flag_id: int, outcome: ResponseOutcome) -> str:
    if outcome.refusal is Refusal.GONE:
        return f"no standing problem has the id {flag_id}: 'vigie flags' lists them"
    latest = outcome.latest.isoformat() if outcome.latest else ""
    return f"{flag_id}: {translator_for('en').say(f'act.{outcome.refusal}', latest=latest)}"
