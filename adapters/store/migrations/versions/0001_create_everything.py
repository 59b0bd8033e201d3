"""Create everything."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

WORDS_TABLE = "CREATE VIRTUAL TABLE entry_words USING fts5(title, issue, resolution, tokenize='unicode61')"
WORDS_RANK = "INSERT INTO entry_words(entry_words, rank) VALUES ('rank', 'bm25(2.0, 1.5, 1.0)')"


def _text(name: str, *, key: bool = False, empty: bool = False, unique: bool = False) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), primary_key=key, nullable=empty, unique=unique or None)


def _real(name: str, *, empty: bool = False) -> "sa.Column[float]":
    return sa.Column(name, sa.Float(), nullable=empty)


def _whole(name: str, *, key: bool = False) -> "sa.Column[int]":
    return sa.Column(name, sa.Integer(), primary_key=key, nullable=False)


TABLES: dict[str, tuple["sa.Column[str] | sa.Column[float] | sa.Column[int]", ...]] = {
    "conversation": (
        _text("key", key=True),
        _text("channel"),
        _text("platform"),
        _whole("version"),
        _real("first_at", empty=True),
        _text("title", empty=True),
        _real("ready_at", empty=True),
        _text("owner", empty=True),
        _real("lease_until"),
    ),
    "message": (
        _text("id", key=True),
        _text("channel", key=True),
        _text("conversation"),
        _real("sent_at"),
        _text("author_id"),
        _text("permalink", empty=True),
        _text("body"),
    ),
    "analyst": (
        _text("channel", key=True),
        _text("author_id", key=True),
        _real("seen_at"),
    ),
    "inbox": (
        _whole("id", key=True),
        _text("key", unique=True),
        _text("conversation"),
        _text("kind"),
        _real("at"),
        _text("body"),
        _text("state"),
        _real("ready_at"),
        _whole("attempts"),
        _text("error", empty=True),
        _real("ended_at", empty=True),
        _text("waits_for", empty=True),
    ),
    "timer": (
        _text("conversation", key=True),
        _text("kind", key=True),
        _real("due_at"),
        _whole("attempts"),
    ),
    "outbox": (
        _whole("id", key=True),
        _text("key", unique=True),
        _text("conversation"),
        _text("state"),
        _real("ready_at"),
        _whole("attempts"),
        _text("message_id", empty=True),
        _real("ended_at", empty=True),
        _text("body"),
    ),
    "tick": (
        _text("key", key=True),
        _real("begun_at"),
        _real("done_at", empty=True),
    ),
    "decision": (
        _whole("seq", key=True),
        _text("id", unique=True),
        _text("conversation"),
        _text("message_id"),
        _real("at"),
        _text("suggestion_id", empty=True),
        _text("body"),
    ),
    "suggestion": (
        _text("id", key=True),
        _text("conversation"),
        _text("channel"),
        _text("state"),
        _real("created_at"),
        _real("sent_at", empty=True),
        _text("posted_id", empty=True),
        _text("body"),
    ),
    "feedback": (
        _text("suggestion_id", key=True),
        _text("author_id", key=True),
        _real("at"),
        _text("verdict"),
        _text("body"),
    ),
    "mute": (
        _text("scope", key=True),
        _text("target", key=True),
        _text("channel"),
        _real("ends_at", empty=True),
        _text("body"),
    ),
    "channel_setting": (
        _text("channel", key=True),
        _text("name", key=True),
        _text("value"),
    ),
    "case_file": (
        _text("conversation", key=True),
        _text("channel"),
        _text("state"),
        _real("changed_at"),
        _real("teaches_at", empty=True),
        _text("card_key", empty=True),
        _whole("version"),
        _text("body"),
    ),
    "entry": (
        _whole("seq", key=True),
        _text("id", unique=True),
        _whole("version"),
        _text("confidence"),
        _real("created_at"),
        _text("content_hash"),
        _whole("vector_pending"),
        _whole("reuse_count"),
        _whole("helpful"),
        _whole("unhelpful"),
        _text("body"),
    ),
    "entry_version": (
        _text("entry_id", key=True),
        _whole("version", key=True),
        _text("body"),
    ),
    "entry_source": (
        _text("thread_id", key=True),
        _text("entry_id", key=True),
    ),
    "note": (
        _text("name", key=True),
        _text("value"),
    ),
}

INDEXES: tuple[tuple[str, str, list[str], str], ...] = (  # name, table, columns, rows
    ("conversation_first", "conversation", ["first_at", "key"], ""),
    ("conversation_held", "conversation", ["lease_until"], "lease_until > 0"),
    ("conversation_ready", "conversation", ["ready_at", "key"], ""),
    ("message_channel", "message", ["channel", "sent_at"], ""),
    ("message_permalink", "message", ["permalink"], ""),
    ("message_thread", "message", ["conversation", "sent_at", "id"], ""),
    ("inbox_dead", "inbox", ["id"], "state IN ('dead')"),
    ("inbox_done", "inbox", ["ended_at"], "state IN ('done')"),
    ("inbox_pending", "inbox", ["conversation", "at", "id"], "state IN ('pending')"),
    ("inbox_waits_for", "inbox", ["waits_for"], "waits_for IS NOT NULL"),
    ("outbox_ended", "outbox", ["ended_at"], "ended_at IS NOT NULL"),
    ("outbox_message", "outbox", ["message_id"], ""),
    ("outbox_unsent", "outbox", ["conversation", "id"], "state IN ('new', 'sending')"),
    ("decision_at", "decision", ["at"], ""),
    ("decision_message", "decision", ["conversation", "message_id", "at", "suggestion_id"], ""),
    ("suggestion_sent", "suggestion", ["channel", "sent_at"], ""),
    ("suggestion_thread", "suggestion", ["conversation", "created_at"], ""),
    ("feedback_at", "feedback", ["at"], ""),
    ("mute_channel", "mute", ["channel"], ""),
    ("case_card", "case_file", ["card_key"], ""),
    ("case_changed", "case_file", ["changed_at"], ""),
    ("case_channel", "case_file", ["channel", "changed_at"], ""),
    ("case_teaches", "case_file", ["teaches_at", "conversation"], ""),
    ("entry_content", "entry", ["content_hash"], ""),
    ("entry_created", "entry", ["created_at"], ""),
    ("entry_no_vector", "entry", ["seq"], "vector_pending = 1"),
    ("entry_source_entry", "entry_source", ["entry_id"], ""),
)


def upgrade() -> None:
    for name, made_of in TABLES.items():
        op.create_table(name, *made_of)
    for name, table, columns, rows in INDEXES:
        only = sa.text(rows) if rows else None
        op.create_index(name, table, columns, sqlite_where=only, postgresql_where=only)
    op.execute(WORDS_TABLE)
    op.execute(WORDS_RANK)
