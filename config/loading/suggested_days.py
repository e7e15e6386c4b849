"""Holidays and trade days that a plan might declare, ready to be pasted. Pure."""

from collections.abc import Iterator

from config.loading.document import Finding
from config.message import counted
from config.plan import Plan
from config.special_days import country_of, special_days
from config.thresholds import Event


def suggested_days(plan: Plan) -> Iterator[Finding]:
    """Those of the country of the plan's time zone, where the plan does not say which it wants; ``[]`` is none."""
    country = country_of(plan.timezone)
    if plan.holidays is not None or country is None:
        return
    days = special_days([country], plan.life, plan.language, plan.events)
    if days:
        yield (
            (),
            counted(
                "1 public holiday or trade day of {country} in the plan is no event: add 'holidays: {country}' "
                "('holidays: []' for none), or paste under events:\n{lines}",
                "{count} public holidays and trade days of {country} in the plan are no events: add "
                "'holidays: {country}' ('holidays: []' for none), or paste those that matter under events:\n{lines}",
                len(days),
                country=country,
                lines="\n".join(map(_line, days)),
            ),
        )


def _line(event: Event) -> str:
    days = f"on: {event.on}" if event.on else f"from: {event.from_}, to: {event.to}"
    return f'  - {{name: "{event.name}", {days}}}'
