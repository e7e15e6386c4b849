"""The tables. Downstream readers use the ``report_*`` views, never these.

Amounts are integers in millionths of their unit: exact, small, fast to sum. Days are dates of the plan's
calendar (or of the source's own, where it reports by day); moments are aware UTC, suffix ``_at``.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)

from config.vocabulary import Dimension, Measure

metadata = MetaData()


class Moment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC: SQLite has no zones and would drop the offset without a word."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """To UTC. Raises ValueError for a moment without a zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment has a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _plan() -> Column[int]:
    return Column("plan_id", ForeignKey("plan.id"), nullable=False)


def _measures() -> list[Column[int]]:
    """One column per measure. NULL is unknown or not provided; what is known to be nothing is 0."""
    return [Column(measure.value, BigInteger) for measure in Measure]


meta = Table("meta", metadata, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

plan = Table(
    "plan",
    metadata,
    _id(),
    Column("plan", Text, unique=True, nullable=False),
    Column("name", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("timezone", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("starts", Date, nullable=False),
    Column("ends", Date, nullable=False),  # exclusive, as every end
    Column("margin", Float),
    Column("digest", Text, nullable=False),  # of the version in force
    Column("attributed", Text),  # digest of the tracking rules the origins were attributed by
    Column("until", Date),  # the day after the last day computed
    Column("last_day", Date),  # the last day with a figure
    Column("counted_from", Date),  # the first day that figures are shown of: those before only tell of other days
    Column("computed_at", Moment),
    Column("told", Text),  # what the newest messages rest on: version, day, last reading
    Column("judged_on", Date),  # the last day whose flags were looked at
)

plan_version = Table(
    "plan_version",
    metadata,
    _id(),
    _plan(),
    Column("digest", Text, nullable=False),
    Column("plan_text", Text, nullable=False),
    Column("sources_text", Text, nullable=False),
    Column("seen_at", Moment, nullable=False),
)

source = Table(
    "source",
    metadata,
    _id(),
    _plan(),
    Column("source", Text, nullable=False),
    Column("connector", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),  # still in the plan
    Column("is_simulated", Boolean, nullable=False),
    Column("provides", Text, nullable=False),  # measures, separated by spaces
    Column("tried_at", Moment),
    Column("succeeded_at", Moment),
    Column("failing_since_at", Moment),
    Column("retry_at", Moment),  # not to be asked before
    Column("state", Text, nullable=False),  # SourceState
    Column("problem", Text),
    Column("asked_from", Date),  # the earliest day ever asked for
    Column("reread_on", Date),  # last deep re-read
    Column("current_at", Moment),  # changes of old days are known up to here
    Column("begun_from", Date),  # the first day of a long reading that is not finished
    Column("begun_at", Moment),
    Column("buyers_from", Date),  # who bought is known from here on ...
    Column("buyers_until", Date),  # ... up to here, before the plan's first day
    Column("newest_day", Date),  # the last day with figures
    Column("advanced_on", Date),  # when it last was another one ...
    Column("looked_on", Date),  # ... and when that was last looked at
    Column("waits", Text, nullable=False, default=""),  # the last waits for a new one in days, separated by spaces
    Column("swept_on", Date),  # last read as a whole, where what it counted is remembered
    Column("earlier_from", Date),  # the days before the plan are read back to here
    Column("earlier_failed_on", Date),  # when they could not be
    UniqueConstraint("plan_id", "source"),
)

origin = Table(
    "origin",
    metadata,
    _id(),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("label", Text, nullable=False),  # the dimension values and currency in one text, for looking it up
    *(Column(dimension.value, Text, nullable=False) for dimension in Dimension),
    Column("currency", Text, nullable=False),
    UniqueConstraint("source_id", "label"),
)

purchase = Table(
    "purchase",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("buyer", Text, primary_key=True),  # a pseudonym
    Column("day", Date, primary_key=True),
    Column("origin_id", Integer, nullable=False),  # of the day's first order
    Index("ix_purchase_day", "source_id", "day"),
    sqlite_with_rowid=False,
)

reading = Table(
    "reading",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("origin_id", Integer, primary_key=True, autoincrement=False),
    *_measures(),
    sqlite_with_rowid=False,  # clustered: a window of a source is one range
)

#: measures that a source declares itself
reading_extra = Table(
    "reading_extra",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("origin_id", Integer, primary_key=True, autoincrement=False),
    Column("measure", Text, primary_key=True),
    Column("amount", BigInteger),
    sqlite_with_rowid=False,
)

#: cells that hold an unknown part
reading_unknown = Table(
    "reading_unknown",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("origin_id", Integer, primary_key=True, autoincrement=False),
    Column("measure", Text, primary_key=True),
    sqlite_with_rowid=False,
)

coverage = Table(
    "coverage",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("measures", Text, nullable=False),  # known on that day, separated by spaces
    Column("is_settled", Boolean, nullable=False),  # the source no longer changes it
    Column("is_suspect", Boolean, nullable=False),  # the last answer was not believed, and what was there is kept
    Column("fault", Text, nullable=False, default=""),  # why it was not: Fault
    Column("answer", Text, nullable=False, default=""),  # its totals, to know it again
    Column("quarantined", Text, nullable=False, default=""),  # measures stored and not believed, separated by spaces
    Column("is_accepted", Boolean, nullable=False, default=False),  # somebody looked: it is so
    Column("first_on", Date, nullable=False),  # the day taken as today when it was first collected
    Column("collected_on", Date, nullable=False),  # ... and last
    Column("collected_at", Moment, nullable=False),
    Column("quality", Text, nullable=False),  # what the source admits, separated by spaces
    sqlite_with_rowid=False,
)

#: answers that are not believed, each since it was first given
doubt = Table(
    "doubt",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("answer", Text, nullable=False),  # its totals, to know it again
    Column("since", Date, nullable=False),  # the day taken as today ...
    Column("since_at", Moment, nullable=False),  # ... and the moment
    Column("written_at", Moment),  # when the source wrote it down, where it tells
    sqlite_with_rowid=False,
)

#: the orders, refunds and the like that a day's figures hold
counted = Table(
    "counted",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("item", BigInteger, primary_key=True, autoincrement=False),  # a hash of the vendor's id
    Column("day", Date, nullable=False),
    Index("ix_counted_day", "source_id", "day"),
    sqlite_with_rowid=False,
)

#: what a source once told of its ids
known_name = Table(
    "known_name",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("item", Text, primary_key=True),  # the vendor's id
    Column("name", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: what looks wrong with a source's figures, or did
data_fault = Table(
    "data_fault",
    metadata,
    _id(),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("kind", Text, nullable=False),  # FaultKind
    Column("place", Text, nullable=False),  # the action whose figures alone it is about, or empty
    Column("against", Text, nullable=False),  # what it is compared with, or empty
    Column("measures", Text, nullable=False),  # separated by spaces, the one that shows it best first
    Column("since", Date, nullable=False),
    Column("until", Date, nullable=False),  # the day after its last one
    Column("usual", Float),
    Column("seen", Float),
    Column("found_on", Date, nullable=False),
    Column("over_on", Date),  # from this day on it is not seen any more
    Column("is_quarantined", Boolean, nullable=False),  # its days are still not believed
    Column("is_believed", Boolean, nullable=False, default=False),  # it ended as what was doubted is taken as true
    Index("data_fault_of", "source_id", "kind"),
)

#: days of an action on which a measure is not believed
quarantined_day = Table(
    "quarantined_day",
    metadata,
    Column("source_id", Integer, primary_key=True, autoincrement=False),
    Column("scope_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("measure", Text, primary_key=True),
    sqlite_with_rowid=False,
)

restatement = Table(
    "restatement",
    metadata,
    _id(),
    Column("source_id", ForeignKey("source.id"), nullable=False),
    Column("day", Date, nullable=False),
    Column("measure", Text, nullable=False),
    Column("before", BigInteger),
    Column("after", BigInteger),
    Column("seen_on", Date, nullable=False),  # the day taken as today then
    Column("seen_at", Moment, nullable=False),
    Index("restatement_of", "source_id", "day"),
)

#: an action, an objective, the plan, or what belongs to no action
scope = Table(
    "scope",
    metadata,
    _id(),
    _plan(),
    Column("scope", Text, nullable=False),  # ScopeKind
    Column("ref", Text, nullable=False),  # the id in the plan
    Column("name", Text, nullable=False),
    Column("is_active", Boolean, nullable=False),  # still in the plan
    Column("kind", Text, nullable=False),  # one-off, recurring, continuous
    Column("techniques", Text, nullable=False),
    Column("objectives", Text, nullable=False),
    Column("responsible", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("starts", Date, nullable=False),
    Column("ends", Date, nullable=False),
    Column("figures_id", Integer),  # the scope whose sums are its own: the plan's, for an objective without tracking
    UniqueConstraint("plan_id", "scope", "ref"),
)

origin_scope = Table(
    "origin_scope",
    metadata,
    Column("origin_id", Integer, primary_key=True, autoincrement=False),
    Column("scope_id", Integer, primary_key=True, autoincrement=False),
    Index("origin_scope_by_scope", "scope_id"),
    sqlite_with_rowid=False,
)

#: measures that no source can show for a scope, as its tracking looks at labels they do not carry
unobservable = Table(
    "unobservable",
    metadata,
    Column("scope_id", Integer, primary_key=True, autoincrement=False),
    Column("measure", Text, primary_key=True),
    Column("is_unseen", Boolean, nullable=False, server_default=false()),  # they could, and never have
    sqlite_with_rowid=False,
)

#: labels that a plan looks for and no figure of it has ever carried
unseen_label = Table(
    "unseen_label",
    metadata,
    Column("plan_id", Integer, primary_key=True, autoincrement=False),
    Column("label", Text, primary_key=True),  # JSON
    Column("nearest", Text, nullable=False),  # of the labels there are, or empty
    sqlite_with_rowid=False,
)

#: for each scope, breakdown and day the sums of its origins, money in the plan's currency
action_day = Table(
    "action_day",
    metadata,
    Column("scope_id", Integer, primary_key=True, autoincrement=False),
    Column("dimension", Text, primary_key=True),  # empty for the whole
    Column("day", Date, primary_key=True),
    Column("breakdown", Text, primary_key=True),
    *_measures(),
    sqlite_with_rowid=False,  # clustered: a period of a scope, as a whole or by a dimension, is one range
)

action_day_extra = Table(
    "action_day_extra",
    metadata,
    Column("scope_id", Integer, primary_key=True, autoincrement=False),
    Column("dimension", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("breakdown", Text, primary_key=True),
    Column("measure", Text, primary_key=True),
    Column("amount", BigInteger),
    sqlite_with_rowid=False,
)

#: days on which a part of a scope's measure is unknown: an empty cell, a missing rate
gap = Table(
    "gap",
    metadata,
    Column("scope_id", Integer, primary_key=True, autoincrement=False),
    Column("dimension", Text, primary_key=True),
    Column("breakdown", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("measure", Text, primary_key=True),
    sqlite_with_rowid=False,
)

#: what is known of a measure in the whole plan, in runs of days
completeness = Table(
    "completeness",
    metadata,
    Column("plan_id", Integer, primary_key=True, autoincrement=False),
    Column("measure", Text, primary_key=True),
    Column("period_start", Date, primary_key=True),
    Column("period_end", Date, nullable=False),
    Column("state", SmallInteger, nullable=False),  # Completeness
    sqlite_with_rowid=False,
)

#: days whose readings changed since action_day was last brought up to date
stale_day = Table(
    "stale_day",
    metadata,
    Column("plan_id", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    sqlite_with_rowid=False,
)

calendar = Table(
    "calendar",
    metadata,
    Column("grain", Text, primary_key=True),
    Column("period_start", Date, primary_key=True),
    Column("period_end", Date, nullable=False),
    sqlite_with_rowid=False,
)

occurrence = Table(
    "occurrence",
    metadata,
    Column("scope_id", Integer, primary_key=True, autoincrement=False),
    Column("period_start", Date, primary_key=True),
    Column("period_end", Date, nullable=False),
    sqlite_with_rowid=False,
)

kpi = Table(
    "kpi",
    metadata,
    _id(),
    _plan(),
    Column("kpi", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("formula", Text, nullable=False),
    Column("unit", Text, nullable=False),
    Column("by", Text, nullable=False),  # a dimension, or empty
    Column("is_share", Boolean, nullable=False),
    UniqueConstraint("plan_id", "kpi"),
)

kpi_measure = Table(
    "kpi_measure",
    metadata,
    Column("kpi_id", Integer, primary_key=True, autoincrement=False),
    Column("measure", Text, primary_key=True),
    sqlite_with_rowid=False,
)

#: reference rates as published: units of the currency for one euro
rate = Table(
    "rate",
    metadata,
    Column("currency", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("per_euro", Text, nullable=False),  # decimal, exact
    sqlite_with_rowid=False,
)

#: what one unit of a foreign currency was worth in the plan's on a day, and the day of the rates used
conversion = Table(
    "conversion",
    metadata,
    Column("plan_id", Integer, primary_key=True, autoincrement=False),
    Column("currency", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("factor", Float),  # NULL where no quote can tell: the money is unknown, not guessed
    Column("rate_day", Date),
    sqlite_with_rowid=False,
)

#: what was judged, as known that day; a new row only when something changed
verdict = Table(
    "verdict",
    metadata,
    _id(),
    _plan(),
    Column("scope", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("subject", Text, nullable=False),  # the target's key, or "budget"
    Column("kpi", Text, nullable=False),  # empty for a budget
    Column("breakdown", Text, nullable=False),
    Column("per", Text, nullable=False),
    Column("period_start", Date, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("phase", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("value", Float),  # of the KPI, or what is spent
    Column("target", Float),  # the bound, the lower one of two; or the budget's amount
    Column("target_high", Float),  # the upper one of two
    Column("bound", Text, nullable=False),
    Column("pace", Float),  # where the value should be by then, while the period runs
    Column("expected", Float),  # the likely end
    Column("chance", Float),  # that the promise is kept
    Column("committed", Float),
    Column("projected", Float),
    Column("unit", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("evidence", Text, nullable=False),  # JSON: the figures exactly, and the rule that spoke
    Column("digest", Text, nullable=False),  # the plan version it was judged by
    Column("judged_on", Date, nullable=False),
    Column("judged_at", Moment, nullable=False),
    Column("is_current", Boolean, nullable=False),
    Index("verdict_of", "plan_id", "scope", "ref", "subject", "period_start"),
)

verdict_sentence = Table(
    "verdict_sentence",
    metadata,
    Column("verdict_id", ForeignKey("verdict.id"), primary_key=True),
    Column("language", Text, primary_key=True),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: what a relative target is measured from, as it was first known
base_value = Table(
    "base_value",
    metadata,
    Column("plan_id", Integer, primary_key=True, autoincrement=False),
    Column("scope", Text, primary_key=True),
    Column("ref", Text, primary_key=True),
    Column("subject", Text, primary_key=True),  # the target's key
    Column("period_start", Date, primary_key=True),  # of the period it is promised for
    Column("compared_with", Text, primary_key=True),  # ComparedWith
    Column("value", Text, nullable=False),  # decimal, exact
    Column("base_start", Date, nullable=False),  # of the earlier days
    Column("base_end", Date, nullable=False),
    Column("kept_on", Date, nullable=False),  # the day taken as today then
    sqlite_with_rowid=False,
)

#: a standing problem
flag = Table(
    "flag",
    metadata,
    _id(),
    _plan(),
    Column("key", Text, nullable=False),  # what it is about: scope/ref/subject/period, no value in it
    Column("episode", Integer, nullable=False),  # one more each time it opens again
    Column("scope", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("period_start", Date),
    Column("period_end", Date),
    Column("person", Text, nullable=False),  # who is responsible
    Column("state", Text, nullable=False),  # FlagState
    Column("verdict", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("snoozed_until", Date),
    Column("note", Text, nullable=False),
    Column("confirmed", SmallInteger, nullable=False, default=0),  # days of figures in a row that showed it ...
    Column("cleared", SmallInteger, nullable=False, default=0),  # ... or did not
    Column("data_date", Date),  # the newest day of figures it was judged on
    Column("seen_on", Date),  # the last look
    Column("opened_on", Date),
    Column("is_fact", Boolean, nullable=False, default=False),
    Column(
        "shortfall", Float, nullable=False, default=0.0
    ),  # share of what was promised, the last one while it was open
    Column("level", SmallInteger, nullable=False, default=0),  # how far along the chain of persons it was told
    Column("reminded", SmallInteger, nullable=False, default=0),
    Column("frozen", Integer, nullable=False, default=0),  # days on which nothing could be told
    Column("inhibited_by", Text, nullable=False, default=""),  # the sources it waits for, separated by spaces
    Column("acknowledged_on", Date),
    Column("resolved_on", Date),
    Column("held_on", Date),
    Column("turns", Text, nullable=False, default=""),  # days of figures on which it came or went, separated by spaces
    UniqueConstraint("plan_id", "key", "episode"),
)

flag_sentence = Table(
    "flag_sentence",
    metadata,
    Column("flag_id", ForeignKey("flag.id"), primary_key=True),
    Column("language", Text, primary_key=True),
    Column("text", Text, nullable=False),
    sqlite_with_rowid=False,
)

#: each change of a flag: who, when, why
flag_change = Table(
    "flag_change",
    metadata,
    _id(),
    Column("flag_id", ForeignKey("flag.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("until", Date),  # of what was put off by hand: when it comes back
    Column("changed_at", Moment, nullable=False),
    Column("answered_on", Date),  # by a person: the day taken as today
)

#: what a person is to be told of a flag, or was
notice = Table(
    "notice",
    metadata,
    _id(),
    _plan(),
    Column("flag_id", ForeignKey("flag.id"), nullable=False),
    Column("person", Text, nullable=False),
    Column("reason", Text, nullable=False),  # Reason
    Column("is_urgent", Boolean, nullable=False),
    Column("is_quiet", Boolean, nullable=False),  # for the weekly digest alone
    Column("written_at", Moment, nullable=False),
    Column("message_id", ForeignKey("message.id")),  # the message that tells of it
    Column("posted_on", Date),  # the day that was taken as today when that message was written
    Column("is_dropped", Boolean, nullable=False),  # overtaken before anyone heard of it
    Index("notice_of_flag", "flag_id"),
    Index("notice_to_tell", "plan_id", "message_id", "is_dropped"),
)

#: the outbox: written with the change it tells of, sent at least once
message = Table(
    "message",
    metadata,
    _id(),
    _plan(),
    Column("key", Text, unique=True, nullable=False),  # the same change never makes two messages
    Column("channel", Text, nullable=False),  # empty for mail
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("recipient", Text, nullable=False),  # an address, or the channel's name
    Column("language", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("rfc_id", Text, unique=True, nullable=False),  # Message-ID, for life
    Column("thread", Text, nullable=False),  # the Message-ID that began it, or empty
    Column("state", Text, nullable=False),  # MessageState
    Column("attempts", Integer, nullable=False),
    Column("may_have_arrived", Boolean, nullable=False),  # some attempt ended without a word about it
    Column("next_at", Moment, nullable=False),
    Column("claimed_until_at", Moment),
    Column("problem", Text),
    Column("written_at", Moment, nullable=False),
    Column("sent_at", Moment),
)

#: the pictures that a message's HTML shows
message_picture = Table(
    "message_picture",
    metadata,
    Column("message_id", ForeignKey("message.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("cid", Text, nullable=False),
    Column("png", LargeBinary, nullable=False),
)
