"""Slack's way of writing text, made plain; pure."""

import re
from collections.abc import Iterator, Mapping

from pydantic import JsonValue

_MARK = re.compile(r"<(?P<target>[@#!][^<>|\s]+|[a-z][a-z0-9+.-]*:[^<>|\n]+)(?:\|(?P<label>[^<>\n]*))?>")
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"))


def plain(text: str, names: Mapping[str, str]) -> str:
    """Return the text with people and channels by name, links as addresses, and entities as characters.

    Source: "Formatting text for app surfaces" in Slack's documentation.
    """
    text = _MARK.sub(lambda mark: _shown(mark["target"], mark["label"] or "", names), text)
    for entity, character in _ENTITIES:
        text = text.replace(entity, character)
    return text.strip()


def _shown(target: str, label: str, names: Mapping[str, str]) -> str:
    if target.startswith("@"):
        return f"@{names.get(target[1:], label or target[1:])}"
    if target.startswith("#"):
        return f"#{label or target[1:]}"
    if target.startswith("!"):
        return label or f"@{target[1:].partition('^')[0]}"
    address = target.removeprefix("mailto:")
    return f"{label} ({address})" if label and label not in address else address


def text_of_blocks(blocks: JsonValue) -> str:
    """Return the words in Block Kit blocks, a line each."""
    return "\n".join(_words(blocks))


def _words(value: JsonValue) -> Iterator[str]:
    if isinstance(value, list):
        for item in value:
            yield from _words(item)
    elif isinstance(value, dict):
        text = value.get("text")
        if isinstance(text, str) and text.strip():
            yield text.strip()
        for item in value.values():
            if isinstance(item, list | dict):
                yield from _words(item)
