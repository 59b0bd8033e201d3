"""Keep with an entry when somebody last found it right."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("entry", sa.Column("right_at", sa.Float(), nullable=False, server_default="0"))
