"""Read a Lark export: JSON of messages as the API im/v1/messages lists them.

Accepted are a list of items, one reply of the API ({"data": {"items": [...]}} or {"items": [...]}), a list of such replies,
or one item or reply a line. Of an item these are read: message_id, root_id, parent_id, thread_id, msg_type, create_time
(milliseconds), chat_id, sender {id, sender_type, name}, body {content}, mentions [{key, name}], deleted; and, where the
export adds them, reactions [{reaction_type {emoji_type}, operator {operator_id}, action_time}] as in the API for them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from vigil_bot.model.conversation import Attachment, Author, AuthorKind, ConversationRef, Reaction
from vigil_bot.replay.archive import Export, UnreadableFile
from vigil_bot.replay.jsonl import reason
from vigil_bot.replay.lark_text import file_name, plain
from vigil_bot.replay.thread import LAST_AT, MAX_MESSAGE_CHARS, WORKSPACE, Assembler, ReplayThread, Said, Skipped

PLATFORM = "lark"
_SNIFFED_LINES = 50
_FILES = ("image", "file", "audio", "media", "sticker")
_EMOJI = {
    "THUMBSUP": "+1",
    "ThumbsDown": "-1",
    "DONE": "white_check_mark",
    "CheckMark": "white_check_mark",
    "CrossMark": "x",
    "Pin": "pushpin",
}


class _Foreign(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, defer_build=True)


_Ms = Annotated[float, Field(ge=0, le=LAST_AT * 1000, allow_inf_nan=False)]
_Id = Annotated[str, Field(min_length=1)]
_MaybeId = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]


class _Sender(_Foreign):
    id: _MaybeId = ""
    sender_type: _MaybeId = ""
    name: _MaybeId = ""


class _Body(_Foreign):
    content: Annotated[_MaybeId, Field(max_length=MAX_MESSAGE_CHARS)] = ""


class _Mention(_Foreign):
    key: _MaybeId = ""
    name: _MaybeId = ""


class _EmojiType(_Foreign):
    emoji_type: _Id


class _Operator(_Foreign):
    operator_id: _Id


class _Reaction(_Foreign):
    reaction_type: _EmojiType
    operator: _Operator
    action_time: _Ms = 0.0


class _Item(_Foreign):
    message_id: _Id
    create_time: _Ms
    msg_type: str = "text"
    root_id: _MaybeId = ""
    parent_id: _MaybeId = ""
    thread_id: _MaybeId = ""
    chat_id: _MaybeId = ""
    sender: _Sender = _Sender()
    body: _Body = _Body()
    mentions: list[_Mention] = []
    deleted: bool = False
    reactions: list[_Reaction] = []


_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def items_of(value: JsonValue) -> list[JsonValue] | None:
    """Return the messages in a decoded JSON value, or None if it is not of an accepted shape."""
    if isinstance(value, list):
        if any(isinstance(one, dict) and "message_id" in one for one in value):
            return value
        pages = [found for one in value if (found := items_of(one)) is not None]
        return [item for page in pages for item in page] if pages else None
    if not isinstance(value, dict):
        return None
    if "message_id" in value:
        return [value]
    inner = value.get("items", value.get("data"))
    return items_of(inner) if isinstance(inner, list | dict) else None


def read(
    export: Export, *, report: Callable[[Skipped], None], platform: str = "", workspace: str = ""
) -> Iterator[ReplayThread]:
    """Return the threads of all files, by chat and time; a message outside a thread opens one of its own."""
    chats: dict[str, list[_Item]] = defaultdict(list)
    for name in export.names:
        for item in _items(export, name, report):
            if item.msg_type != "system" and not item.deleted:
                chats[item.chat_id or name].append(item)
    assembler = Assembler()
    for chat, items in sorted(chats.items()):
        items.sort(key=lambda item: (item.create_time, item.message_id))
        for root, members in _threads(items).items():
            ref = ConversationRef(
                platform=platform or PLATFORM, workspace_id=workspace or WORKSPACE, channel_id=chat, thread_id=root
            )
            yield assembler.thread(ref, (_said(item) for item in members))


def _items(export: Export, name: str, report: Callable[[Skipped], None]) -> Iterator[_Item]:
    try:
        values = _values(export.read(name), name, report)
    except (UnreadableFile, ValidationError) as error:
        why = reason(error) if isinstance(error, ValidationError) else str(error)
        report(Skipped(line=0, file=name, why=why))
        return
    found = [item for value in values for item in items_of(value) or ()]
    for number, item in enumerate(found, start=1):
        try:
            yield _Item.model_validate(item)
        except ValidationError as error:
            report(Skipped(line=number, file=name, why=reason(error)))


def _values(content: bytes, name: str, report: Callable[[Skipped], None]) -> list[JsonValue]:
    """Decode one JSON value, or one a line; of lines, a broken one is reported and left out."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return [_JSON.validate_json(content)]
    except ValidationError:
        lines = content.splitlines()
        if not any(line.rstrip().endswith(b"}") and line.startswith(b"{") for line in lines[:_SNIFFED_LINES]):
            raise
    values = []
    for number, line in enumerate(lines, start=1):
        try:
            values += [_JSON.validate_json(line)] if line.strip() else []
        except ValidationError as error:
            report(Skipped(line=number, file=name, why=reason(error)))
    return values


def _threads(items: list[_Item]) -> dict[str, list[_Item]]:
    """Group by root message; where only a thread id is given, its first message is the root."""
    firsts: dict[str, str] = {}
    threads: dict[str, list[_Item]] = defaultdict(list)
    for item in items:
        root = item.root_id or item.message_id
        if item.thread_id:
            root = firsts.setdefault(item.thread_id, root)
        threads[root].append(item)
    return threads


def _said(item: _Item) -> Said:
    is_bot = item.sender.sender_type == "app"
    author_id = item.sender.id or item.sender.sender_type or "unknown"
    attached = Attachment(id=item.message_id, name=file_name(item.body.content), media_type=item.msg_type)
    return Said(
        id=item.message_id,
        author=Author(
            id=author_id, kind=AuthorKind.BOT if is_bot else AuthorKind.HUMAN, name=item.sender.name or author_id
        ),
        text=plain(item.msg_type, item.body.content, {m.key: m.name for m in item.mentions if m.key}),
        at=item.create_time / 1000,
        reply_to=item.parent_id or item.root_id or None,
        attachments=(attached,) if item.msg_type in _FILES else (),
        reactions=tuple(
            Reaction(
                emoji=_EMOJI.get(reaction.reaction_type.emoji_type, reaction.reaction_type.emoji_type),
                author_id=reaction.operator.operator_id,
                at=reaction.action_time / 1000,
            )
            for reaction in item.reactions
        ),
    )
