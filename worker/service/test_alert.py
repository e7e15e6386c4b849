"""Whether a person can be reached: a test message by the outbox and ways out of every other. No flag changes."""

from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from config.errors import DeliveryError, PlanError, Problem
from config.loading.loaded import LoadedPlan
from config.suggestions import nearest
from worker.deployment import Deployment
from worker.model.message import MessageState, NoTransport, Unanswered
from worker.notify.deliver import WaysOut, send_one
from worker.notify.test_message import compose_trial
from worker.service.pipeline import NO_TRANSPORT, channels_of, plan_on_record
from worker.store import outbox, plans
from worker.store.engine import Store


class Result(StrEnum):
    """How a trial ended."""

    SENT = "sent"  #: taken by the server, the folder or the channel
    UNDER_WAY = "under_way"  #: the service that runs took it over
    FAILED = "failed"  #: not taken this time
    REFUSED = "refused"  #: not taken, and never will be until something is changed


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one test message."""

    plan: str
    person: str
    recipient: str
    through: str
    result: Result
    problem: str = ""
    remedy: str = ""

    @property
    def exit_code(self) -> int:
        """0 all well, 1 something failed, 2 the user must change something."""
        return {Result.REFUSED: 2, Result.FAILED: 1}.get(self.result, 0)

    def as_data(self) -> dict[str, Any]:
        """For ``--json``."""
        return asdict(self)

    def as_line(self) -> str:
        """For people."""
        said = {
            Result.SENT: "sent through",
            Result.UNDER_WAY: "taken over by the service that runs, which sends it through",
            Result.FAILED: "not sent through",
            Result.REFUSED: "refused by",
        }[self.result]
        line = f"{self.plan}: test message to {self.recipient} {said} {self.through}"
        return "\n  ".join([line, *filter(None, (self.problem, self.remedy and f"What to do: {self.remedy}"))])


def recipients_of_test(loaded: list[LoadedPlan], person: str | None) -> list[tuple[LoadedPlan, str]]:
    """Each plan with whom to write to: its lead, or the one named, where the plan knows them. Raises PlanError."""
    if person is None:
        found = [(plan, plan.plan.lead_id) for plan in loaded]
        nobody = [Problem(plan.documents[0].file, 0, "names nobody under people") for plan, lead in found if not lead]
        if nobody:
            raise PlanError(nobody)
        return [(plan, lead) for plan, lead in found if lead]
    known = {id for plan in loaded for id in plan.plan.people}
    if person not in known:
        raise PlanError([Problem("--to", 0, f"nobody is called '{person}' under people{nearest(person, known)}")])
    return [(plan, person) for plan in loaded if person in plan.plan.people]


def send_test_alert(at: Deployment, store: Store, loaded: LoadedPlan, person: str) -> list[Trial]:
    """Write to a person, by mail and through their channel; a message that is not taken is not tried again."""
    now = at.now()
    with store.read() as connection:
        stored = plans.stored_plan(connection, loaded.id)
    plan_id = stored.id if stored else plan_on_record(at, store, loaded)[0].id
    channel = {id: name for id, name in channels_of(loaded).items() if id == person}
    with store.write() as connection:
        message_id, _ = outbox.put(connection, plan_id, compose_trial(loaded, person, now), at.mail_domain, now)
        copies = outbox.copy_to_channels(connection, plan_id, channel, now)
    return [_tried(at, store, loaded, one) for one in (message_id, *copies)]


def _tried(at: Deployment, store: Store, loaded: LoadedPlan, message_id: int) -> Trial:
    is_tried, error = send_one(store, WaysOut(at.deliver, at.channels), message_id, at.now)
    with store.write() as connection:
        outbox.withdraw(connection, message_id)
        message = outbox.message_of(connection, message_id)
    who = (loaded.id, message.person, message.recipient, _through(at, message.channel))
    if error is not None:
        return Trial(*who, _result(error), str(error), _remedy(error, loaded, message.person, message.channel))
    if is_tried or message.state == MessageState.SENT:
        return Trial(*who, Result.SENT)
    if message.channel or at.deliver:
        return Trial(*who, Result.UNDER_WAY)
    return Trial(*who, Result.REFUSED, NO_TRANSPORT)


def _through(at: Deployment, channel: str) -> str:
    """The way a message takes, in words that hold no secret."""
    mail = at.settings.mail
    if channel:
        return f"the channel {channel}"
    return f"{mail.host}:{mail.port}" if mail.host else f"the folder {mail.folder}" if mail.folder else "mail"


def _result(error: DeliveryError) -> Result:
    """Whether trying again by itself may help: where it must not be tried soon, something must be changed."""
    is_for_good = error.permanent or (isinstance(error, NoTransport) and error.pause > timedelta(0))
    return Result.REFUSED if is_for_good else Result.FAILED


def _remedy(error: DeliveryError, loaded: LoadedPlan, person: str, channel: str) -> str:
    if channel:
        return f"check the address of {channel} under channels, in vigie.yaml or where it points to"
    if isinstance(error, NoTransport):
        return "check mail in vigie.yaml: host, port, security, username, password, from; and that the server is up"
    if isinstance(error, Unanswered):
        return "it may have arrived: look into the mailbox before you try again"
    if error.permanent:
        return f"check the e-mail address of {person} in {loaded.documents[0].file}, or ask who runs the mail server"
    return "try again in some minutes; what is no test is tried again by itself, for five days"
