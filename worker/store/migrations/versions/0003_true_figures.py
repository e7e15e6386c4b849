"""What figures that are true rest on: doubted answers, what a day holds, labels that nothing has ever carried."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Nothing that is stored changes its meaning."""
    _remember_doubts()
    _remember_what_was_counted()
    _note_unseen_labels()


def _remember_doubts() -> None:
    op.create_table(
        "doubt",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("since_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("source_id", "day"),
        sqlite_with_rowid=False,
    )
    op.add_column("data_fault", sa.Column("is_believed", sa.Boolean(), nullable=False, server_default=sa.false()))


def _remember_what_was_counted() -> None:
    op.create_table(
        "counted",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("item", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "item"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_counted_day", "counted", ["source_id", "day"])
    op.create_table(
        "known_name",
        sa.Column("source_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("source_id", "kind", "item"),
        sqlite_with_rowid=False,
    )
    op.add_column("source", sa.Column("swept_on", sa.Date(), nullable=True))


def _note_unseen_labels() -> None:
    """Every plan is attributed anew at its next pass, which finds what nothing carries."""
    op.add_column("unobservable", sa.Column("is_unseen", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "unseen_label",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("nearest", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "label"),
        sqlite_with_rowid=False,
    )
    op.execute("UPDATE plan SET attributed = NULL")
