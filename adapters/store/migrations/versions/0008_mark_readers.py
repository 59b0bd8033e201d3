"""Keep beside the words of entries who may see them."""

import json

import sqlalchemy as sa
from alembic import op

from adapters.store.dialect import WORDS_RANK, WORDS_TABLE
from adapters.store.marks import marks_of
from vigil_bot.model.knowledge import Audience

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_PAGE = sa.text(
    "SELECT w.rowid, w.title, w.issue, w.resolution, e.body FROM earlier_words AS w JOIN entry AS e ON e.seq = w.rowid"
    " WHERE w.rowid > :after ORDER BY w.rowid LIMIT 1000"
)
_ADD = sa.text(
    "INSERT INTO entry_words(rowid, title, issue, resolution, readers)"
    " VALUES (:seq, :title, :issue, :resolution, :readers)"
)


def upgrade() -> None:
    op.execute("ALTER TABLE entry_words RENAME TO earlier_words")
    op.execute(WORDS_TABLE)
    op.execute(WORDS_RANK)
    connection, after = op.get_bind(), -1
    while rows := connection.execute(_PAGE, {"after": after}).all():
        after = rows[-1][0]
        words = [dict(zip(("seq", "title", "issue", "resolution"), row[:4], strict=True)) for row in rows]
        connection.execute(_ADD, [{**one, "readers": _readers(row[4])} for one, row in zip(words, rows, strict=True)])
    op.execute("DROP TABLE earlier_words")


def _readers(body: str) -> str:
    kept = json.loads(body).get("audience") or {}
    places, guests = tuple(kept.get("channels", ())), kept.get("guests", False)
    return marks_of(Audience(workspace=kept.get("workspace", "*"), channels=places, guests=guests))
