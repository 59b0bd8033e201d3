"""Read a threads file: JSON Lines, one thread a line."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from vigil_bot.errors import InputError
from vigil_bot.model.conversation import Author, AuthorKind, ConversationRef, Reaction, Role
from vigil_bot.replay.thread import (
    LAST_AT,
    MAX_MESSAGE_CHARS,
    WORKSPACE,
    Assembler,
    ReplayThread,
    Said,
    Skipped,
)

PLATFORM = "replay"
MAX_LINE_BYTES = 64 * 1024 * 1024

_Id = Annotated[str, Field(min_length=1, max_length=1_000)]
_Time = Annotated[float, Field(ge=0, le=LAST_AT, allow_inf_nan=False)]


class _Foreign(BaseModel):
    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True, defer_build=True)


class _Reaction(_Foreign):
    emoji: _Id
    author: _Id
    ts: _Time | None = None


class _Message(_Foreign):
    id: _Id
    author: _Id
    ts: _Time
    text: Annotated[str, Field(max_length=MAX_MESSAGE_CHARS)]
    role: str | None = None
    reply_to: str | None = None
    reactions: list[_Reaction] | None = None


class _Thread(_Foreign):
    thread_id: _Id
    channel: _Id
    messages: list[_Message]
    platform: str | None = None
    workspace: str | None = None
    title: str | None = None
    closed_at: _Time | None = None
    labels: JsonValue = None


def read(
    path: Path, *, report: Callable[[Skipped], None], platform: str = "", workspace: str = ""
) -> Iterator[ReplayThread]:
    """Return the threads of a file one by one; a line that cannot be read is reported and left out.

    Args:
        platform: Used where a line names none; likewise workspace.

    Raises:
        InputError: If the file cannot be opened.
    """
    assembler = Assembler()
    authors: dict[tuple[str, str | None], Author] = {}
    try:
        stream = path.open("rb")
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    with stream:
        for number, line in _lines(stream):
            if line is None:
                report(Skipped(line=number, why=f"the line is longer than {MAX_LINE_BYTES // 2**20} MiB"))
                continue
            try:
                given = _Thread.model_validate_json(line)
            except ValidationError as error:
                report(Skipped(line=number, why=reason(error)))
                continue
            repeated = assembler.repeated
            yield _thread(given, assembler, authors, platform=platform or PLATFORM, workspace=workspace or WORKSPACE)
            if assembler.repeated > repeated:
                why = f"{assembler.repeated - repeated} messages stood there before and are taken once"
                report(Skipped(line=number, why=why, lost=False))


def reason(error: ValidationError) -> str:
    """Return what is wrong and where, without any of the content."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    told = {
        "less_than_equal": "is too large; times are epoch seconds",
        "string_too_long": f"is longer than {MAX_MESSAGE_CHARS:,} characters"
        if place.endswith("text")
        else "is too long",
        "missing": "is missing",
    }.get(first["type"], first["msg"])
    return f"{place}: {told}" if place else told


def _lines(stream: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Return the lines that are not blank with their numbers from 1; None for one that is too long to hold."""
    number = 0
    while line := stream.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := stream.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
            continue
        bare = (line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line).strip()
        if bare:
            yield number, bare


def _thread(
    given: _Thread,
    assembler: Assembler,
    authors: dict[tuple[str, str | None], Author],
    *,
    platform: str,
    workspace: str,
) -> ReplayThread:
    ref = ConversationRef(
        platform=given.platform or platform,
        workspace_id=given.workspace or workspace,
        channel_id=given.channel,
        thread_id=given.thread_id,
    )
    labels = given.labels if isinstance(given.labels, dict) else {}
    said = (_said(message, authors) for message in given.messages)
    return assembler.thread(ref, said, title=given.title or None, closed_at=given.closed_at, labels=labels)


def _said(given: _Message, authors: dict[tuple[str, str | None], Author]) -> Said:
    who = (given.author, given.role)
    if who not in authors:  # one value for each person, not for each message
        authors[who] = _author(given.author, (given.role or "").lower())
    return Said(
        id=given.id,
        author=authors[who],
        text=given.text,
        at=given.ts,
        reply_to=given.reply_to,
        reactions=tuple(
            Reaction(emoji=r.emoji.strip(":"), author_id=r.author, at=r.ts or 0.0) for r in given.reactions or ()
        ),
    )


def _author(author_id: str, role: str) -> Author:
    kind = AuthorKind.BOT if role == "bot" else AuthorKind.HUMAN
    known = Role(role) if role in (Role.REQUESTER, Role.ANALYST) else Role.UNKNOWN
    return Author(id=author_id, kind=kind, role=known, name=author_id)
