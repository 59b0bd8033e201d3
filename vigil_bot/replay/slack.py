"""Read a Slack export: users.json, channels.json, and a folder of day files for each channel.

The format is described in Slack's help article "How to read Slack data exports". Reactions carry no time there.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, TypeAdapter, ValidationError

from vigil_bot.model.conversation import Attachment, Author, AuthorKind, ConversationRef, Reaction
from vigil_bot.replay.archive import Export, UnreadableFile
from vigil_bot.replay.jsonl import reason
from vigil_bot.replay.slack_text import plain, text_of_blocks
from vigil_bot.replay.thread import MAX_MESSAGE_CHARS, WORKSPACE, Assembler, ReplayThread, Said, Skipped

PLATFORM = "slack"
SPOKEN = (None, "bot_message", "thread_broadcast", "file_share", "me_message")  # other subtypes are system messages
_DAY = re.compile(r"(?P<channel>[^/]+)/(?P<day>\d{4}-\d{2}-\d{2})\.jsonl?")
_DIRECTORIES = ("channels.json", "groups.json", "mpims.json", "dms.json")


class _Foreign(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, defer_build=True)


_Text = Annotated[str, BeforeValidator(lambda value: "" if value is None else value)]
_Ts = Annotated[str, Field(pattern=r"^\d{1,11}(\.\d{1,9})?$")]


class _Profile(_Foreign):
    display_name: _Text = ""
    real_name: _Text = ""


class _User(_Foreign):
    id: str
    name: _Text = ""
    real_name: _Text = ""
    is_bot: bool = False
    profile: _Profile = _Profile()


class _Channel(_Foreign):
    id: str
    name: _Text = ""


class _Reaction(_Foreign):
    name: str
    users: list[str] = []


class _File(_Foreign):
    id: _Text = ""
    name: _Text = ""
    mimetype: _Text = ""
    size: int = 0


class _Attachment(_Foreign):
    pretext: _Text = ""
    title: _Text = ""
    text: _Text = ""
    fallback: _Text = ""


class _Edited(_Foreign):
    ts: _Ts


class _Message(_Foreign):
    ts: _Ts
    type: str = "message"
    subtype: str | None = None
    user: str | None = None
    bot_id: str | None = None
    username: str | None = None
    text: Annotated[_Text, Field(max_length=MAX_MESSAGE_CHARS)] = ""
    thread_ts: _Ts | None = None
    reactions: list[_Reaction] = []
    files: list[_File] = []
    attachments: list[_Attachment] = []
    blocks: JsonValue = None
    edited: _Edited | None = None


_Item = TypeVar("_Item", bound=BaseModel)
_LIST: TypeAdapter[list[JsonValue]] = TypeAdapter(list[JsonValue])


def is_export(export: Export) -> bool:
    """Whether these are the files of a Slack export."""
    return any(_DAY.fullmatch(name) for name in export.names)


def read(
    export: Export, *, report: Callable[[Skipped], None], platform: str = "", workspace: str = ""
) -> Iterator[ReplayThread]:
    """Return the threads channel by channel; a message outside a thread opens one of its own.

    Args:
        platform: What the conversations are said to be on; "slack" if empty. workspace: likewise; "replay" if empty.
    """
    people = {user.id: user for user in _listed(export, "users.json", _User, report)}
    names = {user.id: _name(user) for user in people.values()}
    channels = {c.name or c.id: c.id for file in _DIRECTORIES for c in _listed(export, file, _Channel, report)}
    days: dict[str, list[str]] = defaultdict(list)
    for name in export.names:
        if match := _DAY.fullmatch(name):
            days[match["channel"]].append(name)
    authors: dict[str, Author] = {}
    assembler = Assembler()
    for folder, files in sorted(days.items()):
        threads: dict[str, list[Said]] = defaultdict(list)
        for message in (m for file in files for m in _listed(export, file, _Message, report) if _is_spoken(m)):
            said = _said(message, people, names, authors)
            if said is not None:
                threads[message.thread_ts or message.ts].append(said)
        for root, said_there in sorted(threads.items(), key=lambda one: (float(one[0]), one[0])):
            ref = ConversationRef(
                platform=platform or PLATFORM,
                workspace_id=workspace or WORKSPACE,
                channel_id=channels.get(folder, folder),
                thread_id=root,
            )
            yield assembler.thread(ref, sorted(said_there, key=lambda said: (said.at, said.id)))


def _listed(export: Export, name: str, model: type[_Item], report: Callable[[Skipped], None]) -> Iterator[_Item]:
    """Return the items of a file that can be read, reporting the others; nothing when there is no such file."""
    if name not in export.names:
        return
    try:
        items = _LIST.validate_json(export.read(name))
    except UnreadableFile as error:
        report(Skipped(line=0, file=name, why=str(error)))
        return
    except ValidationError as error:
        report(Skipped(line=0, file=name, why=reason(error)))
        return
    for number, item in enumerate(items, start=1):
        try:
            yield model.model_validate(item)
        except ValidationError as error:
            report(Skipped(line=number, file=name, why=reason(error)))


def _is_spoken(message: _Message) -> bool:
    return message.type == "message" and message.subtype in SPOKEN


def _name(user: _User) -> str:
    return user.profile.display_name or user.profile.real_name or user.real_name or user.name or user.id


def _said(
    given: _Message, people: Mapping[str, _User], names: Mapping[str, str], authors: dict[str, Author]
) -> Said | None:
    """Return what was said, or None for a message without words and files."""
    text = plain(given.text, names) or _other_text(given, names)
    if not text and not given.files:
        return None
    author = _author(given, people)
    return Said(
        id=given.ts,
        author=authors.setdefault(f"{author.id} {author.kind}", author),
        text=text,
        at=float(given.ts),
        reply_to=given.thread_ts if given.thread_ts != given.ts else None,
        attachments=tuple(
            Attachment(id=file.id or file.name, name=file.name, media_type=file.mimetype, size_bytes=file.size)
            for file in given.files
        ),
        reactions=tuple(
            Reaction(emoji=reaction.name.partition("::")[0], author_id=user, at=0.0)
            for reaction in given.reactions
            for user in reaction.users
        ),
    )


def _other_text(given: _Message, names: Mapping[str, str]) -> str:
    """Return the words of a message that has none but in attachments or blocks: alerts are often so."""
    lines = [
        line
        for attachment in given.attachments
        for line in ([attachment.pretext, attachment.title, attachment.text])
        if line
    ] or [attachment.fallback for attachment in given.attachments if attachment.fallback]
    return plain("\n".join(lines), names) or plain(text_of_blocks(given.blocks), names)


def _author(given: _Message, people: Mapping[str, _User]) -> Author:
    user = people.get(given.user or "")
    author_id = given.user or given.bot_id or given.username or "unknown"
    is_bot = bool(given.bot_id) or given.subtype == "bot_message" or (user is not None and user.is_bot)
    is_bot = is_bot or author_id == "USLACKBOT"
    name = _name(user) if user is not None else given.username or author_id
    return Author(id=author_id, kind=AuthorKind.BOT if is_bot else AuthorKind.HUMAN, name=name)
