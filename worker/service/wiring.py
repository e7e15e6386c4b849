"""The composition root: the only place that builds the store, connectors, channels and clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event

from config.authorities import trust
from config.errors import PlanError, Problem
from config.message import message
from config.settings import Settings, load_settings, reveal
from config.sources import Secret
from connectors.base import Quote
from connectors.kit import rates
from worker.deployment import Clock, Deployment
from worker.model.message import Deliver
from worker.notify.channels import deliver_by_channel
from worker.notify.smtp import deliver_by_smtp, deliver_to_folder
from worker.store.engine import Store, existing_store, open_store


def utc_now() -> datetime:
    """The moment, aware, in UTC."""
    return datetime.now(UTC)


def deploy(folder: Path, *, plans: tuple[str, ...] = (), today: date | None = None, now: Clock = utc_now) -> Deployment:
    """Everything to work on a configuration folder with. Raises PlanError where its settings are wrong."""
    settings = load_settings(folder)
    trust(settings.authorities)
    stop = Event()
    mail = _way_out(settings, stop)
    return Deployment(folder, settings, now, plans, today, mail, _ask_bank, _channels(settings), stop)


@contextmanager
def writable_store(deployment: Deployment) -> Iterator[Store]:
    """The database, brought to the current migration; let go of at the end."""
    store = open_store(deployment.settings.database_url)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def readable_store(deployment: Deployment) -> Iterator[Store]:
    """The database as it is. Raises PlanError where there is nothing in it yet."""
    store = existing_store(deployment.settings.database_url)
    if store is None:
        text = message("holds nothing yet: run 'vigie collect', then 'vigie judge'")
        raise PlanError([Problem(deployment.settings.database, 0, text)])
    try:
        yield store
    finally:
        store.close()


def _ask_bank() -> list[Quote]:
    from connectors.kit.http import Http  # requests costs half a second: only who has foreign money pays it

    return rates.recent(Http("ecb"))


def _way_out(settings: Settings, stop: Event) -> Deliver | None:
    mail = settings.mail
    if mail.folder:
        return deliver_to_folder(settings.folder / mail.folder, mail.from_)
    if mail.host:
        secret = mail.password
        return deliver_by_smtp(mail, lambda: reveal(secret, settings.folder) if secret else None, stop)
    return None


def _channels(settings: Settings) -> dict[str, Deliver]:
    def way(name: str, secret: Secret) -> Deliver:
        return deliver_by_channel(name, lambda: reveal(secret, settings.folder))

    return {name: way(name, secret) for name, secret in settings.channels.items()}
