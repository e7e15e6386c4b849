"""What is new for one person -> one mail: subject, text and HTML in their language. Values in, values out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from sqlalchemy import Row

from config.errors import Problem
from config.loading.loaded import LoadedPlan
from config.message import Message, marked
from config.plan import Person
from worker.flags.notification import MailContext, Notification, Role
from worker.flags.stakes import rank
from worker.model.flag import Alert, FlagReason
from worker.model.message import Draft, Picture
from worker.notify.digest import digest
from worker.notify.item import GAP, Hint, hint, item, title
from worker.notify.subjects import subject_of
from worker.notify.week import Week
from worker.store.outbox import notice_key
from worker.wording import Translator, translator_for
from worker.wording.outside import harmless

SHOWN = 40  # problems in one mail; the rest is counted: a mail of 200 kB is as much as some programs show
FULL = 5  # of them with a chart and all their figures, the first: more would not fit beside forty; the others in short


_REASONS: Mapping[Role, str] = {
    Role.YOU: marked("You are receiving this because you are responsible for it in the plan “{plan}”."),
    Role.LEAD: marked("You are receiving this as lead of the plan “{plan}”, because it has no owner."),
    Role.NEXT: marked("You are receiving this because its owner in the plan “{plan}” has not responded."),
    Role.SOURCE: marked("You are receiving this because you look after this source in the plan “{plan}”."),
}


class Reader(NamedTuple):
    """Whom a mail is for, and in which language."""

    id: str
    person: Person
    translator: Translator


def reader(loaded: LoadedPlan, id: str) -> Reader:
    """A person of the plan, who reads their own language, else the plan's."""
    person = loaded.plan.people[id]
    return Reader(id, person, translator_for(person.language or loaded.plan.language))


def in_full(notification: Sequence[Notification]) -> list[Notification]:
    """Those that are shown with all their figures."""
    return _opened(notification)[:FULL]


def compose(context: MailContext, person: str, notification: Sequence[Notification], week: Week | None = None) -> Draft:
    """The mail that tells a person all that is new, most at stake first; and their week, where it is due."""
    plan, to = context.loaded.plan, reader(context.loaded, person)
    translator = to.translator
    opened = _opened(notification)
    resolved = [one for one in notification if one.is_good]
    items = [item(context, one, translator, is_brief=n >= FULL) for n, one in enumerate(opened[:SHOWN])]
    weekly = digest(week, translator, {one.flag_id for one in notification}) if week else None
    more = len(opened) + len(resolved) - len(items) - len(resolved[:SHOWN])
    values = {
        "intro": _intro(plan.plan, opened, translator)
        if notification
        else translator.say("Your week in “{plan}”.", plan=plan.plan),
        "preview": items[0].sentence if items else weekly.lines[0] if weekly else "",
        "items": items,
        "more": _more(more, "vigie flags", translator),
        "resolved": [_resolved(one, translator) for one in resolved[:SHOWN]],
        "simulated_note": _simulated_note(translator) if any(one.is_simulated for one in items) else "",
        "digest": weekly,
        "digest_title": translator.say("Your week") if notification else "",
        "footer": [
            _as_of(context, translator),
            *_whys(plan.plan, notification, translator, is_weekly=weekly is not None),
        ],
    }
    subject = weekly.subject if weekly and not notification else subject_of(plan.plan, opened, resolved, translator)
    thread = next((one.thread for one in (*opened, *resolved)), "")
    key = weekly.key if weekly else _key(context, to.person.email, notification)
    draft = _draft(key, to, subject, values, thread)
    return replace(draft, pictures=tuple(Picture(one.chart.cid, one.chart.png) for one in items if one.chart))


def _simulated_note(translator: Translator) -> str:
    return translator.say(
        "Figures marked “simulated” are made up, to show what the page looks like: don’t base decisions on them."
    )


def _more(count: int, command: str, translator: Translator) -> Hint | None:
    """How many are left out, and where to see them."""
    if count <= 0:
        return None
    text = translator.counted("And 1 more: {command}", "And {count} more: {command}", count, command=GAP)
    return hint(text, command)


def compose_plan_problem(loaded: LoadedPlan, person: str, problems: Sequence[Problem]) -> Draft:
    """The mail to the plan's lead that its files no longer hold together."""
    plan, to = loaded.plan, reader(loaded, person)
    translator = to.translator
    values = {
        "intro": translator.say(
            "The plan’s files contain mistakes; the last valid version stays in force until they are fixed:"
        ),
        "problems": [harmless(translator.say(problem.told())) for problem in problems[:SHOWN]],
        "more": _more(len(problems) - SHOWN, "vigie check", translator),
        "hint": hint(translator.say("Fix the mistakes listed above, then run: {command}", command=GAP), "vigie check"),
        "footer": [_why_lead(plan.plan, translator)],
    }
    # The version they were made on is part of it: a mistake made again after it was put right is told again.
    key = _hash([loaded.id, to.person.email, loaded.digest, *map(str, problems)])
    return _draft(key, to, translator.say("{plan}: mistakes in the plan’s files", plan=plan.plan), values)


def compose_failure(loaded: LoadedPlan, person: str, text: Message, now: datetime) -> Draft:
    """The mail to the plan's lead that its figures could not be worked on, once a month while that lasts."""
    plan, to = loaded.plan, reader(loaded, person)
    translator = to.translator
    values = {
        "intro": translator.say(
            "Vigie met an error of its own and could not finish with this plan; no alert of it is sent meanwhile:"
        ),
        "problems": [harmless(translator.say(text))],
        "hint": hint(
            translator.say("Ask whoever runs Vigie for its log, or run: {command}", command=GAP), "vigie judge -v"
        ),
        "footer": [_why_lead(plan.plan, translator)],
    }
    key = _hash([loaded.id, to.person.email, loaded.digest, str(text), f"{now:%Y-%m}"])
    return _draft(key, to, translator.say("{plan}: Vigie could not finish", plan=plan.plan), values)


def compose_undelivered(loaded: LoadedPlan, person: str, failed: Row[Any]) -> Draft:
    """The mail to the plan's lead that another mail reached nobody, with what it said."""
    plan, to = loaded.plan, reader(loaded, person)
    translator = to.translator
    values = {
        "intro": translator.say(
            "A message to {name} ({address}) could not be delivered and will not be sent again: {problem}",
            name=failed.name,
            address=failed.recipient,
            problem=harmless(failed.problem or ""),
        ),
        "hint": Hint(translator.say("Correct the address in the plan, and pass on what the message said:")),
        "quoted": f"{failed.subject}\n\n{failed.text}".strip(),
        "footer": [_why_lead(plan.plan, translator)],
    }
    subject = translator.say("{plan}: a message to {name} was not delivered", plan=plan.plan, name=failed.name)
    return _draft(notice_key(failed), to, subject, values)


def _why_lead(plan: str, translator: Translator) -> str:
    return translator.say("You are receiving this as lead of the plan “{plan}”.", plan=plan)


def _draft(key: str, to: Reader, subject: str, values: Mapping[str, Any], thread: str = "") -> Draft:
    translator, person = to.translator, to.person
    every = {
        "language": translator.language,
        "subject": subject,
        "hello": translator.say("Hello {name},", name=person.name),
        "what_now": translator.say("What you can do"),
        "resolved_title": translator.say("Resolved"),
        "simulated": translator.say("simulated"),
        "colon": translator.say(": "),
        "cure_title": translator.say("What it would take"),
        **dict.fromkeys(("preview", "quoted", "simulated_note", "digest_title"), ""),
        **dict.fromkeys(("items", "problems", "resolved"), ()),
        **dict.fromkeys(("more", "hint", "digest"), None),
        **values,
    }
    return Draft(
        key=key,
        person=to.id,
        name=person.name,
        recipient=person.email,
        language=translator.language,
        subject=subject,
        text=_templates().get_template("mail.txt").render(every),
        html=_templates().get_template("mail.html").render(every),
        references=thread,
    )


def _key(context: MailContext, email: str, notification: Sequence[Notification]) -> str:
    """The same notices make the same message."""
    return _hash([context.loaded.id, email, *map(str, sorted(id for one in notification for id in one.notices))])


def _hash(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _opened(notification: Sequence[Notification]) -> list[Notification]:
    """What stands, most money at stake first."""
    ranked = [(_rank(one, one.problem), n) for n, one in enumerate(notification) if one.problem]
    return [notification[n] for _, n in sorted(ranked)]


def _rank(notification: Notification, problem: Alert) -> tuple[Decimal, Decimal, str]:
    shortfall = problem.judgement.shortfall if problem.judgement else Decimal(0)
    return rank(problem.stake, shortfall, notification.title)


def _intro(plan: str, opened: Sequence[Notification], translator: Translator) -> str:
    if not opened:
        return translator.say("Good news about “{plan}”.", plan=plan)
    return translator.counted(
        "1 alert in “{plan}” needs your attention.",
        "{count} alerts in “{plan}” need your attention, those with most at stake first.",
        len(opened),
        plan=plan,
    )


def _as_of(context: MailContext, translator: Translator) -> str:
    zone = context.loaded.plan.timezone
    day = translator.day(context.today)
    if context.collected_at is None:
        return translator.say("As of {day}.", day=day)
    return translator.say(
        "Judged on {day}, from figures collected on {collected}.",
        day=day,
        collected=translator.moment(context.collected_at, zone),
    )


def _whys(plan: str, notification: Sequence[Notification], translator: Translator, *, is_weekly: bool) -> list[str]:
    """Why the person gets the mail: the first of the reasons that holds for some of it; and their week."""
    roles = {one.role for one in notification}
    whys = [translator.say(_REASONS[role], plan=plan) for role in Role if role in roles][:1]
    if is_weekly:
        whys.append(
            translator.say(
                "You are receiving this weekly digest because you are responsible for something in the plan “{plan}”. "
                "To stop it, set digest: false next to your name in the plan.",
                plan=plan,
            )
        )
    return whys


def _resolved(notification: Notification, translator: Translator) -> tuple[str, str]:
    """What is back in order, and how it stands now."""
    name, sentence = title(notification, translator), notification.sentences[translator.language]
    if notification.reason is FlagReason.CORRECTED:
        corrected = translator.say("The figures have been corrected: there was no problem.")
        sentence = f"{corrected} {sentence}"
    if notification.now is None:
        return name, sentence
    return translator.say("{name}, {period}", name=name, period=translator.period(notification.now.period)), sentence


@cache
def _templates() -> Environment:
    """Everything is escaped in HTML; a name that is not given is a mistake, not nothing."""
    return Environment(
        loader=PackageLoader("worker.notify"),
        autoescape=select_autoescape(("html",), default=True, disabled_extensions=("txt",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
