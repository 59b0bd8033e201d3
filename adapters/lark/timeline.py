"""Cut the timeline of a busy group, where people talk across each other without replying, into conversations.

A message goes on with the conversation of the one it names, else with its author's own last one, else with the last one that was
spoken in, unless it asks something new or comes after a pause. The choice is pure; `Timeline` only remembers what was said lately.
Measured by `scripts/bench timeline`.
"""

import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass

from vigil_bot.model.conversation import Message

NAMED_S = 3600.0  # how long ago somebody may have spoken to be spoken to
OWN_S = 600.0  # how long ago somebody may have spoken to go on
GO_ON_S = 180.0  # how long ago anybody may have spoken for a short remark to go on
REMEMBERED = 300  # messages of a chat
SHORT_CHARS = 60
_ASKS = re.compile(
    r"[?？]\s*$|^\W*(?:hi|hello|hey|anyone|anybody|does any|is there|how (?:do|can|to)|what(?:'s| is)|why|where|can (?:some|any)one"
    r"|请问|有人|大家|谁|怎么|如何|为什么|求助|救命)",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"^@?([^\s:,，：@]{2,40})\s*[:,，：]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message that was placed already; name is that of its author."""

    author_id: str
    name: str
    thread_id: str
    at: float


def choose(recent: Sequence[Said], *, author_id: str, text: str, at: float) -> str | None:
    """Return the conversation that a message of the timeline goes on with; None if it begins one.

    Args:
        recent: What was said before it, oldest first.
    """
    named = _named(text)
    if named:
        spoken_to = next(
            (said for said in reversed(recent) if said.name.lower() in named and at - said.at <= NAMED_S), None
        )
        if spoken_to is not None:
            return _shared(recent, author_id, spoken_to, at=at)
    own = next((said for said in reversed(recent) if said.author_id == author_id), None)
    if own is not None and at - own.at <= OWN_S:
        return own.thread_id
    last = recent[-1] if recent else None
    goes_on = last is not None and at - last.at <= GO_ON_S and len(text) <= SHORT_CHARS and not _ASKS.search(text)
    return last.thread_id if goes_on and last is not None else None


def _shared(recent: Sequence[Said], author_id: str, spoken_to: Said, *, at: float) -> str:
    """Return the conversation that the two spoke in together last, else the last one of whom is spoken to."""
    theirs = {said.thread_id for said in recent if said.author_id == spoken_to.author_id and at - said.at <= NAMED_S}
    mine = (said.thread_id for said in reversed(recent) if said.author_id == author_id and at - said.at <= NAMED_S)
    return next((thread_id for thread_id in mine if thread_id in theirs), spoken_to.thread_id)


def _named(text: str) -> frozenset[str]:
    """Return the names at the beginning of a text, or after an @, in small letters."""
    found = {match[1].lower()} if (match := _ADDRESS.match(text.strip())) else set()
    return frozenset(found | {word.lower() for word in re.findall(r"@([^\s:,，：@]{2,40})", text)})


class Timeline:
    """Remembers who spoke where lately, chat by chat; fits `parse.ThreadOf`."""

    def __init__(self, *, chats: frozenset[str]) -> None:
        """Name the chats whose timeline is cut; "all" is every one."""
        self._chats = chats
        self._recent: defaultdict[str, deque[Said]] = defaultdict(lambda: deque(maxlen=REMEMBERED))
        self._threads: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def __call__(self, message: Message) -> str:
        """Return the thread of a message."""
        own = message.conversation.thread_id or message.id
        chat = message.conversation.channel_id
        if not self._chats & {chat, "all"}:
            return own
        threads, recent = self._threads[chat], self._recent[chat]
        if message.id in threads:
            return threads[message.id]
        if own != message.id:
            thread_id = threads.get(own, own)
        else:
            chosen = choose(recent, author_id=message.author.id, text=message.text, at=message.sent_at)
            thread_id = chosen or own
        threads[message.id] = thread_id
        if len(threads) > 2 * REMEMBERED:
            del threads[next(iter(threads))]
        recent.append(
            Said(author_id=message.author.id, name=message.author.name, thread_id=thread_id, at=message.sent_at)
        )
        return thread_id
