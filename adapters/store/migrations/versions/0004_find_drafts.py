"""Find receipts with a draft by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("drafted", sa.Integer(), nullable=False, server_default=sa.text("0")))
    decision = sa.table("decision", sa.column("drafted", sa.Integer), sa.column("body", sa.Text))
    has_draft = decision.c.body.not_like('%"text":""%')  # inside a value these quotes would stand behind backslashes
    op.execute(sa.update(decision).where(has_draft).values(drafted=1))
    where = sa.text("drafted = 1")
    op.create_index("decision_drafted", "decision", ["at"], sqlite_where=where, postgresql_where=where)
