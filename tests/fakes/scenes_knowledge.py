"""Threads written as scenes, as the values that the program works on."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from vigil_bot.model.case import Case, CaseState, ResolvedBy
from vigil_bot.model.conversation import Author, Conversation, ConversationRef, Message, Reaction, Role

SCENES = Path(__file__).parent.parent / "scenes"
STEP_S = 30.0
START = 1_700_000_000.0


def rows(name: str) -> list[dict[str, Any]]:
    """Return the lines of a scene file."""
    return [json.loads(line) for line in (SCENES / name).read_text(encoding="utf-8").splitlines()]


def thread_ref(thread: str, *, channel: str = "oncall", workspace: str = "T1") -> ConversationRef:
    """Return the address of a thread."""
    return ConversationRef(platform="local", workspace_id=workspace, channel_id=channel, thread_id=thread)


def thread_of(
    messages: Iterable[Mapping[str, Any]], *, ref: ConversationRef | None = None, title: str | None = None
) -> Conversation:
    """Return messages such as {"author", "text"} as a thread, half a minute apart."""
    where = ref or thread_ref("t1")
    return Conversation(
        ref=where,
        title=title,
        messages=tuple(_message(m, where, at) for at, m in enumerate(messages, 1)),
    )


def said(*lines: tuple[str, str]) -> Conversation:
    """Return (author, text) pairs as a thread; an author "r..." is the requester, "a..." an analyst."""
    roles = {"r": "requester", "a": "analyst"}
    return thread_of([{"author": a, "text": t, "role": roles.get(a[0])} for a, t in lines])


def resolved(conversation: Conversation, *, by: ResolvedBy = ResolvedBy.REQUESTER, **fields: Any) -> Case:
    """Return the resolved case of a thread."""
    at = conversation.messages[-1].sent_at
    return Case(
        conversation=conversation.ref.key,
        state=CaseState.RESOLVED,
        opened_at=conversation.messages[0].sent_at,
        changed_at=at,
        resolved_at=at,
        resolved_by=by,
        **fields,
    )


def _message(line: Mapping[str, Any], ref: ConversationRef, at: int) -> Message:
    role = line.get("role")
    return Message(
        id=line.get("id", f"m{at}"),
        conversation=ref,
        author=Author(id=line["author"], name=line.get("name", ""), role=Role(role) if role else Role.UNKNOWN),
        text=line["text"],
        sent_at=line.get("at", START + STEP_S * at),
        reply_to=line.get("reply_to"),
        reactions=tuple(Reaction(emoji=r["emoji"], author_id=r["author"], at=START) for r in line.get("reactions", ())),
    )
