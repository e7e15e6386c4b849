"""How commands begin: the configuration folder, its plans, the store, and the language of whoever asks."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.message import Message, message
from config.settings import configuration_folder
from worker.cli.complaints import complain
from worker.cli.language import language_of
from worker.deployment import Deployment
from worker.model.context import PlanContext
from worker.report.plain import plain_lines
from worker.report.status import json_text
from worker.service.wiring import deploy, readable_store
from worker.store import plans
from worker.store.context import load_context
from worker.wording import Translator, translator_for


class Opening:
    """What a command is given to work with. Raises PlanError where the settings are wrong."""

    def __init__(self, asked: Namespace) -> None:
        self.asked = asked
        self.at: Deployment = deploy(
            configuration_folder(asked.config), plans=tuple(asked.plan or ()), today=asked.today
        )

    @cached_property
    def plans(self) -> list[LoadedPlan]:
        """Every plan asked for. Raises PlanError with every problem of all of them."""
        return self.at.load_all()

    @cached_property
    def translator(self) -> Translator:
        """The language of the command as a whole."""
        return translator_for(language_of(self.asked))

    def language(self, own: Language) -> Language:
        """The language in which something that has its own is told of: as asked for, else its own."""
        return self.asked.language or own

    @contextmanager
    def reading(self, *, broken_plans_too: bool = False) -> Iterator[Connection]:
        """The stored figures. Raises PlanError where there are none yet, or a plan holds a mistake."""
        if not broken_plans_too:
            _ = self.plans
        with readable_store(self.at) as store, store.read() as connection:
            yield connection

    def computed(self, connection: Connection) -> Iterator[PlanContext]:
        """The plans that have figures; of the others it is said what to do."""
        for loaded in self.plans:
            stored = plans.stored_plan(connection, loaded.id)
            if stored is None or stored.until is None:
                self.complain(loaded, message("nothing is computed yet: run 'vigie collect'"))
                continue
            if not plans.is_version_in_force(connection, stored, loaded):
                self.complain(
                    loaded, message("the plan has changed since its figures were computed: run 'vigie judge'")
                )
            yield load_context(connection, loaded, stored)

    def complain(self, loaded: LoadedPlan, text: Message) -> None:
        """Say what is wrong with a plan."""
        complain(f"{loaded.id}{self.translator.say(': ')}{self.translator.say(text)}")

    def answer(self, data: Any, text: str) -> None:
        """Print for programs or for people, as asked."""
        print(json_text(data) if self.asked.json else plain_lines(text))
