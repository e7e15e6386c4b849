"""What is answered to whoever comes with a link. Showing changes nothing; only sending the form does."""

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Connection

from config.fields import Language
from config.loading.loaded import LoadedPlan
from worker.deployment import Deployment
from worker.model.links import Link, LinkRefused, read_link
from worker.model.records import FlagHistory
from worker.model.response import NOTE_LENGTH, FlagEpisode, Refusal, Response
from worker.store import keys, plans
from worker.store.engine import Store
from worker.store.flag_history import flag_history
from worker.store.responses import respond
from worker.web.texts import ERRORS, TOO_OLD
from worker.web.view import Tried, view
from worker.wording import translator_for


@dataclass(frozen=True, slots=True)
class PageAnswer:
    """A page, or where to go for one."""

    status: int
    text: str = ""
    location: str = ""


@dataclass
class Site:
    """The pages of one deployment. Raises LinkRefused for a link that allows nothing."""

    at: Deployment
    store: Store
    plans: dict[str, tuple[tuple[str, str], LoadedPlan]] = field(default_factory=dict)  #: as read, with their texts

    def show(self, purpose: str, token: str) -> PageAnswer:
        """What the link is about, and the form."""
        with self.store.read() as connection:
            link, history, loaded = self._open(connection, purpose, token)
        return self._page(200, link, history, loaded)

    def carry_out(self, purpose: str, token: str, given: dict[str, str]) -> PageAnswer:
        """Do what the form says; then look at the page again. The form again where that cannot be done."""
        with self.store.read() as connection:  # a link that is none of ours holds up no writer
            link, history, loaded = self._open(connection, purpose, token)
        wanted = Response(link.purpose, link.person, given.get("note", ""), _day(given.get("until", "")))
        now, today = self.at.now(), self.at.today(loaded)
        with self.store.write() as connection:
            outcome = respond(connection, FlagEpisode(link.flag_id, link.episode), wanted, now, today=today)
        if outcome.refusal is None:
            return PageAnswer(303, location=f"/{purpose}/{token}")
        if outcome.refusal is Refusal.GONE:
            return self._page(409, link, history, loaded)
        return self._page(422, link, history, loaded, (wanted, outcome))

    def language_of(self, link: Link | None) -> Language | None:
        """The language of a link's person; None where nobody of a plan is meant."""
        if link is None:
            return None
        with self.store.read() as connection:
            history = flag_history(connection, link.flag_id)
            loaded = self._plan(connection, history.plan) if history else None
        person = loaded.plan.people.get(link.person) if loaded else None
        return (person.language or loaded.plan.language) if loaded and person else None

    def _open(self, connection: Connection, purpose: str, token: str) -> tuple[Link, FlagHistory, LoadedPlan]:
        """The link, what it is about, and the plan in force. Only who is in the plan can do anything."""
        link = read_link(keys.verifying_keys(connection), purpose, token, self.at.now())
        history = flag_history(connection, link.flag_id)
        if history is None:
            raise LinkRefused
        if history.episode != link.episode:
            raise LinkRefused(is_too_old=True, link=link)
        loaded = self._plan(connection, history.plan)
        if link.person not in loaded.plan.people:
            raise LinkRefused
        return link, history, loaded

    def _plan(self, connection: Connection, plan: str) -> LoadedPlan:
        """The plan's last version that held together, read again only when there is a newer one."""
        texts = plans.last_version(connection, plan)
        assert texts is not None  # a flag belongs to a plan that was read
        known = self.plans.get(plan)
        if known is None or known[0] != texts:
            known = self.plans[plan] = texts, self.at.load_from(self.at.folder / "plans" / plan, *texts)
        return known[1]

    def _page(
        self, status: int, link: Link, history: FlagHistory, loaded: LoadedPlan, tried: Tried | None = None
    ) -> PageAnswer:
        shown = view(link, history, loaded, self.at.today(loaded), tried)
        return PageAnswer(status, render("flag.html", shown.language, page=shown, note_length=NOTE_LENGTH))


def refused(status: int, language: Language, *, is_too_old: bool = False) -> PageAnswer:
    """The page that says why there is none."""
    texts = TOO_OLD if is_too_old else ERRORS.get(status, ERRORS[500])
    return PageAnswer(status, render("refused.html", language, status=status, texts=texts))


def render(template: str, language: Language, **shown: Any) -> str:
    """A page in a language."""
    return _templates().get_template(template).render(say=translator_for(language).say, language=language, **shown)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("worker.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
