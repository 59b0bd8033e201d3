"""The tables of the local chat: its own truth, apart from the bot's store."""

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, MetaData, String, Table, UniqueConstraint

metadata = MetaData()

channel = Table(
    "channel",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("created_at", Float, nullable=False),
)

message = Table(
    "message",
    metadata,
    Column("id", String, primary_key=True),
    Column("channel_id", ForeignKey("channel.id"), nullable=False),
    Column("thread_id", String, nullable=False),
    Column("author", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("role", String, nullable=False),
    Column("text", String, nullable=False),
    Column("ts", Float, nullable=False),
    Column("card", String),
    Column("edited_at", Float),
    Column("deleted", Boolean, nullable=False, default=False),
    Column("reader", String),
    Column("client_id", String),
    Column("key", String, unique=True),
    UniqueConstraint("channel_id", "client_id"),
    Index("message_by_time", "channel_id", "ts"),
    Index("message_by_author", "author", "ts"),
)

reaction = Table(
    "reaction",
    metadata,
    Column("message_id", ForeignKey("message.id"), primary_key=True),
    Column("emoji", String, primary_key=True),
    Column("author", String, primary_key=True),
    Column("ts", Float, nullable=False),
)

change = Table(
    "change",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("message_id", String),
    Column("body", String, nullable=False),
    Column("handed_over", Boolean, nullable=False),
    Index("change_to_hand_over", "handed_over", "seq"),
    sqlite_autoincrement=True,
)
