"""Entries as JSON Lines, in and out; pure."""

import hashlib
import json
from dataclasses import replace
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from vigil_bot.model.knowledge import Audience, Confidence, EvidenceClass, KnowledgeEntry, Source

_MAX_SHOWN = 180


def _or_empty(value: object) -> object:
    return "" if value is None else value


def _or_none_listed(value: object) -> object:
    return () if value is None else value


_Text = Annotated[str, BeforeValidator(_or_empty)]
_Texts = Annotated[tuple[str, ...], BeforeValidator(_or_none_listed)]


class _SourceLine(BaseModel):
    model_config = ConfigDict(extra="ignore")

    thread_id: str | None = None
    message_ids: _Texts = ()
    permalink: str | None = None
    evidence: EvidenceClass = EvidenceClass.IMPORTED


class _AudienceLine(BaseModel):
    model_config = ConfigDict(extra="ignore")

    workspace: str = "*"
    channels: _Texts = ()
    guests: bool = False


class _EntryLine(BaseModel):
    """A line of the file; only issue and resolution are required, and an empty issue is the title's."""

    model_config = ConfigDict(extra="ignore")

    issue: str
    resolution: str
    id: str | None = Field(default=None, min_length=1, max_length=200)
    title: _Text = ""
    environment: _Text = ""
    cause: str | None = None
    confidence: Confidence = Confidence.NOT_VALIDATED
    audience: _AudienceLine | None = None
    sources: Annotated[tuple[_SourceLine, ...], BeforeValidator(_or_none_listed)] = ()
    created_at: float | None = Field(default=None, ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if not (self.issue or self.title):
            raise ValueError("issue and title are both empty")
        return self


def parse_line(line: bytes) -> KnowledgeEntry:
    """Return the entry of a line. Raises ValidationError."""
    return _entry(_EntryLine.model_validate_json(line))


def entry_line(entry: KnowledgeEntry) -> str:
    """Return what anybody may read of an entry as one line of JSON; `parse_line` reads it back."""
    return json.dumps(_fields(entry), ensure_ascii=False)


def content_hash(entry: KnowledgeEntry) -> str:
    """Return what tells an entry from one with other content."""
    canonical = json.dumps(_fields(entry), ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()


def stamped(entry: KnowledgeEntry) -> KnowledgeEntry:
    """Return an entry with its content hash and, if it has no id, one made of its content."""
    digest = content_hash(entry)
    return replace(entry, id=entry.id or f"k-{digest[:16]}", content_hash=digest)


def _entry(line: _EntryLine) -> KnowledgeEntry:
    audience = line.audience or _AudienceLine()
    return stamped(
        KnowledgeEntry(
            id=line.id or "",
            issue=line.issue or line.title,
            resolution=line.resolution,
            title=line.title,
            environment=line.environment,
            cause=line.cause,
            confidence=line.confidence,
            audience=Audience(workspace=audience.workspace, channels=audience.channels, guests=audience.guests),
            sources=tuple(
                Source(thread_id=s.thread_id, message_ids=s.message_ids, permalink=s.permalink, evidence=s.evidence)
                for s in line.sources
            ),
            created_at=line.created_at or 0.0,
        )
    )


def _fields(entry: KnowledgeEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "title": entry.title,
        "issue": entry.issue,
        "environment": entry.environment,
        "resolution": entry.resolution,
        "cause": entry.cause,
        "confidence": entry.confidence.value,
        "audience": _audience(entry.audience),
        "sources": [
            {
                "permalink": source.permalink,
                "thread_id": source.thread_id,
                "message_ids": list(source.message_ids),
                "evidence": source.evidence.value,
            }
            for source in entry.sources
        ],
        "created_at": entry.created_at,
    }


def _audience(audience: Audience) -> dict[str, object]:
    guests = {"guests": True} if audience.guests else {}
    return {"workspace": audience.workspace, "channels": list(audience.channels), **guests}


def fault(error: ValidationError) -> str:
    """Say what is wrong without repeating what stands there."""
    first = error.errors(include_input=False, include_url=False)[0]
    place, message = ".".join(str(part) for part in first["loc"]), first["msg"]
    if first["type"] == "value_error":
        return message.removeprefix("Value error, ")
    if not place:
        return f"not a JSON object ({message.split(':')[0]})"
    return f"{place}: {message[:1].lower()}{message[1:]}"[:_MAX_SHOWN]
