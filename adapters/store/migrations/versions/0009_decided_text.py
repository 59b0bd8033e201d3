"""Keep with a receipt which text of its message was decided on."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_message = sa.table("message", sa.column("conversation"), sa.column("id"), sa.column("body", sa.Text))
_edited = _message.c.body.not_like('%"edited_at":null%')  # inside a value these quotes would stand behind backslashes
_SET = sa.text(
    "UPDATE decision SET edited_at = :edited_at"
    " WHERE conversation = :conversation AND message_id = :message_id AND at > :edited_at"
)


def upgrade() -> None:
    op.add_column("decision", sa.Column("edited_at", sa.Float()))
    connection = op.get_bind()
    for conversation, message_id, body in connection.execute(sa.select(_message).where(_edited)).all():
        edited_at = json.loads(body).get("edited_at")
        connection.execute(_SET, {"edited_at": edited_at, "conversation": conversation, "message_id": message_id})
