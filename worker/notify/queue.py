"""Notices -> one mail a person, when it is welcome: what was overtaken meanwhile is dropped, the rest told together."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row

from config.loading.loaded import LoadedPlan
from config.vocabulary import Scope
from worker.flags.mail_rules import A_DAY, Waiting, is_welcome, still_holds, strongest, zone_of
from worker.flags.notification import MailContext, Notification, Role
from worker.flags.observe import key_of
from worker.flags.update import EvaluationContext
from worker.model.fault import FaultKind
from worker.model.flag import GONE, UNATTRIBUTED, UNJUDGED, Alert, FlagReason, FlagState, Observation
from worker.model.records import Notice
from worker.model.verdict import Judgement
from worker.notify.compose import compose, in_full
from worker.notify.digest_due import quiet_notices, week_of, whose_is_due
from worker.store import flags, notices, outbox
from worker.store.sentences import sentences_of
from worker.store.trajectories import cumulative_curves, traffic
from worker.wording import LANGUAGES, Translator, translator_for


class Batch(NamedTuple):
    """What goes into one mail: what one person is to be told, and the key of their week where that is due."""

    person: str
    notices: Sequence[Notice]
    weekly: str = ""


class _FlagNews(NamedTuple):
    """What is new of one flag: its row, the strongest reason to tell, and what is seen of it now."""

    flag: Row[Any]
    reason: FlagReason
    notices: Sequence[Notice]
    observation: Observation | None
    thread: str


def enqueue(
    connection: Connection, context: EvaluationContext, observations: Sequence[Observation], *, at_once: bool
) -> int:
    """Write a mail to each person with news who may have it now; gives how many.

    ``observations`` are all that is seen now. ``at_once`` where someone waits for it, else at the times the persons
    asked for.
    """
    notices.take_back(connection, context.plan_id)
    by_key = {observation.key: observation for observation in observations}
    by_person = _worth_telling(connection, context, by_key)
    lately = _written_lately(connection, context)
    due = {
        person: items
        for person, items in by_person.items()
        if person in context.loaded.plan.people
        and (at_once or (_is_due(context.loaded, person, items, context.now) and lately[person] < A_DAY))
    }
    weekly = whose_is_due(connection, context.loaded, context.today, context.now, at_once=at_once)
    batches = [Batch(person, due.get(person, ()), weekly.get(person, "")) for person in dict.fromkeys((*due, *weekly))]
    return sum(_write(connection, context, batch, by_key) for batch in batches)


def is_due(connection: Connection, loaded: LoadedPlan, plan_id: int, today: date, now: datetime) -> bool:
    """Whether someone's time for mail has come and there is something to tell."""
    if whose_is_due(connection, loaded, today, now, at_once=False):
        return True
    by_person: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices.waiting(connection, plan_id):
        if not notice.is_quiet and notice.person in loaded.plan.people:
            by_person[notice.person].append(notice)
    return any(_is_due(loaded, person, items, now) for person, items in by_person.items())


def _is_due(loaded: LoadedPlan, person: str, items: Sequence[Notice], now: datetime) -> bool:
    waiting = [Waiting(notice.written_at, notice.is_urgent) for notice in items]
    return is_welcome(loaded.plan, person, waiting, now)


def _written_lately(connection: Connection, context: EvaluationContext) -> Mapping[str, int]:
    """How many mails about flags each person was written on this day of theirs."""
    plan = context.loaded.plan
    count: dict[str, int] = defaultdict(int)
    for person, written_at in notices.last_written(connection, context.plan_id, context.now - timedelta(days=2)):
        zone = zone_of(plan, person)
        count[person] += written_at.astimezone(zone).date() == context.now.astimezone(zone).date()
    return count


def _worth_telling(
    connection: Connection, context: EvaluationContext, observations: Mapping[str, Observation]
) -> dict[str, list[Notice]]:
    """What waits for each person and still holds; what was overtaken is dropped."""
    waiting = [one for one in notices.waiting(connection, context.plan_id) if not one.is_quiet]
    ids = {one.flag_id for one in waiting}
    rows = flags.rows_of(connection, ids)
    knows = notices.who_knows(connection, ids)
    holding: dict[str, list[Notice]] = defaultdict(list)
    dropped = []
    for one in waiting:
        flag = rows[one.flag_id]
        seen = observations[flag.key].status if flag.key in observations else None
        is_known = (one.flag_id, one.person) in knows
        match still_holds(one.reason, FlagState(flag.state), seen, is_known=is_known):
            case True:
                holding[one.person].append(one)
            case False:
                dropped.append(one.id)
    notices.drop(connection, dropped)
    return holding


def _write(
    connection: Connection, context: EvaluationContext, batch: Batch, observations: Mapping[str, Observation]
) -> int:
    """One mail with everything one person is to be told, one thing a flag; and their week, where it is due."""
    notification = _notifications(connection, context, batch, observations)
    mentioned = [one.id for one in batch.notices]
    week = None
    if batch.weekly:
        week = week_of(connection, context, batch.person, batch.weekly, observations)
        mentioned += quiet_notices(connection, context.plan_id, batch.person)
    standing = MailContext(
        loaded=context.loaded,
        kpis=context.kpis,
        today=context.today,
        collected_at=max((row.succeeded_at for row in context.sources if row.succeeded_at), default=None),
    )
    draft = compose(standing, batch.person, notification, week)
    message_id, is_new = outbox.put(connection, context.plan_id, draft, context.domain, context.now)
    notices.note_message(connection, mentioned, message_id, context.today)
    return int(is_new)


def _notifications(
    connection: Connection, context: EvaluationContext, batch: Batch, observations: Mapping[str, Observation]
) -> list[Notification]:
    """Everything that one person is to be told, one thing a flag, with the figures its charts are drawn from."""
    by_flag: dict[int, list[Notice]] = defaultdict(list)
    for one in batch.notices:
        by_flag[one.flag_id].append(one)
    rows = flags.rows_of(connection, by_flag)
    threads = notices.threads_of(connection, by_flag, batch.person)
    notification = [
        _notification(
            context,
            batch.person,
            _FlagNews(
                flag=rows[id],
                reason=strongest([notice.reason for notice in waiting]),
                notices=waiting,
                observation=observations.get(rows[id].key),
                thread=threads.get(id, ""),
            ),
        )
        for id, waiting in by_flag.items()
    ]
    return _with_figures(connection, context, notification)


def _with_figures(
    connection: Connection, context: EvaluationContext, notification: Sequence[Notification]
) -> list[Notification]:
    """The news, those that are shown in full with how their values came about."""
    judged = [one.problem.judgement for one in in_full(notification) if one.problem and one.problem.judgement]
    if not judged:
        return list(notification)
    drawn = cumulative_curves(connection, context.plan, judged, context.today)
    visits = traffic(connection, context.plan, judged, context.today)
    keys = [one.problem.judgement.key if one.problem and one.problem.judgement else None for one in notification]
    return [
        replace(one, curve=drawn.get(key), traffic=visits.get(key)) if key else one
        for one, key in zip(notification, keys, strict=True)
    ]


def _gone(flag: Row[Any], reason: FlagReason, translator: Translator) -> str:
    """What is said where something that was not judged is over."""
    if reason is FlagReason.BELIEVED:
        return translator.say("The source reports the same again, or somebody accepted it: now taken as true.")
    if flag.subject == UNJUDGED:
        return translator.say("Everything that was judged before can be judged again.")
    if flag.subject == UNATTRIBUTED:
        return translator.say("Almost all spend belongs to an action again.")
    if flag.verdict == FaultKind.STALE:
        return translator.say("New figures are coming in again.")
    if flag.verdict in set(FaultKind):
        return translator.say("Its figures look right again.")
    return translator.say("The source can be read again.")


def _notification(context: EvaluationContext, person: str, news: _FlagNews) -> Notification:
    flag, reason = news.flag, news.reason
    judgement = next((one for one in context.judgements if key_of(one) == flag.key), None)
    if judgement is not None:
        sentences = {language: context.say(judgement, language) for language in LANGUAGES}
    else:
        sentences = {language: _gone(flag, reason, translator_for(language)) for language in LANGUAGES}
    problem = (news.observation.problem if news.observation else None) or _as_noted(flag)
    return Notification(
        reason=reason,
        flag_id=flag.id,
        notices=tuple(one.id for one in news.notices),
        title=_title(context, flag, judgement),
        role=_role(context, person, flag),
        since=flag.opened_on,
        put_off=flag.snoozed_until if reason is FlagReason.REMINDED else None,
        responsible=_name(context.loaded, flag.person),
        links={} if reason in GONE or context.links is None else context.links(flag.id, flag.episode, person),
        thread=news.thread,
        problem=None if reason in GONE else problem,
        now=judgement,
        sentences=sentences,
    )


def _title(context: EvaluationContext, flag: Row[Any], judgement: Judgement | None) -> str:
    if judgement:
        return judgement.subject.name
    return context.loaded.plan.plan if flag.scope == Scope.PLAN else str(flag.ref)


def _as_noted(flag: Row[Any]) -> Alert:
    """A problem that is not seen just now, as it was written down."""
    return Alert(
        key=flag.key,
        scope=flag.scope,
        ref=flag.ref,
        subject=flag.subject,
        person=flag.person,
        verdict=flag.verdict,
        sentences=sentences_of(flag),
    )


def _role(context: EvaluationContext, person: str, flag: Row[Any]) -> Role:
    """Why its person is told."""
    if flag.scope == Scope.SOURCE:
        return Role.SOURCE
    if flag.person != person:
        return Role.NEXT
    action = context.loaded.plan.actions.get(flag.ref) if flag.scope == Scope.ACTION else None
    return Role.LEAD if action and action.responsible is None else Role.YOU


def _name(loaded: LoadedPlan, person: str) -> str:
    someone = loaded.plan.people.get(person)
    return someone.name if someone else person
