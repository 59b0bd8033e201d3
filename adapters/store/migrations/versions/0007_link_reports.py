"""Keep which threads report the same fault."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report",
        sa.Column("seq", sa.Integer(), primary_key=True, nullable=False),
        sa.Column("conversation", sa.Text(), nullable=False, unique=True),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("cluster_id", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("report_scope", "report", ["scope", "at"])
    op.create_index("report_newest", "report", ["scope", "seq"])
    op.create_index("report_cluster", "report", ["cluster_id", "at"])
    op.create_table(
        "cluster",
        sa.Column("id", sa.Text(), primary_key=True, nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
    )
