"""What judgements rest on beyond figures: the earlier values that relative targets are measured from."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Nothing that is stored changes its meaning."""
    _keep_base_values()


def _keep_base_values() -> None:
    op.create_table(
        "base_value",
        sa.Column("plan_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("period_start", sa.Date(), nullable=False),
        sa.Column("compared_with", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("base_start", sa.Date(), nullable=False),
        sa.Column("base_end", sa.Date(), nullable=False),
        sa.Column("kept_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("plan_id", "scope", "ref", "subject", "period_start", "compared_with"),
        sqlite_with_rowid=False,
    )
