"""What can be written on the command line, and its help, in the language of whoever asks."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial
from typing import Any

from config.languages import LANGUAGES
from config.message import marked
from worker.cli.language import Say, argparse_speaks, language_of_help, speaker


@dataclass(frozen=True, slots=True)
class Command:
    """Where the function of a command is, and what it is for."""

    module: str
    summary: str


COMMANDS = {
    "init": Command("configuration", marked("write a commented starter configuration")),
    "check": Command("configuration", marked("check every file and list each problem with its line")),
    "sources": Command("configuration", marked("list the sources; --test checks that each can be read")),
    "collect": Command("work", marked("collect the figures that are due, or those of the days given")),
    "judge": Command("work", marked("compute figures and verdicts from what is stored; sends nothing")),
    "status": Command("status", marked("show where each plan stands")),
    "review": Command(
        "review",
        marked("answer the five questions: worth, opportunities, measurability, responsibility, feasibility"),
    ),
    "diff": Command("history", marked("show what changed in a plan since a given day")),
    "explain": Command("history", marked("explain a verdict: its figures, its rule, the version of the plan")),
    "backtest": Command("history", marked("replay past days: who would have been alerted, and was it right")),
    "run": Command("work", marked("run the service; with --once: collect, judge, notify, then exit")),
    "test-alert": Command("work", marked("send a test message, the way every other one goes; changes no alert")),
    "flags": Command("flags", marked("list open alerts; acknowledge or snooze one, or mark it as expected")),
    "report": Command("output", marked("write the report of each plan as one HTML page")),
    "export": Command("output", marked("export figures as CSV, Parquet, XLSX or JSON")),
    "demo": Command("demo", marked("try everything on a real retailer’s year; no account needed")),
    "db": Command("output", marked("upgrade or back up the database")),
}

STEPS = {
    "ack": marked("acknowledge an alert: someone is looking after it"),
    "snooze": marked("snooze an alert until a given day"),
    "expect": marked("mark an alert as expected, with the reason, and snooze it until a given day"),
}


def parsed(arguments: Sequence[str]) -> argparse.Namespace:
    """What is asked for; help and mistakes are said in the user's language, and end the program."""
    language = language_of_help(arguments)
    with argparse_speaks(speaker(language)):
        return parser(language).parse_args(arguments)


@cache
def parser(language: str = "en") -> argparse.ArgumentParser:
    """Everything that can be written. The global options may stand before or behind the command."""
    say = speaker(language)
    with argparse_speaks(say):
        return _Builder(say).whole()


class _Help(argparse.HelpFormatter):
    """Help whose headings end with a colon as the language writes it."""

    def __init__(self, colon: str, prog: str) -> None:
        super().__init__(prog)
        self._gap = colon.rstrip().removesuffix(":")

    def start_section(self, heading: str | None) -> None:
        """Begin a section under its heading."""
        super().start_section(f"{heading}{self._gap}")


class _Builder:
    """Builds the parser in one language."""

    def __init__(self, say: Say) -> None:
        self.say = say
        self.help: Any = partial(_Help, say(": "))
        self.everywhere = self._global_options(argparse.SUPPRESS)

    def whole(self) -> argparse.ArgumentParser:
        """The command line."""
        top = argparse.ArgumentParser(
            prog="vigie",
            description=self.say(
                "Watches a marketing action plan: collects its figures, judges them, alerts the right person."
            ),
            parents=[self._global_options(None)],
            formatter_class=self.help,
        )
        said = f"vigie {_version()}"
        top.add_argument("--version", action="version", version=said, help=self.say("show the version and exit"))
        added = top.add_subparsers(dest="command", metavar=self.say("COMMAND"), required=True)
        made = {name: self._command(added, name, self.say(command.summary)) for name, command in COMMANDS.items()}
        self._small_options(made)
        self._collect_options(made["collect"])
        self._flags_options(made["flags"])
        self._export_options(made["export"])
        self._database_options(made["db"])
        return top

    def _command(self, added: Any, name: str, summary: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = added.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            parents=[self.everywhere],
            formatter_class=self.help,
        )
        return made

    def _day(self, command: argparse.ArgumentParser, option: str, help: str, *, required: bool = False) -> None:
        metavar = self.say("YYYY-MM-DD")
        command.add_argument(option, metavar=metavar, type=self._as_day, help=help, required=required)

    def _as_day(self, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            said = self.say("'{text}' is not a date: write it as 2026-03-31", text=text)
            raise argparse.ArgumentTypeError(said) from None

    def _as_number(self, text: str) -> int:
        try:
            return int(text)
        except ValueError:
            said = self.say("'{text}' is not the number of an alert: 'vigie flags' lists them", text=text)
            raise argparse.ArgumentTypeError(said) from None

    def _global_options(self, default: object) -> argparse.ArgumentParser:
        say = self.say
        options = argparse.ArgumentParser(add_help=False)
        group = options.add_argument_group(say("global options"))
        directory = say("the configuration folder (default: VIGIE_CONFIG, or the current folder)")
        group.add_argument("--config", metavar=say("DIR"), default=default, help=directory)
        group.add_argument(
            "--plan", metavar="ID", action="append", default=default, help=say("only this plan; repeatable")
        )
        group.add_argument(
            "--today",
            metavar=say("YYYY-MM-DD"),
            type=self._as_day,
            default=default,
            help=say("treat this date as today"),
        )
        spoken = say("the language of the answer (default: the plan’s, or that of the system)")
        group.add_argument("--language", choices=LANGUAGES, default=default, help=spoken)
        quiet = False if default is None else default
        group.add_argument("--json", action="store_true", default=quiet, help=say("answer in JSON"))
        group.add_argument("-v", "--verbose", action="store_true", default=quiet, help=say("verbose output"))
        return options

    def _small_options(self, made: dict[str, argparse.ArgumentParser]) -> None:
        """Those of the commands that have one or two."""
        say = self.say
        made["init"].add_argument("directory", metavar=say("DIR"), help=say("a new or empty folder"))
        proof = say("ask each source for its account, time zone and currency")
        made["sources"].add_argument("--test", action="store_true", help=proof)
        self._day(made["diff"], "--since", say("from this day on (default: the first version on record)"))
        made["explain"].add_argument(
            "id", metavar="ID", help=say("the number of an alert, or the id of an action, objective or plan")
        )
        self._day(made["backtest"], "--since", say("from this day on (default: the plan’s first)"))
        made["run"].add_argument("--once", action="store_true", help=say("do one pass, then exit"))
        made["test-alert"].add_argument(
            "--to", metavar=say("PERSON"), help=say("a person’s id (default: the lead of each plan)")
        )
        made["report"].add_argument("-o", "--output", metavar=say("FILE"), help=say("default: PLAN.html"))
        made["demo"].add_argument(
            "directory", metavar=say("DIR"), nargs="?", default="demo", help=say("default: {value}", value="demo")
        )

    def _collect_options(self, command: argparse.ArgumentParser) -> None:
        say = self.say
        command.add_argument(
            "--source", metavar="ID", action="append", default=[], help=say("only this source; repeatable")
        )
        self._day(command, "--since", say("from this day on"))
        self._day(command, "--until", say("up to and including this day"))
        accepted = say("accept the source’s current figures, even if empty or suspect")
        command.add_argument("--accept", action="store_true", help=accepted)

    def _flags_options(self, command: argparse.ArgumentParser) -> None:
        say = self.say
        command.add_argument("--all", action="store_true", help=say("include alerts that are resolved or closed"))
        steps = command.add_subparsers(dest="step", metavar=say("STEP"))
        for name, summary in STEPS.items():
            step = self._command(steps, name, say(summary))
            step.add_argument("id", metavar="ID", type=self._as_number, help=say("the number of the alert"))
            note = say("why, for others to read")
            step.add_argument("--note", metavar=say("TEXT"), default="", required=name == "expect", help=note)
            if name != "ack":
                self._day(step, "--until", say("the day on which it comes back"), required=True)
            who = say("who says so: a person of the plan (default: who is logged in)")
            step.add_argument("--by", metavar=say("NAME"), help=who)

    def _export_options(self, command: argparse.ArgumentParser) -> None:
        say = self.say
        datasets = ("kpis", "verdicts", "budgets", "readings", "coverage", "flags", "messages")
        grains = ("day", "week", "month", "quarter", "occurrence", "to_date")
        command.add_argument("what", metavar=say("WHAT"), choices=datasets, help=", ".join(datasets))
        formats = ("csv", "parquet", "xlsx", "json")
        command.add_argument("--format", choices=formats, required=True, help=say("the format of the file"))
        command.add_argument("-o", "--output", metavar=say("FILE"), help=say("default: standard output"))
        command.add_argument("--grain", choices=grains, action="append", help=say("only this grain; repeatable"))
        self._day(command, "--since", say("periods that end after the start of this day"))
        self._day(command, "--until", say("periods that start on or before this day"))

    def _database_options(self, command: argparse.ArgumentParser) -> None:
        say = self.say
        tasks = command.add_subparsers(dest="what", metavar=say("WHAT"), required=True)
        self._command(tasks, "upgrade", say("bring the database to this version"))
        backup = self._command(tasks, "backup", say("copy an SQLite database while it is in use"))
        backup.add_argument("file", metavar=say("FILE"), help=say("a new file"))


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("vigie")
    except PackageNotFoundError:
        return "(not installed)"
