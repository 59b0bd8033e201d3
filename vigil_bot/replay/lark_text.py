"""The content of Lark messages, made plain; pure."""

import json
from collections.abc import Iterator, Mapping

from pydantic import JsonValue


def plain(msg_type: str, content: str, mentions: Mapping[str, str]) -> str:
    """Return the words of a message body, people by name; empty for a picture, a file, a sticker.

    Args:
        content: JSON, as the API gives it; what is not JSON is taken as it is.
    """
    value = _decoded(content)
    if value is None:
        return content.strip()
    if msg_type == "text":
        text = value.get("text")
        words = text if isinstance(text, str) else ""
    elif msg_type in ("post", "interactive"):
        words = "\n".join(line for line in _lines(value) if line.strip())
    else:
        words = ""
    for key in sorted(mentions, key=len, reverse=True):  # @_user_10 before @_user_1
        words = words.replace(key, f"@{mentions[key]}")
    return words.strip()


def file_name(content: str) -> str:
    """Return the name of an attached file, if the body names one."""
    name = (_decoded(content) or {}).get("file_name")
    return name if isinstance(name, str) else ""


def _decoded(content: str) -> dict[str, JsonValue] | None:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _lines(value: JsonValue) -> Iterator[str]:
    """Return the lines of a rich text or card: a list of elements in a list of rows is one line each."""
    if isinstance(value, list):
        if value and all(isinstance(one, dict) and "tag" in one and _is_inline(one) for one in value):
            yield "".join(_inline(one) for one in value if isinstance(one, dict))
            return
        for one in value:
            yield from _lines(one)
    elif isinstance(value, dict):
        for key in ("title", "content", "text"):
            text = value.get(key)
            if isinstance(text, str):
                yield text
                break
        for inner in value.values():
            if isinstance(inner, list | dict):
                yield from _lines(inner)


def _is_inline(element: dict[str, JsonValue]) -> bool:
    return not any(isinstance(inner, list | dict) for key, inner in element.items() if key != "style")


def _inline(element: dict[str, JsonValue]) -> str:
    text, href, name = (element.get(key) for key in ("text", "href", "user_name"))
    if element.get("tag") == "a" and isinstance(href, str):
        return f"{text} ({href})" if text and text != href else href
    if element.get("tag") == "at":
        return f"@{name or element.get('user_id') or ''}"
    if element.get("tag") == "code_block":
        return f"\n```\n{text}\n```\n"
    return text if isinstance(text, str) else ""
