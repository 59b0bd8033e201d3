"""Watch rules made in chat, and what came of rules: fits `vigil_bot.ports.watching.Watches`."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, or_, select

from adapters.store import codec, outbox
from adapters.store.database import Database, Session
from adapters.store.dialect import insert
from adapters.store.tables import message as messages
from adapters.store.tables import watch_alert, watch_mute, watch_rule, watched
from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.watch import RuleMute, Standing, Watched, WatchOutcome, WatchRule
from vigil_bot.model.work import PostState

_in_channel = watch_rule.c.channel == bindparam("channel")
_RULES = select(watch_rule.c.body).where(_in_channel).order_by(watch_rule.c.name)
_new_rule = insert(watch_rule)
_PUT_RULE = _new_rule.on_conflict_do_update(index_elements=["channel", "name"], set_={"body": _new_rule.excluded.body})
_REMOVE_RULE = delete(watch_rule).where(_in_channel, watch_rule.c.name == bindparam("name"))
_MUTES = select(watch_mute.c.body).where(watch_mute.c.channel == bindparam("channel")).order_by(watch_mute.c.name)
_new_mute = insert(watch_mute)
_PUT_MUTE = _new_mute.on_conflict_do_update(index_elements=["channel", "name"], set_={"body": _new_mute.excluded.body})
_END_MUTE = delete(watch_mute).where(
    watch_mute.c.channel == bindparam("channel"), watch_mute.c.name == bindparam("name")
)
_ALERTS = (
    select(watch_alert.c.body)
    .where(or_(watch_alert.c.scope == bindparam("scope"), watch_alert.c.scope == bindparam("channel")))
    .order_by(watch_alert.c.at.desc(), watch_alert.c.rule)
)
_new_alert = insert(watch_alert)
_PUT_ALERT = _new_alert.on_conflict_do_update(
    index_elements=["scope", "rule"],
    set_={"at": _new_alert.excluded.at, "body": _new_alert.excluded.body},
    where=watch_alert.c.at <= _new_alert.excluded.at,
)
_ADD = insert(watched).on_conflict_do_nothing()
_ON_MESSAGE = (
    select(watched.c.body)
    .where(watched.c.conversation == bindparam("conversation"), watched.c.message_id == bindparam("message_id"))
    .order_by(watched.c.at, watched.c.id)
)
_SAID = (
    select(messages.c.body)
    .where(messages.c.channel == bindparam("channel"), messages.c.sent_at >= bindparam("since"))
    .order_by(messages.c.sent_at.desc(), messages.c.id.desc())
    .limit(bindparam("limit"))
)
_WROTE = (
    select(messages.c.id)
    .where(messages.c.channel == bindparam("channel"), messages.c.author_id == bindparam("author_id"))
    .limit(1)
)


def add(session: Session, receipts: Sequence[Watched]) -> None:
    """Store what came of rules; of an alert also that it is the newest."""
    session.write_many(_ADD, [_row(one) for one in receipts])
    raised = [one for one in receipts if one.outcome is WatchOutcome.ALERTED]
    session.write_many(
        _PUT_ALERT,
        [{"scope": one.scope, "rule": one.rule, "at": one.at, "body": codec.WATCHED.encode(one)} for one in raised],
    )


class SqlWatches:
    """Rules, their mutes, and their receipts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rules(self, channel: ConversationRef) -> list[WatchRule]:
        """Return the rules made in a channel, by name."""
        return await self._database.run(lambda session: _rules(session, codec.key_of(channel.channel)))

    async def put_rule(self, channel: ConversationRef, rule: WatchRule) -> None:
        """Keep a rule, replacing one of the same name."""
        row = {"channel": codec.key_of(channel.channel), "name": rule.name, "body": codec.WATCH_RULE.encode(rule)}
        await self._database.run(lambda session: session.write(_PUT_RULE, **row))

    async def remove_rule(self, channel: ConversationRef, name: str) -> bool:
        """Forget a rule and its mute; False if there was none."""
        named = {"channel": codec.key_of(channel.channel), "name": name}

        def remove(session: Session) -> bool:
            session.write(_END_MUTE, **named)
            return session.write(_REMOVE_RULE, **named) > 0

        return await self._database.run(remove)

    async def mute_rule(self, channel: ConversationRef, mute: RuleMute) -> None:
        """Silence a rule, wherever it was made."""
        row = {"channel": codec.key_of(channel.channel), "name": mute.rule, "body": codec.RULE_MUTE.encode(mute)}
        await self._database.run(lambda session: session.write(_PUT_MUTE, **row))

    async def unmute_rule(self, channel: ConversationRef, name: str) -> bool:
        """End the silence of a rule; False if there was none."""
        named = {"channel": codec.key_of(channel.channel), "name": name}
        return await self._database.run(lambda session: session.write(_END_MUTE, **named) > 0)

    async def standing(self, ref: ConversationRef) -> Standing:
        """Return what holds for a thread, read in one transaction; alerts are the newest of each rule there and in its channel."""
        return await self._database.run(lambda session: _standing(session, ref))

    async def said(self, channel: ConversationRef, *, since: float, limit: int) -> list[Message]:
        """Return the newest messages of a channel since then, oldest first, deleted ones too."""
        key = codec.key_of(channel.channel)
        rows = await self._database.run(lambda session: session.rows(_SAID, channel=key, since=since, limit=limit))
        return [codec.MESSAGE.decode(body) for (body,) in reversed(rows)]

    async def present(self, channel: ConversationRef, person_ids: Sequence[str]) -> set[str]:
        """Return which of these people have written in a channel."""
        key = codec.key_of(channel.channel)

        def wrote(session: Session) -> set[str]:
            return {one for one in person_ids if session.row(_WROTE, channel=key, author_id=one) is not None}

        return await self._database.run(wrote)

    async def watched_on(self, conversation: str, message_id: str) -> list[Watched]:
        """Return the receipts of the rules that matched a message, oldest first."""
        rows = await self._database.run(
            lambda session: session.rows(_ON_MESSAGE, conversation=conversation, message_id=message_id)
        )
        return [codec.WATCHED.decode(body) for (body,) in rows]

    async def deliveries(self, keys: Sequence[str]) -> dict[str, PostState]:
        """Return how far the calls with these keys have come."""

        def read(session: Session) -> dict[str, PostState]:
            posts = (outbox.get(session, key) for key in keys)
            return {post.key: post.state for post in posts if post is not None}

        return await self._database.run(read)


def _rules(session: Session, channel: str) -> list[WatchRule]:
    return [codec.WATCH_RULE.decode(body) for (body,) in session.rows(_RULES, channel=channel)]


def _standing(session: Session, ref: ConversationRef) -> Standing:
    channel = codec.key_of(ref.channel)
    return Standing(
        rules=tuple(_rules(session, channel)),
        mutes=tuple(codec.RULE_MUTE.decode(body) for (body,) in session.rows(_MUTES, channel=channel)),
        alerts=tuple(
            codec.WATCHED.decode(body) for (body,) in session.rows(_ALERTS, scope=codec.key_of(ref), channel=channel)
        ),
    )


def _row(one: Watched) -> dict[str, object]:
    return {
        "id": one.id,
        "conversation": one.conversation,
        "message_id": one.message_id,
        "at": one.at,
        "body": codec.WATCHED.encode(one),
    }
