"""News for one person -> one mail: subject, text and HTML in their language. Values in, values out."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from sqlalchemy import Row

from config.loading.loader import LoadedPlan
from config.plan import Person
from config.vocabulary import Scope
from worker.flags.notification import News, Role, Standing
from worker.model.fault import FaultKind
from worker.model.flag import STORM, Reason
from worker.model.message import Draft, Picture
from worker.model.records import SourceState
from worker.notify.digest import Week, digest
from worker.notify.item import Hint, hint, item, title
from worker.store.outbox import notice_key
from worker.wording import Words, words
from worker.wording.outside import harmless

SHOWN = 40  # problems in one mail; the rest is counted: a mail of 200 kB is as much as some programs show
FULL = (
    6  # of them with a chart and all their figures, the costliest: more would not fit beside forty; the others in short
)


def in_full(news: Sequence[News]) -> list[News]:
    """The news that are shown with all their figures."""
    return _opened(news)[:FULL]


def compose(standing: Standing, person: str, news: Sequence[News], week: Week | None = None) -> Draft:
    """The mail that tells a person all that is new, the costliest first; and their week, where it is due."""
    plan = standing.loaded.plan
    someone = plan.people[person]
    speech = words(someone.language or plan.language)
    opened = _opened(news)
    resolved = [one for one in news if one.is_good]
    items = [item(standing, one, speech, is_brief=n >= FULL) for n, one in enumerate(opened[:SHOWN])]
    told = digest(week, speech, {one.flag_id for one in news}) if week else None
    more = len(opened) + len(resolved) - len(items) - len(resolved[:SHOWN])
    values = {
        "intro": _intro(plan.plan, opened, speech) if news else speech.say("digest.intro", plan=plan.plan),
        "preview": items[0].sentence if items else told.lines[0] if told else "",
        "items": items,
        "more": hint(speech, "mail.more", "vigie flags", count=more) if more else None,
        "resolved": [_resolved(one, speech) for one in resolved[:SHOWN]],
        "simulated_note": speech.say("report.simulated") if any(one.is_simulated for one in items) else "",
        "digest": told,
        "digest_title": speech.say("digest.title") if news else "",
        "footer": [_as_of(standing, speech), *_whys(plan.plan, news, speech, is_weekly=told is not None)],
    }
    subject = told.subject if told and not news else _subject(plan.plan, opened, resolved, speech)
    thread = next((one.thread for one in (*opened, *resolved)), "")
    key = told.key if told else _key(standing, someone.email, news)
    draft = _draft(key, person, someone, speech, subject, values, thread)
    return replace(draft, pictures=tuple(Picture(one.chart.cid, one.chart.png) for one in items if one.chart))


def compose_plan_problem(loaded: LoadedPlan, person: str, problems: Sequence[str]) -> Draft:
    """The mail to the plan's lead that its files no longer hold together."""
    plan = loaded.plan
    someone = plan.people[person]
    speech = words(someone.language or plan.language)
    more = len(problems) - SHOWN
    values = {
        "intro": speech.say("plan.problem"),
        "problems": [harmless(problem) for problem in problems[:SHOWN]],
        "more": hint(speech, "mail.more", "vigie check", count=more) if more > 0 else None,
        "hint": hint(speech, "plan.what_now", "vigie check"),
        "footer": [speech.say("mail.why_plan", plan=plan.plan)],
    }
    # The version they were made on is part of the news: a mistake made again after it was put right is told again.
    key = _hash([loaded.id, someone.email, loaded.digest, *problems])
    return _draft(key, person, someone, speech, speech.say("mail.subject_plan", plan=plan.plan), values)


def compose_undelivered(loaded: LoadedPlan, person: str, failed: Row[Any]) -> Draft:
    """The mail to the plan's lead that another mail reached nobody, with what it said."""
    plan = loaded.plan
    someone = plan.people[person]
    speech = words(someone.language or plan.language)
    problem = harmless(failed.problem or "")
    values = {
        "intro": speech.say("undelivered", name=failed.name, address=failed.recipient, problem=problem),
        "hint": Hint(speech.say("undelivered.what_now")),
        "quoted": f"{failed.subject}\n\n{failed.text}".strip(),
        "footer": [speech.say("mail.why_plan", plan=plan.plan)],
    }
    subject = speech.say("mail.subject_undelivered", plan=plan.plan, name=failed.name)
    return _draft(notice_key(failed), person, someone, speech, subject, values)


def _draft(
    key: str,
    person: str,
    someone: Person,
    speech: Words,
    subject: str,
    values: Mapping[str, Any],
    thread: str = "",
) -> Draft:
    every = {
        "language": speech.language,
        "subject": subject,
        "hello": speech.say("mail.hello", name=someone.name),
        "what_now": speech.say("mail.what_now"),
        "resolved_title": speech.say("mail.resolved"),
        "simulated": speech.say("simulated"),
        "colon": speech.say("colon"),
        "cure_title": speech.say("cure.title"),
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
        language=speech.language,
        subject=subject,
        text=_templates().get_template("mail.txt").render(every),
        html=_templates().get_template("mail.html").render(every),
        references=thread,
    )


def _key(standing: Standing, email: str, news: Sequence[News]) -> str:
    """The same notices make the same message."""
    return _hash([standing.loaded.id, email, *map(str, sorted(id for one in news for id in one.notices))])


def _hash(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _opened(news: Sequence[News]) -> list[News]:
    """What stands, the costliest first."""
    return sorted((one for one in news if one.problem), key=_costliest)


def _costliest(news: News) -> tuple[Decimal, str]:
    return (-news.problem.stake if news.problem else Decimal(0), news.title)


def _subject(plan: str, opened: Sequence[News], resolved: Sequence[News], speech: Words) -> str:
    if not opened:
        if len(resolved) > 1:
            return speech.say("mail.subject_resolved_many", plan=plan, count=len(resolved))
        return speech.say("mail.subject_resolved", plan=plan, name=title(resolved[0], speech))
    what = _headline(opened[0], speech)
    if len(opened) > 1:
        return speech.say("mail.subject_many", plan=plan, what=what, count=len(opened) - 1)
    return speech.say("mail.subject_one", plan=plan, what=what)


def _headline(news: News, speech: Words) -> str:
    problem = news.problem
    assert problem is not None
    if problem.verdict == STORM:
        return speech.say("mail.subject_storm")
    if problem.verdict in set(FaultKind):
        return speech.say("mail.subject_fault", source=problem.ref)
    if problem.scope == Scope.SOURCE:
        answers = problem.verdict in (SourceState.SUSPECT, SourceState.EMPTY)  # only, with nothing
        return speech.say("mail.subject_silent" if answers else "mail.subject_source", source=problem.ref)
    return speech.say(f"mail.subject_{problem.verdict}", name=news.title)


def _intro(plan: str, opened: Sequence[News], speech: Words) -> str:
    if not opened:
        return speech.say("mail.intro_resolved", plan=plan)
    if len(opened) == 1:
        return speech.say("mail.intro_one", plan=plan)
    return speech.say("mail.intro_many", plan=plan, count=len(opened))


def _as_of(standing: Standing, speech: Words) -> str:
    zone = standing.loaded.plan.timezone
    day = speech.day(standing.today)
    if standing.collected_at is None:
        return speech.say("mail.as_of_unread", day=day)
    return speech.say("mail.as_of", day=day, collected=speech.moment(standing.collected_at, zone))


def _whys(plan: str, news: Sequence[News], speech: Words, *, is_weekly: bool) -> list[str]:
    why = [_why(plan, news, speech)] if news else []
    return [*why, speech.say("digest.why", plan=plan)] if is_weekly else why


def _why(plan: str, news: Sequence[News], speech: Words) -> str:
    """Why the person gets the mail: the first of the reasons that holds for some of it."""
    roles = {one.role for one in news}
    return speech.say(f"mail.why_{next(role for role in Role if role in roles)}", plan=plan)


def _resolved(news: News, speech: Words) -> tuple[str, str]:
    """What is back in order, and how it stands now."""
    name, sentence = title(news, speech), news.sentences[speech.language]
    if news.reason is Reason.CORRECTED:
        sentence = f"{speech.say('mail.corrected')} {sentence}"
    if news.now is None:
        return name, sentence
    return speech.say("flag.resolved", name=name, period=speech.period(news.now.period)), sentence


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
