"""Notices -> one mail a person, when it is welcome: what was overtaken meanwhile is dropped, the rest told together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row

from config.loading.loader import LoadedPlan
from config.vocabulary import Scope
from worker.flags.notification import News, Role, Standing
from worker.flags.observe import key_of
from worker.flags.update import Round, every_sight
from worker.model.fault import FaultKind
from worker.model.flag import STRAY, TOLD, FlagState, Problem, Reason, Sight, Sign
from worker.model.records import Notice
from worker.model.verdict import Judgement
from worker.notify.compose import compose, in_full
from worker.notify.digest_due import quiet_notices, week_of, whose_is_due
from worker.store import flags, notices, outbox
from worker.store.trajectories import courses, traffic
from worker.wording import LANGUAGES, words

GROUP = timedelta(minutes=5)  # what is urgent waits this long for more of its kind
A_DAY = 3  # mails to one person; what comes after waits for the next day

_GONE = (Reason.RESOLVED, Reason.CORRECTED)


def post(connection: Connection, this: Round, *, at_once: bool) -> int:
    """Write a mail to each person with news who may have it now; gives how many.

    ``at_once`` where someone waits for it, else at the times the persons asked for.
    """
    notices.take_back(connection, this.plan_id)
    seen = {one.key: one for one in every_sight(connection, this)}
    by_person = _worth_telling(connection, this, seen)
    lately = _written_lately(connection, this)
    due = {
        person: items
        for person, items in by_person.items()
        if person in this.loaded.plan.people
        and (at_once or (_is_due(this.loaded, person, items, this.now) and lately[person] < A_DAY))
    }
    weekly = whose_is_due(connection, this.loaded, this.today, this.now, at_once=at_once)
    return sum(
        _write(connection, this, person, due.get(person, ()), seen, weekly.get(person, ""))
        for person in dict.fromkeys((*due, *weekly))
    )


def is_due(connection: Connection, loaded: LoadedPlan, plan_id: int, today: date, now: datetime) -> bool:
    """Whether someone's time for mail has come and there is something to tell."""
    if whose_is_due(connection, loaded, today, now, at_once=False):
        return True
    found: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices.waiting(connection, plan_id):
        if not notice.is_quiet and notice.person in loaded.plan.people:
            found[notice.person].append(notice)
    return any(_is_due(loaded, person, items, now) for person, items in found.items())


def _is_due(loaded: LoadedPlan, person: str, items: Sequence[Notice], now: datetime) -> bool:
    someone = loaded.plan.people[person]
    zone = ZoneInfo(someone.timezone or loaded.plan.timezone)
    return any(
        now >= (one.written_at + GROUP if one.is_urgent else someone.mails.next(one.written_at, zone)) for one in items
    )


def _written_lately(connection: Connection, this: Round) -> Mapping[str, int]:
    """How many mails about flags each person was written on this day of theirs."""
    plan = this.loaded.plan
    count: dict[str, int] = defaultdict(int)
    for person, written_at in notices.last_written(connection, this.plan_id, this.now - timedelta(days=2)):
        someone = plan.people.get(person)
        zone = ZoneInfo((someone and someone.timezone) or plan.timezone)
        count[person] += written_at.astimezone(zone).date() == this.now.astimezone(zone).date()
    return count


def _worth_telling(connection: Connection, this: Round, seen: Mapping[str, Sight]) -> dict[str, list[Notice]]:
    """What waits for each person and still holds; what was overtaken is dropped."""
    found = [one for one in notices.waiting(connection, this.plan_id) if not one.is_quiet]
    ids = {one.flag_id for one in found}
    rows = flags.rows_of(connection, ids)
    knows = notices.who_knows(connection, ids)
    told: dict[str, list[Notice]] = defaultdict(list)
    dropped = []
    for one in found:
        flag = rows[one.flag_id]
        if flag.key in seen and seen[flag.key].sign is Sign.UNKNOWN:
            continue  # its source carries the message
        match _still_holds(one, FlagState(flag.state), (one.flag_id, one.person) in knows):
            case True:
                told[one.person].append(one)
            case False:
                dropped.append(one.id)
    notices.drop(connection, dropped)
    return told


def _still_holds(notice: Notice, state: FlagState, is_known: bool) -> bool | None:
    """Whether a notice is still to be told; None while that is not clear."""
    if notice.reason in _GONE:
        return is_known and state is FlagState.RESOLVED
    if state is FlagState.RECOVERING:
        return None
    return state is FlagState.OPEN


def _write(
    connection: Connection,
    this: Round,
    person: str,
    items: Sequence[Notice],
    seen: Mapping[str, Sight],
    weekly: str = "",
) -> int:
    """One mail with everything one person is to be told, one thing a flag; and their week, where its key is given."""
    news = _all_news(connection, this, person, items, seen)
    told = [one.id for one in items]
    week = None
    if weekly:
        week = week_of(connection, this, person, weekly, seen)
        told += quiet_notices(connection, this.plan_id, person)
    standing = Standing(
        loaded=this.loaded,
        kpis=this.kpis,
        today=this.today,
        collected_at=max((row.succeeded_at for row in this.sources if row.succeeded_at), default=None),
    )
    draft = compose(standing, person, news, week)
    message_id, is_new = outbox.put(connection, this.plan_id, draft, this.domain, this.now)
    notices.told_in(connection, told, message_id, this.today)
    return int(is_new)


def _all_news(
    connection: Connection, this: Round, person: str, items: Sequence[Notice], seen: Mapping[str, Sight]
) -> list[News]:
    """Everything that one person is to be told, one thing a flag, with the figures its charts are drawn from."""
    by_flag: dict[int, list[Notice]] = defaultdict(list)
    for one in items:
        by_flag[one.flag_id].append(one)
    rows = flags.rows_of(connection, by_flag)
    strongest = {id: min((one.reason for one in told), key=TOLD.index) for id, told in by_flag.items()}
    threads = {id: notices.thread_of(connection, id, person) for id in by_flag}
    news = [
        _news(this, person, rows[id], reason, by_flag[id], seen.get(rows[id].key), threads[id])
        for id, reason in strongest.items()
    ]
    return _with_figures(connection, this, news)


def _with_figures(connection: Connection, this: Round, news: Sequence[News]) -> list[News]:
    """The news, those that are shown in full with how their values came about."""
    found = [one.problem.judgement for one in in_full(news) if one.problem and one.problem.judgement]
    if not found:
        return list(news)
    drawn = courses(connection, this.plan_id, this.kpis, found, this.today)
    visits = traffic(connection, this.plan_id, found, this.today)
    keys = [one.problem.judgement.key if one.problem and one.problem.judgement else None for one in news]
    return [
        replace(one, course=drawn.get(key), traffic=visits.get(key)) if key else one
        for one, key in zip(news, keys, strict=True)
    ]


def _gone(flag: Row[Any]) -> str:
    """The key of what is said where something that was not judged is over."""
    if flag.subject == STRAY:
        return "unattributed.resolved"
    return "fault.resolved" if flag.verdict in set(FaultKind) else "source.resolved"


def _news(
    this: Round,
    person: str,
    flag: Row[Any],
    reason: Reason,
    told: Sequence[Notice],
    sight: Sight | None,
    thread: str,
) -> News:
    judgement = next((one for one in this.judgements if key_of(one) == flag.key), None)
    if judgement is not None:
        sentences = {language: this.say(judgement, language) for language in LANGUAGES}
    else:
        sentences = {language: words(language).say(_gone(flag)) for language in LANGUAGES}
    return News(
        reason=reason,
        flag_id=flag.id,
        notices=tuple(one.id for one in told),
        title=_title(this, flag, judgement),
        role=_role(this, person, flag),
        since=flag.opened_on,
        put_off=flag.snoozed_until if reason is Reason.REMINDED else None,
        responsible=_name(this.loaded, flag.person),
        links={} if reason in _GONE or this.links is None else this.links(flag.id, flag.episode, person),
        thread=thread,
        problem=None if reason in _GONE else (sight.problem if sight else None) or _as_noted(flag),
        now=judgement,
        sentences=sentences,
    )


def _title(this: Round, flag: Row[Any], judgement: Judgement | None) -> str:
    if judgement:
        return judgement.subject.name
    return this.loaded.plan.plan if flag.scope == Scope.PLAN else str(flag.ref)


def _as_noted(flag: Row[Any]) -> Problem:
    """A problem that is not seen just now, as it was written down."""
    return Problem(
        key=flag.key,
        scope=flag.scope,
        ref=flag.ref,
        subject=flag.subject,
        person=flag.person,
        verdict=flag.verdict,
        sentences={"en": flag.sentence_en, "fr": flag.sentence_fr},
    )


def _role(this: Round, person: str, flag: Row[Any]) -> Role:
    """Why its person is told."""
    if flag.scope == Scope.SOURCE:
        return Role.SOURCE
    if flag.person != person:
        return Role.NEXT
    action = this.loaded.plan.actions.get(flag.ref) if flag.scope == Scope.ACTION else None
    return Role.LEAD if action and action.responsible is None else Role.YOU


def _name(loaded: LoadedPlan, person: str) -> str:
    someone = loaded.plan.people.get(person)
    return someone.name if someone else person
