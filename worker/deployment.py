"""One configuration folder and all that is needed to work on it: store, connectors, way out for mail, clock."""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from email.utils import parseaddr
from functools import partial
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

from config.errors import PlanError, Problem, SourceRefused, unforeseen
from config.loading.loaded import LoadedPlan
from config.loading.loader import load_plan, parse_plan, plan_folders
from config.message import message
from config.settings import Settings, reveal
from config.sources import Secret, SourceEntry
from config.suggestions import nearest
from config.vocabulary import Dimension, SourceKind
from connectors.base import Connector, Context, Remember, Unlabelled, no_pseudonym, nothing_remembered
from connectors.registry import OptionModels, connector_class
from worker.model.context import Instant
from worker.model.currency import Ask
from worker.model.message import Deliver
from worker.model.tracking import SourceFacts

log = logging.getLogger("vigie")

Clock = Callable[[], datetime]
Pseudonym = Callable[[str], str]


@dataclass(frozen=True)
class Deployment:
    """Where the work is done. Built by ``app``; everything else is handed it."""

    folder: Path
    settings: Settings
    now: Clock = field(repr=False)  #: aware, in UTC
    only_plans: tuple[str, ...] = ()
    fixed_today: date | None = None  #: the day to be taken as today, for demos and for looking back
    deliver: Deliver | None = field(default=None, repr=False)  #: None where no way out for mail is set
    ask_quotes: Ask = field(default=list, repr=False)  #: asks the central bank for its latest rates
    channels: Mapping[str, Deliver] = field(default_factory=dict, repr=False)  #: the other ways out, by name
    stop: Event = field(default_factory=Event, repr=False)  #: set when the work is to end

    def today(self, loaded: LoadedPlan) -> date:
        """The day in the plan's zone."""
        return self.fixed_today or self.now().astimezone(ZoneInfo(loaded.plan.timezone)).date()

    def instant(self, loaded: LoadedPlan) -> Instant:
        """Now."""
        return Instant(self.today(loaded), self.now())

    @property
    def mail_domain(self) -> str:
        """What stands behind the @ of our message ids."""
        return parseaddr(self.settings.mail.from_)[1].rpartition("@")[2] or "localhost"

    def plan_folders(self) -> list[Path]:
        """The folders of the plans asked for. Raises PlanError for one that is not there."""
        folders = plan_folders(self.folder)
        names = [folder.name for folder in folders]
        for wanted in self.only_plans:
            if wanted not in names:
                text = message("there is no plan '{id}'{hint}", id=wanted, hint=nearest(wanted, names))
                raise PlanError([Problem("plans", 0, text).in_folder(self.folder)])
        return [folder for folder in folders if not self.only_plans or folder.name in self.only_plans]

    def load(self, folder: Path) -> LoadedPlan:
        """One plan. Raises PlanError with every problem of its files."""
        with _as_plan_error(folder):
            return load_plan(folder, self.folder, OptionModels(), self.settings.channels)

    def load_from(self, folder: Path, plan_text: str, sources_text: str) -> LoadedPlan:
        """One plan from texts kept of it."""
        with _as_plan_error(folder):
            return parse_plan(folder, plan_text, sources_text, OptionModels())

    def load_valid(self) -> tuple[list[LoadedPlan], list[Problem]]:
        """The plans that hold together, and the problems of the others."""
        plans: list[LoadedPlan] = []
        problems: list[Problem] = []
        for folder in self.plan_folders():
            try:
                plans.append(self.load(folder))
            except PlanError as error:
                problems += error.problems
        return plans, problems

    def load_all(self) -> list[LoadedPlan]:
        """Every plan asked for. Raises PlanError with every problem of all of them."""
        plans, problems = self.load_valid()
        if problems:
            raise PlanError(problems)
        return plans

    def connector(
        self,
        loaded: LoadedPlan,
        source: str,
        pseudonym: Pseudonym = no_pseudonym,
        remember: Remember = nothing_remembered,
    ) -> Connector:
        """A source's connector. Raises SourceRefused where it cannot be built."""
        entry = loaded.sources[source]
        context = Context(
            source=source,
            folder=loaded.folder,
            zone=loaded.plan.timezone,
            currency=loaded.plan.currency,
            reveal=partial(_reveal, loaded.folder),
            pseudonym=pseudonym,
            remember=remember,
            now=self.now,
            today=self.fixed_today,
        )
        return connector_class(entry.connector)(entry, context)


@contextmanager
def _as_plan_error(folder: Path) -> Iterator[None]:
    """What nobody foresaw in a plan's files is a problem of that plan, as any other."""
    try:
        yield
    except PlanError:
        raise
    except Exception as error:
        log.debug("%s", folder.name, exc_info=True)
        raise PlanError([Problem(f"plans/{folder.name}", 0, unforeseen(error))]) from error


def facts_of(loaded: LoadedPlan) -> dict[str, SourceFacts]:
    """What is known of each source before it is read: what a file provides is learnt by reading it."""
    found = {}
    for id, entry in loaded.sources.items():
        kind = connector_class(entry.connector).kind
        provides = frozenset[str]() if kind is SourceKind.FILE else provided_by(entry)
        found[id] = SourceFacts(entry.kind or kind, provides)
    return found


def lookback_of(entry: SourceEntry) -> int:
    """The number of days a source may still change: as its entry says, else as its connector knows."""
    return connector_class(entry.connector).lookback if entry.lookback is None else entry.lookback


def rereads(entry: SourceEntry) -> bool:
    """Whether each run reads all of the source."""
    return connector_class(entry.connector).rereads


def unlabelled_of(loaded: LoadedPlan) -> dict[tuple[str, str], frozenset[Dimension]]:
    """(source, measure) -> the dimensions that its connector never cuts it by."""
    found: dict[tuple[str, str], frozenset[Dimension]] = {}
    for id, entry in loaded.sources.items():
        connector = connector_class(entry.connector)
        if isinstance(connector, Unlabelled):
            found |= {(id, measure): dimensions for measure, dimensions in connector.unlabelled.items()}
    return found


def provided_by(entry: SourceEntry) -> frozenset[str]:
    """The measures a source may provide."""
    return connector_class(entry.connector).provides | entry.measures.keys()


def _reveal(folder: Path, secret: Secret) -> str:
    try:
        return reveal(secret, folder)
    except PlanError as error:
        raise SourceRefused(error.problems[0].message) from error
