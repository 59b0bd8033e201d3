"""How an alert looks, and the calls that show it; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from vigil_bot.model.card import Block, Button, Card, CardKind, Link, LinksBlock, QuoteBlock, TextBlock
from vigil_bot.model.conversation import ConversationRef, Message
from vigil_bot.model.watch import AlertPost, Watched, WatchRule
from vigil_bot.model.work import Post, PostOp
from vigil_bot.redact import redact
from vigil_bot.texts.catalogue import Reader, said
from vigil_bot.texts.language import ENGLISH, language_of
from vigil_bot.texts.text import Text
from vigil_bot.watch.decide import Hit, Room, found_words

ALERT_TTL_S = 6 * 3600.0  # an alert that could not be sent for so long is dropped
MAX_QUOTE_CHARS = 400
MAX_LINKS = 5
_OPEN = Text("Open the thread")
_WITH_WORDS = Text("A watch rule. `/vigil why` in the thread says more.")
_WITHOUT_WORDS = Text("A watch rule. The words stay where they were written.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A rule that raised an alert: what it found, where it is shown, and the alert of it before."""

    rule: WatchRule
    hits: tuple[Hit, ...]
    room: Room
    scope: str
    last: Watched | None = None

    @property
    def key(self) -> str:
        """The same for all who find it after the same alert before, so that it is raised once."""
        after = f"{self.last.at:.6f}" if self.last else "first"
        return f"watch/{self.scope}/{self.rule.name}/{after}"


def grouped(alerts: Sequence[Alert]) -> list[list[Alert]]:
    """Return alerts about one message by where they are shown, the most urgent first: one piece of news is told once."""
    groups: dict[tuple[Room, str], list[Alert]] = {}
    for alert in sorted(alerts, key=lambda one: (one.rule.level, one.rule.name)):
        groups.setdefault((alert.room, alert.scope), []).append(alert)
    return list(groups.values())


def posts_of(alerts: Sequence[Alert], message: Message, *, now: float) -> tuple[Post, ...]:
    """Return the calls that show alerts about a message in their room."""
    first, room = alerts[0], alerts[0].room
    card, bare = alert_card(alerts, message, words=room.words), alert_card(alerts, message, words=False)
    if not room.private:
        return (_post(first.key, room, card, now=now),)
    calls = ((first.key, card, room.readers), (f"{first.key}/link", bare, room.unseen))
    return tuple(_post(key, room, shown, readers=readers, now=now) for key, shown, readers in calls if readers)


def reference(post: Post) -> AlertPost:
    """Return what a receipt keeps of a call."""
    return AlertPost(key=post.key, conversation=post.conversation.key, private=post.op is PostOp.EPHEMERAL)


def withdrawal(post: AlertPost) -> Post:
    """Return the call that takes an alert back, because its message is gone."""
    ref = ConversationRef.from_key(post.conversation)
    return Post(key=f"{post.key}/withdraw", conversation=ref, op=PostOp.DELETE, target_key=post.key)


def alert_card(alerts: Sequence[Alert], message: Message, *, words: bool) -> Card:
    """Return the card of alerts about a message, in its language; without its words where they may not be read."""
    first = alerts[0]
    blocks: list[Block] = [TextBlock(markdown=_line(one, words=words)) for one in alerts]
    if words:
        blocks.append(QuoteBlock(text=redact(message.text)[:MAX_QUOTE_CHARS]))
    blocks.append(LinksBlock(links=_links(first, message)))
    muting = Button(action="command", label=Text("Mute this rule for a day"), value=f"watch mute {first.rule.name} 1d")
    card = Card(
        kind=CardKind.NOTICE,
        title=Text("{level}: {name}", level=first.rule.level, name=first.rule.name),
        blocks=tuple(blocks),
        buttons=(muting,) if first.room.private else (),
        footer=_WITH_WORDS if words else _WITHOUT_WORDS,
    )
    return said(card, Reader(language=language_of(message.text) or ENGLISH))


def _line(alert: Alert, *, words: bool) -> str:
    found = found_words(alert.rule, alert.hits, words=words)
    return Text("**{level}** `{name}`: {found}", level=alert.rule.level, name=alert.rule.name, found=found)


def _links(alert: Alert, message: Message) -> tuple[Link, ...]:
    newest = dict.fromkeys((message, *(hit.message for hit in reversed(alert.hits))))
    seen: dict[str, Message] = {}
    for one in newest:
        seen.setdefault(one.conversation.key, one)
    note = message.conversation.channel_id
    return tuple(
        Link(title=_OPEN if number == 1 else Text("Open thread {number}", number=number), url=one.permalink, note=note)
        for number, one in enumerate(list(seen.values())[:MAX_LINKS], 1)
    )


def _post(key: str, room: Room, card: Card, *, readers: tuple[str, ...] = (), now: float) -> Post:
    return Post(
        key=key,
        conversation=room.ref,
        op=PostOp.EPHEMERAL if room.private else PostOp.POST,
        card=card,
        reader_ids=readers,
        expires_at=now + ALERT_TTL_S,
        heeds_mutes=True,
    )
