"""How commands begin: the configuration folder, its plans, the store, and the language of whoever asks."""

import logging
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from config.errors import PlanError, Problem, VigieError, unforeseen
from config.fields import Language
from config.loading.loaded import LoadedPlan
from config.message import Message, message
from config.settings import configuration_folder
from worker.cli.complaints import FAILED, TO_CHANGE, complain, problem_line, said, to_standard_error
from worker.cli.language import language_of
from worker.deployment import Deployment
from worker.model.context import PlanContext
from worker.report.plain import plain_lines
from worker.report.status import json_text
from worker.service.wiring import deploy, readable_store
from worker.store import plans
from worker.store.context import load_context
from worker.store.engine import as_store_error
from worker.wording import Translator, translator_for

log = logging.getLogger("vigie")


class Opening:
    """What a command is given to work with. Raises PlanError where the settings are wrong."""

    def __init__(self, asked: Namespace) -> None:
        self.asked = asked
        self._code = 0
        self.at: Deployment = deploy(
            configuration_folder(asked.config), plans=tuple(asked.plan or ()), today=asked.today
        )

    @cached_property
    def plans(self) -> list[LoadedPlan]:
        """Every sound plan asked for; the mistakes of the others are said. Raises PlanError where none is sound."""
        sound, problems = self.at.load_valid()
        if not sound:
            raise PlanError(problems)
        self.say_problems(problems)
        return sound

    def say_problems(self, problems: Sequence[Problem]) -> None:
        """Say what the user must change; the exit code will be that of a mistake."""
        for problem in problems:
            to_standard_error(problem_line(problem, self.translator))
            self._code = TO_CHANGE

    @contextmanager
    def set_aside(self, loaded: LoadedPlan, connection: Connection | None = None) -> Iterator[None]:
        """Work on one plan: what goes wrong with it is said, and stops no other. A file's trouble stops the command."""
        try:
            with as_store_error(connection.engine) if connection else nullcontext():
                yield
        except PlanError as error:
            self.say_problems(error.problems)
        except OSError:
            raise
        except Exception as error:
            log.debug("%s", loaded.id, exc_info=True)
            self.complain(loaded, error.message if isinstance(error, VigieError) else unforeseen(error))
            self._code = max(self._code, FAILED)
            if connection:
                connection.rollback()

    def ended(self, code: int = 0) -> int:
        """The exit code of a command that ends with this one of its own."""
        return max(code, self._code)

    @cached_property
    def translator(self) -> Translator:
        """The language of the command as a whole."""
        return translator_for(language_of(self.asked))

    def language(self, own: Language) -> Language:
        """The language in which something that has its own is told of: as asked for, else its own."""
        return self.asked.language or own

    @contextmanager
    def reading(self, *, broken_plans_too: bool = False) -> Iterator[Connection]:
        """The stored figures. Raises PlanError where there are none yet, or no plan is sound."""
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
                self._code = max(self._code, FAILED)
                continue
            if not plans.is_version_in_force(connection, stored, loaded):
                self.complain(
                    loaded, message("the plan has changed since its figures were computed: run 'vigie judge'")
                )
            yield load_context(connection, loaded, stored)

    def complain(self, loaded: LoadedPlan, text: str | Message) -> None:
        """Say what is wrong with a plan."""
        complain(f"{loaded.id}{self.translator.say(': ')}{said(text, self.translator)}")

    def answer(self, data: Any, text: str) -> None:
        """Print for programs or for people, as asked."""
        print(json_text(data) if self.asked.json else plain_lines(text))
