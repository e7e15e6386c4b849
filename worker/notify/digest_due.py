"""Whose weekly digest is due, and what it is made of."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from config.loading.loaded import LoadedPlan
from config.periods import DAY, Window
from config.plan import Action, Objective, Plan
from config.vocabulary import Scope
from worker.flags.effects import Effect, effect_text, effects
from worker.flags.observe import key_of
from worker.flags.plan_history import read_history
from worker.flags.unjudged import is_silent
from worker.flags.update import EvaluationContext, lost_promises
from worker.model.flag import Observation
from worker.model.message import MessageState
from worker.model.records import Notice
from worker.notify.week import Week
from worker.store import digests, flags, kpi_values, notices, responses, sources
from worker.store.digests import WEEK, digest_key
from worker.wording import translator_for


def whose_is_due(
    connection: Connection, loaded: LoadedPlan, today: date, now: datetime, *, at_once: bool
) -> dict[str, str]:
    """Person -> key, of those whose digest is to be written now.

    It is due on the first of a person's mail days of the week, at their time, or at any time where ``at_once``; and
    again where it was taken back before anyone saw it.
    """
    keys = {person: _key(loaded, person, today, now, at_once=at_once) for person in _asks(loaded)}
    wanted = {person: key for person, key in keys.items() if key[0]}
    states = digests.states_of(connection, [key for key, _ in wanted.values()])
    return {
        person: key
        for person, (key, is_time) in wanted.items()
        if (is_time and key not in states) or states.get(key) is MessageState.SUPERSEDED
    }


def _key(loaded: LoadedPlan, person: str, today: date, now: datetime, *, at_once: bool) -> tuple[str, bool]:
    """The key of the week's digest, empty where the plan does not run; and whether its time has come."""
    someone = loaded.plan.people[person]
    local = now.astimezone(ZoneInfo(someone.timezone or loaded.plan.timezone))
    day = today if at_once else local.date()
    if day not in Window(loaded.plan.starts, loaded.plan.ends + WEEK + DAY):
        return "", False
    is_time = day.weekday() == someone.mails.days[0] and (at_once or local.time() >= someone.mails.at)
    return digest_key(loaded.id, person, day), is_time


def _asks(loaded: LoadedPlan) -> list[str]:
    """Who is responsible for something, and does not mind a digest."""
    plan = loaded.plan
    owners = {plan.lead_id, *(source.responsible for source in loaded.sources.values())}
    owners |= {action.responsible for action in plan.actions.values()}
    owners |= {aim.responsible for aim in plan.objectives.values()}
    return [id for id, person in plan.people.items() if id in owners and person.digest]


def week_of(
    connection: Connection, context: EvaluationContext, person: str, key: str, observations: Mapping[str, Observation]
) -> Week:
    """What a person's digest is made of."""
    leads = person == context.loaded.plan.lead_id
    quiet = {one.flag_id for one in notices.waiting(connection, context.plan_id) if _is_quiet_for(one, person)}
    return Week(
        key=key,
        loaded=context.loaded,
        kpis=context.kpis,
        person=person,
        judgements=context.judgements,
        sources=context.sources,
        settled=sources.settled_until(connection, context.plan_id),
        standing=flags.standing_of(connection, context.plan_id),
        over=digests.over_lately(connection, context.plan_id, context.today),
        flapping=list(flags.rows_of(connection, quiet).values()),
        answered=responses.answered(connection, context.plan_id),
        held=digests.held_back(connection, context.plan_id),
        stakes={key: observation.problem.stake for key, observation in observations.items() if observation.problem},
        lost={key_of(one.judgement) for one in lost_promises(connection, context)},
        silent={
            row.source: row.newest_day for row in context.sources if row.newest_day and is_silent(row, context.today)
        },
        effects=_effects(connection, context, person),
        unattributed=kpi_values.unattributed_sums(connection, context.plan, context.today) if leads else {},
    )


def _effects(connection: Connection, context: EvaluationContext, person: str) -> list[tuple[str, str]]:
    """What became of what the person answered, or is responsible for where somebody else acted; of all for the lead.

    Told in the first week after the two weeks are over, and so in one digest.
    """
    plan, monday = context.loaded.plan, context.today - DAY * context.today.weekday()
    history = read_history(connection, context.loaded.folder, context.loaded)
    translator = translator_for(plan.people[person].language or plan.language)
    return [
        effect_text(one, context.plan, translator)
        for one in (effects(connection, context.plan, history, context.today) if history else ())
        if monday - WEEK <= one.known_from < monday and person in _told(plan, one)
    ]


def _told(plan: Plan, effect: Effect) -> tuple[str | None, ...]:
    owned: Mapping[str, Action | Objective] = plan.actions if effect.scope == Scope.ACTION else plan.objectives
    who = effect.by if effect.by in plan.people else owned[effect.ref].responsible
    return (plan.lead_id, who)


def quiet_notices(connection: Connection, plan_id: int, person: str) -> list[int]:
    """The ids of what only the digest tells a person."""
    return [one.id for one in notices.waiting(connection, plan_id) if _is_quiet_for(one, person)]


def _is_quiet_for(notice: Notice, person: str) -> bool:
    return notice.is_quiet and notice.person == person
