"""What a message is made of, checked as Slack checks it: text, blocks, attachments, metadata (reference/methods/chat.postMessage)."""

import json
from collections.abc import Iterator
from typing import Any

from tests.servers.slack_parts.blocks import complaints
from tests.servers.slack_parts.calls import Arguments
from tests.servers.slack_parts.world import Json, Refused

TEXT_KEPT = 40_000  # characters, more are cut off; chat.postMessage, "Truncating content"
BLOCKS_TEXT = 13_200  # characters in all blocks: msg_blocks_too_long; the number is from slackapi/bolt-js issue 2509
MOST_ATTACHMENTS = 100
METADATA_CHARACTERS = 8_000  # metadata_too_large names no number; this is a careful guess


def parse_content(arguments: Arguments) -> Json:
    """text, blocks, attachments and metadata of a message, checked; absent ones are absent."""
    content: Json = {}
    if "text" in arguments:
        content["text"] = arguments.text("text")[:TEXT_KEPT]
    blocks = arguments.structure("blocks", "invalid_blocks_format")
    if blocks is not None:
        if not isinstance(blocks, list):
            raise Refused("invalid_blocks_format")
        if wrong := complaints(blocks):
            messages = [f"[ERROR] {one}" for one in wrong]
            raise Refused("invalid_blocks", errors=wrong, response_metadata={"messages": messages})
        if sum(len(one) for one in texts_in(blocks)) > BLOCKS_TEXT:
            raise Refused("msg_blocks_too_long")
        content["blocks"] = blocks
    attachments = arguments.structure("attachments", "invalid_attachments")
    if attachments is not None:
        content["attachments"] = _attachments(attachments)
    metadata = arguments.structure("metadata", "invalid_metadata_format")
    if metadata is not None:
        content["metadata"] = _metadata(metadata)
    return content


def _attachments(attachments: Any) -> list[Json]:
    if not isinstance(attachments, list):
        raise Refused("invalid_attachments")
    if len(attachments) > MOST_ATTACHMENTS:
        raise Refused("too_many_attachments")
    for number, one in enumerate(attachments):
        if wrong := complaints(one.get("blocks", []), at=f"/attachments/{number}/blocks"):
            raise Refused("invalid_blocks", errors=wrong)
    return [{"id": number, **one} for number, one in enumerate(attachments, 1)]


def _metadata(metadata: Any) -> Json:
    """messaging/message-metadata: event_type and event_payload; the size stands on chat.postMessage."""
    if not isinstance(metadata, dict) or (metadata and set(metadata) - {"event_type", "event_payload", "entities"}):
        raise Refused("invalid_metadata_format")
    if metadata and not (
        isinstance(metadata.get("event_type"), str) and isinstance(metadata.get("event_payload"), dict)
    ):
        raise Refused("invalid_metadata_schema")
    if len(json.dumps(metadata)) > METADATA_CHARACTERS:
        raise Refused("metadata_too_large")
    return metadata


def texts_in(part: Any) -> Iterator[str]:
    """Every text in blocks."""
    for value in part.values() if isinstance(part, dict) else part:
        if isinstance(value, dict | list):
            yield from texts_in(value)
    if isinstance(part, dict) and isinstance(part.get("text"), str):
        yield part["text"]


def text_of_blocks(blocks: list[Json]) -> str:
    """What Slack shows where no text is given: the text of the blocks."""
    texts = [b["text"]["text"] if isinstance(b.get("text"), dict) else b.get("text", "") for b in blocks]
    return " ".join(one for one in texts if one)
