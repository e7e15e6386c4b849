"""The report of a plan as one self-contained HTML page: no script, nothing loaded from elsewhere."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection

from config.errors import PlanError, Problem
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.message import message
from worker.model.context import Instant
from worker.report.files import replacing
from worker.report.page import read_page
from worker.store import plans
from worker.store.context import load_context
from worker.wording import translator_for


def write_report(
    connection: Connection, loaded: LoadedPlan, instant: Instant, language: Language, target: Path
) -> None:
    """Write the report to a file, whole or not at all. Raises PlanError where nothing is computed yet."""
    stored = plans.stored_plan(connection, loaded.id)
    if stored is None or stored.until is None:
        raise PlanError([Problem(loaded.id, 0, message("nothing is computed yet: run 'vigie collect'"))])
    page = read_page(connection, load_context(connection, loaded, stored), instant, language)
    text = _templates().get_template("report.html").render(page=page, say=translator_for(language).say)
    with replacing(target) as out:
        out.write(text.encode())


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("worker.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
