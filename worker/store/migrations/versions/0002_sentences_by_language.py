"""Sentences as rows by language; tables and columns by the words of the glossary."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

VIEWS = ("report_kpi", "report_action", "report_verdict", "report_budget", "report_flag", "report_coverage")
RENAMED_TABLES = {"knowledge": "completeness", "blind": "unobservable", "held_day": "quarantined_day"}
RENAMED_COLUMNS = (("coverage", "held", "quarantined"), ("data_fault", "is_held", "is_quarantined"))


def upgrade() -> None:
    """Keep every sentence there is; views that read what moves are made anew."""
    if op.get_context().dialect.name != "postgresql":
        _drop_views()  # before the tables are renamed: SQLite reads every view again at each
    for old, new in RENAMED_TABLES.items():
        op.rename_table(old, new)
    for owner in ("verdict", "flag"):
        op.create_table(
            f"{owner}_sentence",
            sa.Column(f"{owner}_id", sa.Integer(), nullable=False),
            sa.Column("language", sa.Text(), nullable=False),
            sa.Column("text", sa.Text(), nullable=False),
            sa.ForeignKeyConstraint([f"{owner}_id"], [f"{owner}.id"]),
            sa.PrimaryKeyConstraint(f"{owner}_id", "language"),
            sqlite_with_rowid=False,
        )
        for language in ("en", "fr"):
            op.execute(
                f"INSERT INTO {owner}_sentence ({owner}_id, language, text) "
                f"SELECT id, '{language}', sentence_{language} FROM {owner}"
            )
    if op.get_context().dialect.name == "postgresql":
        _let_go_of_columns()
    for table, old, new in RENAMED_COLUMNS:
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    for owner in ("verdict", "flag"):
        for language in ("en", "fr"):
            op.execute(f"ALTER TABLE {owner} DROP COLUMN sentence_{language}")


def _drop_views() -> None:
    """SQLite makes its views anew after the migration."""
    for name in sorted({*sa.inspect(op.get_bind()).get_view_names()} & {*VIEWS}):
        op.execute(f"DROP VIEW {name}")
    op.execute("DELETE FROM meta WHERE name = 'views'")


def _let_go_of_columns() -> None:
    """PostgreSQL keeps its views, for what was granted on them."""
    there = set(sa.inspect(op.get_bind()).get_view_names())
    for name, (owner, statement) in _AS_OF_NOW.items():
        if name in there:
            op.execute(f"CREATE OR REPLACE VIEW {name} AS {_with_sentences(owner, statement)}")


def _with_sentences(owner: str, statement: str) -> str:
    alias = owner[0]
    return statement.format(
        *(
            f"(SELECT text FROM {owner}_sentence WHERE {owner}_id = {alias}.id AND language = '{language}')"
            for language in ("en", "fr")
        )
    )


_VERDICTS = """FROM verdict AS v
JOIN plan AS p ON p.id = v.plan_id
JOIN scope AS s ON s.plan_id = v.plan_id AND s.scope = v.scope AND s.ref = v.ref AND s.is_active
WHERE v.is_current AND v.kpi """

#: the views that read sentences, with the columns they had
_AS_OF_NOW = {
    "report_verdict": (
        "verdict",
        """SELECT p.plan, v.scope, v.ref AS id, v.kpi, v.breakdown, v.per, v.period_start, v.period_end, v.phase,
        v.verdict, v.value, v.target, v.target_high, v.pace, v.expected, v.chance, v.bound, v.unit, v.currency, v.state,
        {} AS sentence_en, {} AS sentence_fr, v.judged_on, v.judged_at """
        + _VERDICTS
        + "<> ''",
    ),
    "report_budget": (
        "verdict",
        """SELECT p.plan, v.scope, v.ref AS id, v.per, v.period_start, v.period_end, v.verdict, v.target AS amount,
        v.value AS spent, v.committed, v.projected, v.currency, v.state,
        {} AS sentence_en, {} AS sentence_fr, v.judged_on, v.judged_at """
        + _VERDICTS
        + "= ''",
    ),
    "report_flag": (
        "flag",
        """SELECT p.plan, f.id, f.scope, f.ref AS subject_id, f.subject, f.period_start, f.period_end, f.person,
        f.state, f.verdict, {} AS sentence_en, {} AS sentence_fr, f.episode, f.opened_at, f.changed_at, f.closed_at,
        f.snoozed_until, f.note
        FROM flag AS f JOIN plan AS p ON p.id = f.plan_id WHERE f.state NOT IN ('inactive', 'pending')""",
    ),
}
