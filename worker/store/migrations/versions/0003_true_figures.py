"""Figures that are true: labels that nothing has ever carried."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add what is remembered from now on."""
    _note_unseen_labels()


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
