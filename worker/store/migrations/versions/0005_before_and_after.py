"""The weeks before a plan, which only tell what days are like; the days of answers, which tell what came of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Of earlier answers the moment alone is known. Nothing that is stored changes its meaning."""
    op.add_column("source", sa.Column("earlier_from", sa.Date(), nullable=True))
    op.add_column("source", sa.Column("earlier_failed_on", sa.Date(), nullable=True))
    op.add_column("plan", sa.Column("counted_from", sa.Date(), nullable=True))
    op.add_column("flag_change", sa.Column("answered_on", sa.Date(), nullable=True))
