"""The command line. Each command is one function of ``commands``; this file says what can be written, and the rest.

Exit codes: 0 all well, 1 something failed and the rest was done, 2 the user must change something.
"""

import argparse
import gc
import io
import logging
import os
import sys
from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib import import_module
from typing import NoReturn

from config.errors import PlanError, VigieError
from worker.service.logs import set_up_logs

FAILED, TO_CHANGE = 1, 2

COMMANDS = {
    "init": "write a commented starter configuration",
    "check": "read everything and list every problem, with its line",
    "sources": "list the sources; --test proves their credentials",
    "collect": "read the figures that are due, or those of given days",
    "judge": "compute figures and verdicts from what is stored; sends nothing",
    "status": "say how things stand",
    "review": "answer the five questions: worth, opportunities, measurability, responsibility, feasibility",
    "diff": "say what changed in the plan since a day",
    "explain": "take a verdict apart: what went in, by which rule, on which version of the plan",
    "backtest": "judge past days again: who would have been told of what, and was it right",
    "run": "the service; --once: collect, judge, notify, then end",
    "test-alert": "send a test message, the way every other one goes; changes no flag",
    "flags": "list the standing problems; take one up, put it off, or say it was to be expected",
    "report": "write the report of a plan as one HTML page",
    "export": "write figures as CSV, Parquet, XLSX or JSON",
    "demo": "do all of it on a real retailer's year, without any account",
    "db": "upgrade or back up the database",
}


#: commands that have a file of their own
ELSEWHERE = {
    "flags": "worker.cli.flags",
    "review": "worker.cli.review",
    **dict.fromkeys(("diff", "explain", "backtest"), "worker.cli.history"),
}


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The command ``vigie``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a sign that the terminal lacks stops nothing
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """Do what is asked and give the exit code; what the user or a source did wrong is a sentence, not a traceback."""
    asked = parser().parse_args(arguments)
    set_up_logs(verbose=asked.verbose, as_json=asked.command == "run" and not asked.once)
    commands = import_module(ELSEWHERE.get(asked.command, "worker.cli.commands"))  # what it needs comes with it

    gc.freeze()  # modules stay, and millions of short-lived figures hold no cycles: looking for them took a third
    gc.set_threshold(50_000, 20, 20)
    try:
        code = int(getattr(commands, asked.command.replace("-", "_"))(asked))
        sys.stdout.flush()
    except PlanError as error:
        for problem in error.problems:
            _say(str(problem))
        return TO_CHANGE
    except VigieError as error:
        _say(f"vigie: {error}")
        return FAILED
    except OSError as error:
        place = error.filename or ("standard output" if _drop_output() else asked.command)
        if not isinstance(error, BrokenPipeError):  # a reader that went away: nothing more to say to it
            _say(f"vigie: {place}: {error.strerror or error}")
        return FAILED
    except KeyboardInterrupt:
        return 130
    else:
        return code
    finally:
        logging.shutdown()


def _drop_output() -> bool:
    """Drop what a standard output that takes nothing more still holds: at the end Python would try again, and fail."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return True
    return False


def _say(text: str) -> None:
    from worker.report.plain import plain

    print(plain(text), file=sys.stderr)


@cache
def parser() -> argparse.ArgumentParser:
    """Everything that can be written. The global options may stand before or behind the command."""
    everywhere = _global_options(argparse.SUPPRESS)
    top = argparse.ArgumentParser(
        prog="vigie",
        description="Watches a marketing action plan: collects its figures, judges them, writes to the right person.",
        parents=[_global_options(None)],
    )
    top.add_argument("--version", action="version", version=f"vigie {_version()}")
    added = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    made = {
        name: added.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.", parents=[everywhere])
        for name, says in COMMANDS.items()
    }
    made["init"].add_argument("directory", metavar="DIR", help="a new or empty folder")
    made["sources"].add_argument("--test", action="store_true", help="ask each source, and say zone, currency, account")
    _collect_options(made["collect"])
    made["diff"].add_argument(
        "--since", metavar="YYYY-MM-DD", type=_day, help="from this day; default: the first on which it was seen"
    )
    made["explain"].add_argument("id", metavar="ID", help="a flag's number, or the id of an action or objective")
    made["backtest"].add_argument(
        "--since", metavar="YYYY-MM-DD", type=_day, help="from this day; default: the plan's first"
    )
    made["run"].add_argument("--once", action="store_true", help="one pass, then end")
    made["test-alert"].add_argument("--to", metavar="PERSON", help="a person's id; default: the lead of each plan")
    _flags_options(made["flags"])
    made["report"].add_argument("-o", "--output", metavar="FILE", help="default: PLAN.html")
    made["report"].add_argument("--language", choices=("en", "fr"), help="default: the plan's")
    _export_options(made["export"])
    made["demo"].add_argument("directory", metavar="DIR", nargs="?", default="demo", help="default: demo")
    database = made["db"].add_subparsers(dest="what", metavar="WHAT", required=True)
    database.add_parser("upgrade", help="bring the database to this version", parents=[everywhere])
    backup = database.add_parser("backup", help="copy an SQLite database while it is in use", parents=[everywhere])
    backup.add_argument("file", metavar="FILE")
    return top


def _global_options(default: object) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(add_help=False)
    group = options.add_argument_group("everywhere")
    group.add_argument(
        "--config",
        metavar="DIR",
        default=default,
        help="the configuration folder (VIGIE_CONFIG, or .)",
    )
    group.add_argument("--plan", metavar="ID", action="append", default=default, help="only this plan; repeatable")
    group.add_argument("--today", metavar="YYYY-MM-DD", type=_day, default=default, help="the day taken as today")
    quiet = False if default is None else default
    group.add_argument("--json", action="store_true", default=quiet, help="answer in JSON")
    group.add_argument("-v", "--verbose", action="store_true", default=quiet, help="say more")
    return options


def _collect_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--source", metavar="ID", action="append", default=[], help="only this source; repeatable")
    command.add_argument("--since", metavar="YYYY-MM-DD", type=_day, help="from this day")
    command.add_argument("--until", metavar="YYYY-MM-DD", type=_day, help="up to and with this day")
    command.add_argument("--accept", action="store_true", help="what it says now is true, be it nothing or doubted")


def _flags_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--all", action="store_true", help="also those resolved or closed")
    steps = command.add_subparsers(dest="step", metavar="STEP")
    everywhere = _global_options(argparse.SUPPRESS)
    kinds = {
        "ack": "say that someone looks after it",
        "snooze": "keep quiet about it until a day",
        "expect": "say why it is no surprise, and keep quiet about it until a day",
    }
    for name, says in kinds.items():
        step = steps.add_parser(name, help=says, description=f"{says[0].upper()}{says[1:]}.", parents=[everywhere])
        step.add_argument("id", metavar="ID", type=int)
        step.add_argument(
            "--note", metavar="TEXT", default="", required=name == "expect", help="what others shall know"
        )
        if name != "ack":
            step.add_argument("--until", metavar="YYYY-MM-DD", type=_day, required=True, help="when it comes back")
        step.add_argument("--by", metavar="NAME", help="who says so: a person of the plan (default: who is logged in)")


def _export_options(command: argparse.ArgumentParser) -> None:
    what = ("kpis", "verdicts", "budgets", "readings", "coverage", "flags", "messages")
    grains = ("day", "week", "month", "quarter", "occurrence", "to_date")
    command.add_argument("what", metavar="WHAT", choices=what, help=", ".join(what))
    command.add_argument("--format", choices=("csv", "parquet", "xlsx", "json"), required=True)
    command.add_argument("-o", "--output", metavar="FILE", help="default: standard output")
    command.add_argument("--grain", choices=grains, action="append", help="only this grain; repeatable")
    command.add_argument(
        "--since",
        metavar="YYYY-MM-DD",
        type=_day,
        help="periods that end after the start of this day",
    )
    command.add_argument("--until", metavar="YYYY-MM-DD", type=_day, help="periods that start by this day")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day: write it as 2026-03-31") from None


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("vigie")
    except PackageNotFoundError:
        return "(not installed)"
