"""Whether a person can be reached: a test message by the outbox and ways out of every other. No flag changes."""

from dataclasses import dataclass, fields
from datetime import timedelta
from enum import StrEnum

from config.errors import DeliveryError, PlanError, Problem
from config.loading.loaded import LoadedPlan
from config.message import Message, marked, message
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


_RESULTS = {
    Result.SENT: marked("{plan}: test message to {recipient} sent via {transport}"),
    Result.UNDER_WAY: marked(
        "{plan}: test message to {recipient} handed to the running service, which sends it via {transport}"
    ),
    Result.FAILED: marked("{plan}: test message to {recipient} not sent via {transport}"),
    Result.REFUSED: marked("{plan}: test message to {recipient} refused by {transport}"),
}


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one test message."""

    plan: str
    person: str
    recipient: str
    through: str | Message
    result: Result
    problem: str | Message = ""
    remedy: str | Message = ""

    @property
    def exit_code(self) -> int:
        """0 all well, 1 something failed, 2 the user must change something."""
        return {Result.REFUSED: 2, Result.FAILED: 1}.get(self.result, 0)

    def as_data(self) -> dict[str, str]:
        """For ``--json``."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}

    @property
    def lines(self) -> list[str | Message]:
        """For people."""
        parts = {"plan": self.plan, "recipient": self.recipient, "transport": self.through}
        lines: list[str | Message] = [message(_RESULTS[self.result], **parts)]
        if self.problem:
            lines.append(self.problem)
        if self.remedy:
            lines.append(message("What to do: {remedy}", remedy=self.remedy))
        return lines


def recipients_of_test(loaded: list[LoadedPlan], person: str | None) -> list[tuple[LoadedPlan, str]]:
    """Each plan with whom to write to: its lead, or the one named, where the plan knows them. Raises PlanError."""
    if person is None:
        leads = [(plan, plan.plan.lead_id) for plan in loaded]
        nobody = message("names nobody under people")
        problems = [Problem(plan.documents[0].file, 0, nobody) for plan, lead in leads if not lead]
        if problems:
            raise PlanError(problems)
        return [(plan, lead) for plan, lead in leads if lead]
    known = {id for plan in loaded for id in plan.plan.people}
    if person not in known:
        text = message("nobody is called '{person}' under people{hint}", person=person, hint=nearest(person, known))
        raise PlanError([Problem("--to", 0, text)])
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
        outgoing = outbox.message_of(connection, message_id)
    who = (loaded.id, outgoing.person, outgoing.recipient, _through(at, outgoing.channel))
    if error is not None:
        return Trial(*who, _result(error), str(error), _remedy(error, loaded, outgoing.person, outgoing.channel))
    if is_tried or outgoing.state == MessageState.SENT:
        return Trial(*who, Result.SENT)
    if outgoing.channel or at.deliver:
        return Trial(*who, Result.UNDER_WAY)
    return Trial(*who, Result.REFUSED, NO_TRANSPORT)


def _through(at: Deployment, channel: str) -> str | Message:
    """The way a message takes, in words that hold no secret."""
    mail = at.settings.mail
    if channel:
        return message("the channel {name}", name=channel)
    if mail.host:
        return f"{mail.host}:{mail.port}"
    return message("the folder {path}", path=mail.folder) if mail.folder else message("e-mail")


def _result(error: DeliveryError) -> Result:
    """Whether trying again by itself may help: where it must not be tried soon, something must be changed."""
    is_for_good = error.permanent or (isinstance(error, NoTransport) and error.pause > timedelta(0))
    return Result.REFUSED if is_for_good else Result.FAILED


def _remedy(error: DeliveryError, loaded: LoadedPlan, person: str, channel: str) -> Message:
    if channel:
        return message(
            "check the address of {channel} under channels, in vigie.yaml or where it points", channel=channel
        )
    if isinstance(error, NoTransport):
        return message(
            "check mail in vigie.yaml (host, port, security, username, password, from), and that the server is running"
        )
    if isinstance(error, Unanswered):
        return message("it may have arrived: check the mailbox before you try again")
    if error.permanent:
        file = loaded.documents[0].file
        return message(
            "check the e-mail address of {person} in {file}, or ask whoever runs the mail server",
            person=person,
            file=file,
        )
    return message("try again in a few minutes; messages other than tests are retried automatically for five days")
