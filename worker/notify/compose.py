"""News for one person -> one mail: subject, text and HTML in their language. Values in, values out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from sqlalchemy import Row

from config.errors import Problem
from config.loading.loaded import LoadedPlan
from config.plan import Person
from config.vocabulary import Scope
from worker.flags.notification import MailContext, Notification, Role
from worker.model.fault import FaultKind
from worker.model.flag import STORM, FlagReason
from worker.model.message import Draft, Picture
from worker.model.records import SourceState
from worker.notify.digest import Week, digest
from worker.notify.item import Hint, hint, item, title
from worker.store.outbox import notice_key
from worker.wording import Translator, translator_for
from worker.wording.outside import harmless

SHOWN = 40  # problems in one mail; the rest is counted: a mail of 200 kB is as much as some programs show
FULL = (
    6  # of them with a chart and all their figures, the costliest: more would not fit beside forty; the others in short
)


def in_full(notification: Sequence[Notification]) -> list[Notification]:
    """The news that are shown with all their figures."""
    return _opened(notification)[:FULL]


def compose(context: MailContext, person: str, notification: Sequence[Notification], week: Week | None = None) -> Draft:
    """The mail that tells a person all that is new, the costliest first; and their week, where it is due."""
    plan = context.loaded.plan
    someone = plan.people[person]
    translator = translator_for(someone.language or plan.language)
    opened = _opened(notification)
    resolved = [one for one in notification if one.is_good]
    items = [item(context, one, translator, is_brief=n >= FULL) for n, one in enumerate(opened[:SHOWN])]
    told = digest(week, translator, {one.flag_id for one in notification}) if week else None
    more = len(opened) + len(resolved) - len(items) - len(resolved[:SHOWN])
    values = {
        "intro": _intro(plan.plan, opened, translator)
        if notification
        else translator.say("Your week in “{plan}”.", plan=plan.plan),
        "preview": items[0].sentence if items else told.lines[0] if told else "",
        "items": items,
        "more": hint(translator, "mail.more", "vigie flags", count=more) if more else None,
        "resolved": [_resolved(one, translator) for one in resolved[:SHOWN]],
        "simulated_note": translator.say(
            "Figures marked “simulated” are invented, to show what the page looks like; no decision can rest on them."
        )
        if any(one.is_simulated for one in items)
        else "",
        "digest": told,
        "digest_title": translator.say("Your week") if notification else "",
        "footer": [
            _as_of(context, translator),
            *_whys(plan.plan, notification, translator, is_weekly=told is not None),
        ],
    }
    subject = told.subject if told and not notification else _subject(plan.plan, opened, resolved, translator)
    thread = next((one.thread for one in (*opened, *resolved)), "")
    key = told.key if told else _key(context, someone.email, notification)
    draft = _draft(key, person, someone, translator, subject, values, thread)
    return replace(draft, pictures=tuple(Picture(one.chart.cid, one.chart.png) for one in items if one.chart))


def compose_plan_problem(loaded: LoadedPlan, person: str, problems: Sequence[Problem]) -> Draft:
    """The mail to the plan's lead that its files no longer hold together."""
    plan = loaded.plan
    someone = plan.people[person]
    translator = translator_for(someone.language or plan.language)
    more = len(problems) - SHOWN
    values = {
        "intro": translator.say(
            "The plan's files have mistakes; its last good version stays in force until they are put right:"
        ),
        "problems": [harmless(translator.say(problem.told())) for problem in problems[:SHOWN]],
        "more": hint(translator, "mail.more", "vigie check", count=more) if more > 0 else None,
        "hint": hint(translator, "plan.what_now", "vigie check"),
        "footer": [translator.say("You get this mail because you lead the plan “{plan}”.", plan=plan.plan)],
    }
    # The version they were made on is part of the news: a mistake made again after it was put right is told again.
    key = _hash([loaded.id, someone.email, loaded.digest, *map(str, problems)])
    return _draft(
        key,
        person,
        someone,
        translator,
        translator.say("{plan}: the plan's files have mistakes", plan=plan.plan),
        values,
    )


def compose_undelivered(loaded: LoadedPlan, person: str, failed: Row[Any]) -> Draft:
    """The mail to the plan's lead that another mail reached nobody, with what it said."""
    plan = loaded.plan
    someone = plan.people[person]
    translator = translator_for(someone.language or plan.language)
    problem = harmless(failed.problem or "")
    values = {
        "intro": translator.say(
            "A message to {name} ({address}) could not be delivered, and is not tried again: {problem}",
            name=failed.name,
            address=failed.recipient,
            problem=problem,
        ),
        "hint": Hint(translator.say("Put the address right in the plan, and pass on yourself what the message said:")),
        "quoted": f"{failed.subject}\n\n{failed.text}".strip(),
        "footer": [translator.say("You get this mail because you lead the plan “{plan}”.", plan=plan.plan)],
    }
    subject = translator.say("{plan}: a message to {name} did not arrive", plan=plan.plan, name=failed.name)
    return _draft(notice_key(failed), person, someone, translator, subject, values)


def _draft(
    key: str,
    person: str,
    someone: Person,
    translator: Translator,
    subject: str,
    values: Mapping[str, Any],
    thread: str = "",
) -> Draft:
    every = {
        "language": translator.language,
        "subject": subject,
        "hello": translator.say("Hello {name},", name=someone.name),
        "what_now": translator.say("What you can do"),
        "resolved_title": translator.say("Back in order"),
        "simulated": translator.say("simulated"),
        "colon": translator.say(": "),
        "cure_title": translator.say("What it takes"),
        **dict.fromkeys(("preview", "quoted", "simulated_note", "digest_title"), ""),
        **dict.fromkeys(("items", "problems", "resolved"), ()),
        **dict.fromkeys(("more", "hint", "digest"), None),
        **values,
    }
    return Draft(
        key=key,
        person=person,
        name=someone.name,
        recipient=someone.email,
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
    """What stands, the costliest first."""
    return sorted((one for one in notification if one.problem), key=_costliest)


def _costliest(notification: Notification) -> tuple[Decimal, str]:
    return (-notification.problem.stake if notification.problem else Decimal(0), notification.title)


def _subject(
    plan: str, opened: Sequence[Notification], resolved: Sequence[Notification], translator: Translator
) -> str:
    if not opened:
        if len(resolved) > 1:
            return translator.say("{plan}: {count} things are back in order", plan=plan, count=len(resolved))
        return translator.say("{plan}: {name} is back in order", plan=plan, name=title(resolved[0], translator))
    what = _headline(opened[0], translator)
    if len(opened) > 1:
        return translator.say("{plan}: {what} (and {count} more)", plan=plan, what=what, count=len(opened) - 1)
    return translator.say("{plan}: {what}", plan=plan, what=what)


def _headline(notification: Notification, translator: Translator) -> str:
    problem = notification.problem
    assert problem is not None
    if problem.verdict == STORM:
        return translator.say("far too much goes wrong at once")
    if problem.verdict in set(FaultKind):
        return translator.say("the figures of the source {source} look wrong", source=problem.ref)
    if problem.scope == Scope.SOURCE:
        answers = problem.verdict in (SourceState.SUSPECT, SourceState.EMPTY)  # only, with nothing
        return translator.say(
            "no figures from the source {source}" if answers else "the source {source} does not answer",
            source=problem.ref,
        )
    return translator.say(f"mail.subject_{problem.verdict}", name=notification.title)


def _intro(plan: str, opened: Sequence[Notification], translator: Translator) -> str:
    if not opened:
        return translator.say("Good news from “{plan}”.", plan=plan)
    if len(opened) == 1:
        return translator.say("One thing in “{plan}” needs you.", plan=plan)
    return translator.say("{count} things in “{plan}” need you, the costliest first.", plan=plan, count=len(opened))


def _as_of(context: MailContext, translator: Translator) -> str:
    zone = context.loaded.plan.timezone
    day = translator.day(context.today)
    if context.collected_at is None:
        return translator.say("As of {day}.", day=day)
    return translator.say(
        "As of {day}, by figures collected on {collected}.",
        day=day,
        collected=translator.moment(context.collected_at, zone),
    )


def _whys(plan: str, notification: Sequence[Notification], translator: Translator, *, is_weekly: bool) -> list[str]:
    why = [_why(plan, notification, translator)] if notification else []
    return (
        [
            *why,
            translator.say(
                "You get this once a week because you answer for something in the plan “{plan}”. To end "
                "it: digest: false beside your name in the plan.",
                plan=plan,
            ),
        ]
        if is_weekly
        else why
    )


def _why(plan: str, notification: Sequence[Notification], translator: Translator) -> str:
    """Why the person gets the mail: the first of the reasons that holds for some of it."""
    roles = {one.role for one in notification}
    return translator.say(f"mail.why_{next(role for role in Role if role in roles)}", plan=plan)


def _resolved(notification: Notification, translator: Translator) -> tuple[str, str]:
    """What is back in order, and how it stands now."""
    name, sentence = title(notification, translator), notification.sentences[translator.language]
    if notification.reason is FlagReason.CORRECTED:
        sentence = f"{translator.say('The figures were corrected: it was not so.')} {sentence}"
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
