"""Who is who in a thread, and who is spoken to; pure."""

import re
from collections.abc import Container

from vigil_bot.model.case import Case
from vigil_bot.model.conversation import AuthorKind, Conversation, Message, Role

_MIN_NAME_CHARS = 2
_ADDRESS = re.compile(
    r"^\s*(?:<@(?P<id>[\w-]+)(?:\|[^>]*)?>|@(?P<at>[\w-]+(?:\.[\w-]+)*)|(?P<called>[A-Za-z0-9_][\w-]{2,38}(?=:(?:\s|$))|[\u4e00-\u9fff]{2,4}(?=[:：])))[\s,:，：]*"
)
_LABELS = frozenset(
    """
    note notes edit update ps nb fyi btw eg example examples error errors warning warn info debug trace fatal exception output input result
    results step solution solved fix fixed answer question problem issue cause reason workaround conclusion summary context background
    first second third option tip hint todo done docs doc link links see also or and then so but try run use yes no ok status version
    image images services service build command environment env volumes volume ports port networks network deploy restart config key value
    name type path file user host server client before after now today expected actual title description usage default from there this that
    """.split()  # noqa: SIM905 -- a paragraph of words is read more easily
)


def names_of(conversation: Conversation) -> tuple[str, ...]:
    """Return the names and ids of who is in a thread or called by name there, longest first, to find them when they are addressed."""
    names = _known(conversation) | _strangers(conversation)
    return tuple(sorted(names, key=lambda n: (-len(n), n)))


def elsewhere(conversation: Conversation, asker: str | None) -> frozenset[str]:
    """Return the ids of the messages that belong to a talk with somebody else, in a room where several go on at once.

    Who begins with `bob:` while bob has not spoken here goes on with him until calling the asker, or until the asker speaks. A mention
    (`@bob`) calls somebody into this talk instead.
    """
    called = _called(conversation, asker)
    others = _strangers(conversation) | {name.lower() for name in _known(conversation)}
    others -= called | _nicknames(conversation, called)
    spoke: set[str] = set()
    away: set[str] = set()
    found: set[str] = set()
    for message in said_by_people(conversation):
        author, whom = message.author.id, addressee(message)
        if author == asker:
            away.clear()
        elif whom is not None:
            (away.add if whom in others - spoke and not _mentions(message) else away.discard)(author)
        found |= {message.id} if author in away else set()
        spoke |= {author.lower(), message.author.name.lower()}
    return frozenset(found)


def addressee(message: Message) -> str | None:
    """Return the name in lower case with which a message begins, as in `bob: ...` and `@bob ...`."""
    found = _ADDRESS.match(message.text)
    name = (found["id"] or found["at"] or found["called"]) if found else None
    return name.lower() if name and name.lower() not in _LABELS else None


def requester_id(conversation: Conversation, case: Case | None) -> str | None:
    """Return who asked: the case's requester, else who began the thread."""
    if case is not None and case.requester_id is not None:
        return case.requester_id
    opener = conversation.opener
    return opener.id if opener is not None else None


def is_analyst(conversation: Conversation, message: Message) -> bool:
    """Whether the author is known to be an analyst."""
    return conversation.role_of(message.author) is Role.ANALYST


def said_by_people(conversation: Conversation) -> list[Message]:
    """Return what people wrote and still stands, oldest first."""
    return [m for m in conversation.messages if m.author.kind is AuthorKind.HUMAN and not m.deleted]


def _known(conversation: Conversation) -> set[str]:
    return {n for m in conversation.messages for n in (m.author.name, m.author.id) if len(n) >= _MIN_NAME_CHARS}


def _called(conversation: Conversation, person: str | None) -> set[str]:
    """Return the names of a person, in lower case."""
    mine = [m.author for m in conversation.messages if m.author.id == person]
    return {name.lower() for author in mine for name in (author.id, author.name)}


def _strangers(conversation: Conversation) -> set[str]:
    """Return who is called though they do not speak here; a word before a colon is a name only where people call each other so."""
    known = {name.lower() for name in _known(conversation)}
    people = said_by_people(conversation)
    callers = {m.author.id for m in people if _calls_by_colon(m, known)}
    return {
        name
        for m in people
        if (name := addressee(m)) is not None and name not in known
        if _mentions(m) or (m.author.id in callers and name.isascii())
    }


def _calls_by_colon(message: Message, known: Container[str | None]) -> bool:
    return addressee(message) in known and not _mentions(message)


def _mentions(message: Message) -> bool:
    return message.text.lstrip().startswith(("@", "<@"))


def _nicknames(conversation: Conversation, asker: set[str]) -> set[str]:
    """Return the one strange name by which somebody means the asker, whom they never call by the right one."""
    found: set[str] = set()
    people = said_by_people(conversation)
    for author in {m.author.id for m in people} - asker:
        names = {name for m in people if m.author.id == author and (name := addressee(m)) is not None}
        if len(names) == 1 and not names & asker:
            found |= names - {name.lower() for name in _known(conversation)}
    return found
