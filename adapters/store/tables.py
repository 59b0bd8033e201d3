"""The tables. Columns hold what is searched by; the value itself stands in `body` as JSON. Times are epoch seconds.

`conversation.ready_at` is never later than the time at which the conversation has work to do, so that finding work costs
one look at one index however much is stored. It may be earlier; then claiming puts it right.
"""

from sqlalchemy import Column, Float, Index, Integer, MetaData, Table, Text, literal_column, text
from sqlalchemy.sql.elements import ColumnElement

metadata = MetaData()

conversation = Table(
    "conversation",
    metadata,
    Column("key", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("platform", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("first_at", Float),
    Column("title", Text),
    Column("ready_at", Float),
    Column("owner", Text),
    Column("lease_until", Float, nullable=False),
)
Index("conversation_ready", conversation.c.ready_at, conversation.c.key)
Index("conversation_first", conversation.c.first_at, conversation.c.key)
HELD = conversation.c.lease_until > literal_column("0")
Index("conversation_held", conversation.c.lease_until, sqlite_where=HELD, postgresql_where=HELD)

message = Table(
    "message",
    metadata,
    Column("id", Text, primary_key=True),
    Column("channel", Text, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("sent_at", Float, nullable=False),
    Column("author_id", Text, nullable=False),
    Column("permalink", Text),
    Column("body", Text, nullable=False),
)
Index("message_thread", message.c.conversation, message.c.sent_at, message.c.id)
Index("message_channel", message.c.channel, message.c.sent_at)
Index("message_permalink", message.c.permalink)

analyst = Table(
    "analyst",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("author_id", Text, primary_key=True),
    Column("seen_at", Float, nullable=False),
)


def _in(column: Column[str], *values: str) -> ColumnElement[bool]:
    """A condition with its values written out: a database can only match a partial index against constants."""
    return column.in_([literal_column(f"'{value}'") for value in values])


inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("conversation", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ready_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("ended_at", Float),
    Column("waits_for", Text),
)
PENDING = _in(inbox.c.state, "pending")
DONE = _in(inbox.c.state, "done")
DEAD = _in(inbox.c.state, "dead")
Index("inbox_pending", inbox.c.conversation, inbox.c.at, inbox.c.id, sqlite_where=PENDING, postgresql_where=PENDING)
Index("inbox_done", inbox.c.ended_at, sqlite_where=DONE, postgresql_where=DONE)
Index("inbox_dead", inbox.c.id, sqlite_where=DEAD, postgresql_where=DEAD)
WAITS = inbox.c.waits_for.is_not(None)
Index("inbox_waits_for", inbox.c.waits_for, sqlite_where=WAITS, postgresql_where=WAITS)

timer = Table(
    "timer",
    metadata,
    Column("conversation", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("due_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("conversation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ready_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("message_id", Text),
    Column("ended_at", Float),
    Column("body", Text, nullable=False),
)
UNSENT = _in(outbox.c.state, "new", "sending")
ENDED = outbox.c.ended_at.is_not(None)
Index("outbox_unsent", outbox.c.conversation, outbox.c.id, sqlite_where=UNSENT, postgresql_where=UNSENT)
Index("outbox_ended", outbox.c.ended_at, sqlite_where=ENDED, postgresql_where=ENDED)
Index("outbox_message", outbox.c.message_id)

tick = Table(
    "tick",
    metadata,
    Column("key", Text, primary_key=True),
    Column("begun_at", Float, nullable=False),
    Column("done_at", Float),
)

decision = Table(
    "decision",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("conversation", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("suggestion_id", Text),
    Column("drafted", Integer, nullable=False, server_default=text("0")),
    Column("edited_at", Float),
    Column("body", Text, nullable=False),
)
DRAFTED = decision.c.drafted == literal_column("1")
Index("decision_drafted", decision.c.at, sqlite_where=DRAFTED, postgresql_where=DRAFTED)
Index("decision_message", decision.c.conversation, decision.c.message_id, decision.c.at, decision.c.suggestion_id)
Index("decision_at", decision.c.at)

suggestion = Table(
    "suggestion",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("sent_at", Float),
    Column("posted_id", Text),
    Column("body", Text, nullable=False),
)
Index("suggestion_thread", suggestion.c.conversation, suggestion.c.created_at)
Index("suggestion_sent", suggestion.c.channel, suggestion.c.sent_at)

feedback = Table(
    "feedback",
    metadata,
    Column("suggestion_id", Text, primary_key=True),
    Column("author_id", Text, primary_key=True),
    Column("at", Float, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("body", Text, nullable=False),
)
Index("feedback_at", feedback.c.at)

label = Table(
    "label",
    metadata,
    Column("record_id", Text, primary_key=True),
    Column("workspace", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("labelled_at", Float, nullable=False),
    Column("body", Text, nullable=False),
)
Index("label_workspace", label.c.workspace, label.c.at)

mute = Table(
    "mute",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("target", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("ends_at", Float),
    Column("body", Text, nullable=False),
)
Index("mute_channel", mute.c.channel)

channel_setting = Table(
    "channel_setting",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

case_file = Table(
    "case_file",
    metadata,
    Column("conversation", Text, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed_at", Float, nullable=False),
    Column("teaches_at", Float),
    Column("card_key", Text),
    Column("version", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
Index("case_changed", case_file.c.changed_at)
Index("case_channel", case_file.c.channel, case_file.c.changed_at)
Index("case_teaches", case_file.c.teaches_at, case_file.c.conversation)
Index("case_card", case_file.c.card_key)

entry = Table(
    "entry",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("version", Integer, nullable=False),
    Column("confidence", Text, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("content_hash", Text, nullable=False),
    Column("vector_pending", Integer, nullable=False),
    Column("reuse_count", Integer, nullable=False),
    Column("helpful", Integer, nullable=False),
    Column("unhelpful", Integer, nullable=False),
    Column("body", Text, nullable=False),
    Column("right_at", Float, nullable=False, server_default="0"),
)
NO_VECTOR = entry.c.vector_pending == literal_column("1")
Index("entry_content", entry.c.content_hash)
Index("entry_created", entry.c.created_at)
Index("entry_no_vector", entry.c.seq, sqlite_where=NO_VECTOR, postgresql_where=NO_VECTOR)

entry_version = Table(
    "entry_version",
    metadata,
    Column("entry_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("body", Text, nullable=False),
)

entry_source = Table(
    "entry_source",
    metadata,
    Column("thread_id", Text, primary_key=True),
    Column("entry_id", Text, primary_key=True),
)
Index("entry_source_entry", entry_source.c.entry_id)

spending = Table(
    "spending",
    metadata,
    Column("day", Text, primary_key=True),
    Column("scope", Text, primary_key=True),
    Column("tokens", Integer, nullable=False),
    Column("cost", Float, nullable=False),
)

watch_rule = Table(
    "watch_rule",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

watch_mute = Table(
    "watch_mute",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("body", Text, nullable=False),
)

watch_alert = Table(  # the newest alert of each rule, where it is silent after one
    "watch_alert",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("rule", Text, primary_key=True),
    Column("at", Float, nullable=False),
    Column("body", Text, nullable=False),
)

watched = Table(
    "watched",
    metadata,
    Column("id", Text, primary_key=True),
    Column("conversation", Text, nullable=False),
    Column("message_id", Text, nullable=False),
    Column("at", Float, nullable=False),
    Column("body", Text, nullable=False),
)
Index("watched_message", watched.c.conversation, watched.c.message_id)

note = Table(
    "note",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
