"""What each command does, one function each: takes what was asked, prints, gives the exit code."""

import threading
from argparse import Namespace
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from config.errors import PlanError, Problem, SourceError, StoreError
from config.loading.lint import advice
from config.loading.loaded import LoadedPlan
from config.periods import DAY
from config.settings import configuration_folder
from config.suggestions import nearest
from config.vocabulary import Grain, SourceKind
from config.web_settings import EXPOSED
from connectors.base import SourceInfo
from connectors.registry import connector_class
from worker.cli import terminal
from worker.cli.progress import bars
from worker.collect.job import CollectRequest
from worker.deployment import Deployment, facts_of, rereads
from worker.judge.assess import assess
from worker.notify.channels import NEEDS_APPRISE
from worker.report.plain import plain_lines
from worker.report.status import json_text, plan_status
from worker.service.pipeline import PassResult, collect_plan, compute_plan, judge_plan, run_once, take_over
from worker.service.test_alert import recipients_of_test, send_test_alert
from worker.service.wiring import deploy, readable_store, writable_store
from worker.store import plans as plan_rows
from worker.store.context import load_context
from worker.store.engine import backup, service_lock


def _deployment(asked: Namespace) -> Deployment:
    return deploy(configuration_folder(asked.config), plans=tuple(asked.plan or ()), today=asked.today)


def _say(asked: Namespace, data: Any, text: str) -> None:
    print(json_text(data) if asked.json else plain_lines(text))


_complain = terminal.complain


# --- writing and reading the configuration -------------------------------------------------------------------------


def init(asked: Namespace) -> int:
    """Write a commented starter configuration."""
    from worker.cli.init import write_starter

    written = write_starter(Path(asked.directory))
    lines = [*(f"  {path}" for path in written), f"Next: vigie check --config {asked.directory}"]
    _say(asked, {"written": written}, "\n".join(["Written:", *lines]))
    return 0


def check(asked: Namespace) -> int:
    """List every problem of every file; warn about what would be clearer otherwise."""
    at = _deployment(asked)
    plans, problems = at.load_valid()
    warnings = [warning for loaded in plans for warning in _warnings(at, loaded)]
    warnings += _way_out_warnings(at)
    every = [*problems, *warnings]
    summary = (
        f"{_many(len(plans), 'plan')} in order, {_many(len(problems), 'problem')}, {_many(len(warnings), 'warning')}"
    )
    data = [{"file": p.file, "line": p.line, "level": p.level, "message": str(p.message)} for p in every]
    _say(asked, data, "\n".join([*map(str, every), summary]))
    return 2 if problems else 0


def _way_out_warnings(at: Deployment) -> Iterator[Problem]:
    if not at.settings.mail.is_set:
        yield Problem("vigie.yaml", 0, "no way out for mail: give mail: a host or a folder", "warning")
    if at.settings.channels and find_spec("apprise") is None:
        yield Problem("vigie.yaml", 0, NEEDS_APPRISE, "warning")
    if at.settings.web.is_exposed:
        yield Problem("vigie.yaml", 0, EXPOSED, "warning")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _warnings(at: Deployment, loaded: LoadedPlan) -> list[Problem]:
    plan_file, sources_file = loaded.documents
    provided: dict[str, frozenset[str] | None] = {id: facts.provides or None for id, facts in facts_of(loaded).items()}
    found: list[Problem] = []
    for id, entry in loaded.sources.items():
        if rereads(entry):  # a file: looking at it asks nobody
            try:
                provided[id] = at.connector(loaded, id).check().measures
            except SourceError as error:
                found.append(Problem(sources_file.file, sources_file.line((id,)), str(error), "warning"))
    for place, message in advice(loaded.plan, loaded.declared, provided):
        found.append(Problem(plan_file.file, plan_file.line(place), message, "warning"))
    return sorted(found, key=lambda problem: (problem.file, problem.line))


def sources(asked: Namespace) -> int:
    """List the sources, or prove that each can be read."""
    at = _deployment(asked)
    rows = [row for loaded in at.load_all() for row in _source_rows(at, loaded, test=asked.test)]
    if asked.json:
        print(json_text(rows))
    elif asked.test:
        print("\n\n".join(map(terminal.source_lines, rows)))
    else:
        terminal.show([terminal.table(("plan", "source", "connector", "every"), [list(row.values()) for row in rows])])
    return 1 if any(row.get("problem") for row in rows) else 0


def _source_rows(at: Deployment, loaded: LoadedPlan, *, test: bool) -> Iterator[dict[str, Any]]:
    for id, entry in loaded.sources.items():
        row = {
            "plan": loaded.id,
            "source": id,
            "connector": entry.connector,
            "every": str(entry.every),
        }
        yield {**row, **_tested(at, loaded, id)} if test else row


def _tested(at: Deployment, loaded: LoadedPlan, source: str) -> dict[str, Any]:
    found: dict[str, Any] = dict.fromkeys(("account", "zone", "currency", "days", "measures", "remarks", "problem"), "")
    try:
        info = at.connector(loaded, source).check()
    except SourceError as error:
        return {**found, "problem": str(error)}
    found |= {"account": info.account, "zone": info.zone or "", "currency": info.currency or ""}
    days = str(info.days or "") or (f"from {info.since} on" if info.since else "")
    found |= {"days": days, "measures": " ".join(sorted(info.measures or ()))}
    return {**found, "remarks": "; ".join(_remarks(loaded, source, info))}


def _remarks(loaded: LoadedPlan, source: str, info: SourceInfo) -> list[str]:
    """What the source says, and a word where its days are not the plan's."""
    ours = loaded.plan.timezone
    if not info.zone or info.zone == ours:
        return list(info.remarks)
    if connector_class(loaded.sources[source].connector).kind is SourceKind.SHOP:
        return [*info.remarks, f"the shop is set to {info.zone}: its own reports cut the days there, Vigie in {ours}"]
    return [*info.remarks, f"its days are those of {info.zone}, the plan's of {ours}"]


# --- the work ------------------------------------------------------------------------------------------------------


def collect(asked: Namespace) -> int:
    """Read the figures that are due, or those of given days."""
    at = _deployment(asked)
    plans = at.load_all()
    known = {source for loaded in plans for source in loaded.sources}
    for source in asked.source:
        if source not in known:
            message = f"there is no source '{source}'{nearest(source, known)}"
            raise PlanError([Problem("sources.yaml", 0, message)])
    _check_days(asked)
    report = PassResult()
    with writable_store(at) as store, bars() as progress:
        wanted = CollectRequest(tuple(asked.source), asked.since, asked.until, asked.accept, progress)
        for loaded in plans:
            collect_plan(at, store, loaded, wanted, report)
    _say(asked, _as_data(report), _as_lines(report))
    return _ended(report)


def _check_days(asked: Namespace) -> None:
    if asked.since and asked.until and asked.until < asked.since:
        raise PlanError([Problem("--until", 0, f"{asked.until} is before --since {asked.since}")])


def judge(asked: Namespace) -> int:
    """Compute figures and verdicts from what is stored; send nothing."""
    at = _deployment(asked)
    plans = at.load_all()
    report = PassResult()
    with writable_store(at) as store:
        for loaded in plans:
            judge_plan(at, store, compute_plan(at, store, loaded), report)
    counts = {
        loaded.id: {
            v: [j.verdict for j in report.judgements[loaded.id]].count(v)
            for v in sorted({j.verdict for j in report.judgements[loaded.id]})
        }
        for loaded in plans
    }
    lines = [
        f"{plan}: " + ", ".join(f"{n} {v.replace('_', ' ')}" for v, n in found.items())
        for plan, found in counts.items()
    ]
    _say(asked, counts, "\n".join(lines))
    return 0


def run(asked: Namespace) -> int:
    """The service, or one pass of it."""
    at = _deployment(asked)
    at.plan_folders()
    with writable_store(at) as store, service_lock(store) as is_ours:
        if not is_ours:
            raise StoreError(f"another 'vigie run' already works on {store.url}")
        take_over(store)
        if not asked.once:
            from worker.service.scheduler import serve, stop_on_signals

            stop = threading.Event()
            stop_on_signals(stop)
            serve(at, store, stop)
            return 0
        with bars() as progress:
            report = run_once(at, store, progress)
    _say(asked, _as_data(report), _as_lines(report))
    for problem in report.problems:
        _complain(str(problem))
    return _ended(report)


def _as_data(report: PassResult) -> dict[str, Any]:
    return {
        "collected": [
            {
                "source": one.source, "since": str(one.window.start), "until": str(one.window.last), "days": one.days,
                "rows": one.rows, "changed": one.changed, "restated": one.restated, "folded": one.folded,
            }
            for one in report.collected
        ],
        "failed": report.failures,
        "messages": {"written": report.written, "sent": report.sent, "unsent": report.unsent},
    }  # fmt: skip


def _as_lines(report: PassResult) -> str:
    lines = [
        f"{one.source}: {one.window}, {_many(one.days, 'day')}, {_many(one.rows, 'row')}"
        + (f", {_many(one.changed, 'earlier day')} read again" if one.changed else "")
        + (f", {one.restated} restated" if one.restated else "")
        + (f", {one.folded} origins folded into (other)" if one.folded else "")
        for one in report.collected
    ]
    if report.written or report.sent:
        lines.append(f"{_many(report.written, 'message')} written, {report.sent} sent")
    return "\n".join(lines) or "nothing to collect"


def _ended(report: PassResult) -> int:
    for source, problem in report.failures.items():
        _complain(f"{source}: {problem}")
    for problem in report.unsent:
        _complain(problem)
    return report.exit_code


def test_alert(asked: Namespace) -> int:
    """Send a test message to a person, or to each plan's lead, the way every other message goes."""
    at = _deployment(asked)
    chosen = recipients_of_test(at.load_all(), asked.to)
    with writable_store(at) as store:
        tried = [one for loaded, person in chosen for one in send_test_alert(at, store, loaded, person)]
    _say(asked, [one.as_data() for one in tried], "\n".join(one.as_line() for one in tried))
    return max(one.exit_code for one in tried)


# --- looking ------------------------------------------------------------------------------------------------------


def status(asked: Namespace) -> int:
    """Say how things stand: judged from what is stored, as of today; changes nothing."""
    at = _deployment(asked)
    plans = at.load_all()
    shown: list[tuple[LoadedPlan, dict[str, Any]]] = []
    with readable_store(at) as store, store.read() as connection:
        for loaded in plans:
            stored = plan_rows.stored_plan(connection, loaded.id)
            if stored is None or stored.until is None:
                _complain(f"{loaded.id}: nothing is computed yet: run 'vigie collect'")
                continue
            if not plan_rows.is_version_in_force(connection, stored, loaded):
                _complain(f"{loaded.id}: the plan changed since its figures were computed: run 'vigie judge'")
            today = at.today(loaded)
            context = load_context(connection, loaded, stored)
            judgements = assess(connection, context, today)
            shown.append((loaded, plan_status(connection, context, judgements, today)))
    if asked.json:
        today = at.today(plans[-1])
        print(json_text({"today": today.isoformat(), "plans": [one for _, one in shown]}))
    else:
        for loaded, one in shown:
            terminal.show(terminal.status_screen(one, loaded.plan, at.today(loaded)))
    return 0 if len(shown) == len(plans) else 1


def report(asked: Namespace) -> int:
    """Write the report of each plan as one HTML page."""
    from worker.report.html import write_report

    at = _deployment(asked)
    plans = at.load_all()
    if asked.output and len(plans) > 1:
        raise PlanError([Problem("-o", 0, "is one file, and there are several plans: choose one with --plan")])
    written = []
    with readable_store(at) as store, store.read() as connection:
        for loaded in plans:
            target = Path(asked.output or f"{loaded.id}.html")
            write_report(connection, loaded, at.instant(loaded), target, asked.language)
            written.append(str(target))
    _say(asked, {"written": written}, "\n".join(f"written: {path}" for path in written))
    return 0


def export(asked: Namespace) -> int:
    """Write figures as CSV, Parquet, XLSX or JSON."""
    from worker.report.export import Format, export_to
    from worker.store.downstream import Dataset, Narrowed, extract

    at = _deployment(asked)
    _check_days(asked)
    names = [folder.name for folder in at.plan_folders()]
    with readable_store(at) as store, store.read() as connection:
        part = Narrowed(
            plans=plan_rows.ids_of(connection, names),
            names=names,
            grains=[Grain(grain) for grain in asked.grain] if asked.grain else tuple(Grain),
            since=asked.since,
            before=asked.until + DAY if asked.until else None,
            until=asked.today + DAY if asked.today else None,
        )
        found = extract(connection, Dataset(asked.what), part)
        count = export_to(found, Format(asked.format), Path(asked.output) if asked.output else None)
    if asked.output:
        _say(
            asked,
            {"written": asked.output, "rows": count},
            f"{asked.output}: {_many(count, 'row')}",
        )
    return 0


def demo(asked: Namespace) -> int:
    """Do all of it on a real retailer's year."""
    from worker.cli.demo import run_demo

    with bars() as progress:
        done = run_demo(Path(asked.directory), progress)
    if asked.json:
        print(json_text(done.as_data()))
    else:
        terminal.show(terminal.status_screen(done.status, done.loaded.plan, done.today))
        print(done.as_lines())
    return _ended(done.report)


def db(asked: Namespace) -> int:
    """Upgrade or back up the database."""
    at = _deployment(asked)
    if asked.what == "backup":
        with readable_store(at) as store:
            backup(store, Path(asked.file))
        _say(asked, {"written": asked.file}, f"written and checked: {asked.file}")
        return 0
    with writable_store(at) as store:
        _say(asked, {"database": store.url}, f"{store.url} is up to date")
    return 0
