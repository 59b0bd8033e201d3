"""Short ways to make the values that the tests of the store are about."""

from dataclasses import replace

from vigil_bot.model.case import Case, CaseState
from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Message, Role
from vigil_bot.model.decision import Abstain, DecisionRecord, Intent, Reason, Signals
from vigil_bot.model.event import (
    ActionInvoked,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionChanged,
)
from vigil_bot.model.suggestion import Citation, Suggestion, SuggestionState
from vigil_bot.model.work import Outcome, Post, PostOp, Turn
from vigil_bot.ports.work import WorkQueue

NOW = 1_700_000_000.0
TTL_S = 30.0
CHANNEL = ConversationRef(platform="slack", workspace_id="T1", channel_id="C1")
THREAD = replace(CHANNEL, thread_id="t1")
OTHER = replace(CHANNEL, thread_id="t2")
RITA = Author(id="rita", role=Role.REQUESTER)
ANN = Author(id="ann", role=Role.ANALYST)
BOT = Author(id="vigil", kind=AuthorKind.SELF)


def message(
    message_id: str, text: str = "help", *, at: float = NOW, ref: ConversationRef = THREAD, author: Author = RITA
) -> Message:
    return Message(
        id=message_id,
        conversation=ref,
        author=author,
        text=text,
        sent_at=at,
        permalink=f"https://chat.test/{message_id}",
    )


def posted(
    message_id: str, text: str = "help", *, at: float = NOW, ref: ConversationRef = THREAD, author: Author = RITA
) -> MessagePosted:
    return MessagePosted(message=message(message_id, text, at=at, ref=ref, author=author))


def edited(message_id: str, text: str, *, at: float, author: Author = RITA) -> MessageEdited:
    return MessageEdited(message=replace(message(message_id, text, author=author), edited_at=at))


def deleted(message_id: str, *, at: float, ref: ConversationRef = THREAD) -> MessageDeleted:
    return MessageDeleted(conversation=ref, message_id=message_id, at=at)


def reacted(
    message_id: str, emoji: str = "+1", *, at: float, added: bool = True, ref: ConversationRef = THREAD
) -> ReactionChanged:
    return ReactionChanged(conversation=ref, message_id=message_id, author=RITA, emoji=emoji, added=added, at=at)


def pressed(message_id: str, *, at: float, ref: ConversationRef = THREAD) -> ActionInvoked:
    return ActionInvoked(
        id=f"press-{at}", conversation=ref, message_id=message_id, author=RITA, action="helpful", value="s1", at=at
    )


def case(*, version: int = 0, state: CaseState = CaseState.OPEN, changed_at: float = NOW) -> Case:
    return Case(conversation=THREAD.key, state=state, opened_at=NOW, changed_at=changed_at, version=version)


def receipt(
    message_id: str = "m1", *, number: int = 1, at: float = NOW, suggestion_id: str | None = None
) -> DecisionRecord:
    return DecisionRecord(
        id=f"{THREAD.key}:{message_id}#{number}",
        conversation=THREAD.key,
        message_id=message_id,
        at=at,
        decision=Abstain(reason=Reason.NOT_A_REQUEST),
        signals=Signals(intent=Intent.CHATTER),
        suggestion_id=suggestion_id,
    )


def suggestion(suggestion_id: str = "s1", *, at: float = NOW, cites: tuple[str, ...] = ("e1",)) -> Suggestion:
    return Suggestion(
        id=suggestion_id,
        conversation=THREAD.key,
        message_id="m1",
        text="Restart it.",
        citations=tuple(Citation(entry_id=cited, version=1, title="t", quote="q") for cited in cites),
        state=SuggestionState.DRAFTED,
        created_at=at,
    )


def post(key: str = "s1", *, op: PostOp = PostOp.POST, of: str | None = None, ref: ConversationRef = THREAD) -> Post:
    return Post(key=key, conversation=ref, op=op, suggestion_id=of)


async def claim_one(queue: WorkQueue, *, owner: str = "a", now: float = NOW) -> Turn:
    """Claim the one conversation that is ready."""
    [turn] = await queue.claim(owner=owner, now=now, ttl_s=TTL_S, limit=8)
    return turn


async def turn_of(queue: WorkQueue, outcome: Outcome, *, now: float = NOW, owner: str = "a") -> tuple[Post, ...]:
    """Claim the one conversation that is ready, commit an outcome, and let go; return the posts to send."""
    turn = await claim_one(queue, owner=owner, now=now)
    posts = await queue.commit(turn, outcome, now=now)
    await queue.release(turn, now=now)
    return posts
