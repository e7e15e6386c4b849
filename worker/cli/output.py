"""Commands whose answer is a file: the report, an export, a backup of the database."""

from argparse import Namespace
from pathlib import Path

from config.errors import PlanError, Problem
from config.message import message
from config.periods import DAY
from config.vocabulary import Grain
from worker.cli.opening import Opening
from worker.cli.work import check_days
from worker.report.export import Format, export_to
from worker.report.html import write_report
from worker.service.wiring import readable_store, writable_store
from worker.store import plans
from worker.store.downstream import Dataset, Narrowed, extract
from worker.store.engine import backup


def report(asked: Namespace) -> int:
    """Write the report of each plan as one HTML page."""
    opening = Opening(asked)
    if asked.output and len(opening.plans) > 1:
        text = message("this is one file, and there are several plans: choose one with --plan")
        raise PlanError([Problem("-o", 0, text)])
    written = []
    with opening.reading() as connection:
        for loaded in opening.plans:
            target = Path(asked.output or f"{loaded.id}.html")
            language = opening.language(loaded.plan.language)
            with opening.set_aside(loaded, connection):
                write_report(connection, loaded, opening.at.instant(loaded), language, target)
                written.append(str(target))
    lines = [opening.translator.say("written: {path}", path=path) for path in written]
    opening.answer({"written": written}, "\n".join(lines))
    return opening.ended()


def export(asked: Namespace) -> int:
    """Write figures as CSV, Parquet, XLSX or JSON."""
    opening = Opening(asked)
    check_days(asked)
    names = [folder.name for folder in opening.at.plan_folders()]
    with opening.reading(broken_plans_too=True) as connection:
        part = Narrowed(
            plans=plans.ids_of(connection, names),
            names=names,
            grains=[Grain(grain) for grain in asked.grain] if asked.grain else tuple(Grain),
            since=asked.since,
            before=asked.until + DAY if asked.until else None,
            until=asked.today + DAY if asked.today else None,
        )
        extracted = extract(connection, Dataset(asked.what), part)
        count = export_to(extracted, Format(asked.format), Path(asked.output) if asked.output else None)
    if asked.output:
        rows = opening.translator.counted("{path}: 1 row", "{path}: {count} rows", count, path=asked.output)
        opening.answer({"written": asked.output, "rows": count}, rows)
    return 0


def db(asked: Namespace) -> int:
    """Upgrade or back up the database."""
    opening = Opening(asked)
    if asked.what == "backup":
        with readable_store(opening.at) as store:
            backup(store, Path(asked.file))
        done = opening.translator.say("written and checked: {path}", path=asked.file)
        opening.answer({"written": asked.file}, done)
        return 0
    with writable_store(opening.at) as store:
        done = opening.translator.say("{database} is up to date", database=store.url)
        opening.answer({"database": store.url}, done)
    return 0
