"""Keep watch rules, and what came of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("watch_rule", "watch_mute"):
        op.create_table(
            name,
            sa.Column("channel", sa.Text(), primary_key=True, nullable=False),
            sa.Column("name", sa.Text(), primary_key=True, nullable=False),
            sa.Column("body", sa.Text(), nullable=False),
        )
    op.create_table(
        "watch_alert",
        sa.Column("scope", sa.Text(), primary_key=True, nullable=False),
        sa.Column("rule", sa.Text(), primary_key=True, nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_table(
        "watched",
        sa.Column("id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("watched_message", "watched", ["conversation", "message_id"])
