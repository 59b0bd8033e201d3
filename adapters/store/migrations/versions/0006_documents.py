"""Keep which documents entries come from."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "document",
        sa.Column("root", sa.Text(), primary_key=True, nullable=False),
        sa.Column("path", sa.Text(), primary_key=True, nullable=False),
        sa.Column("due_at", sa.Float()),
        sa.Column("body", sa.Text(), nullable=False),
    )
    op.create_index("document_due", "document", ["due_at"])
