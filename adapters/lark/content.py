"""What a Lark message says, as plain text with the files beside it; pure, and never raises whatever the JSON is."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from pydantic import JsonValue

from adapters.lark.foreign import Object, at, decoded, obj, objects, seconds, text
from vigil_bot.model.conversation import Attachment

MAX_CHARS = 100_000  # of one message; Lark sends at most 150 KB
MAX_FORWARDED = 200  # messages in one bundle
_MAX_DEPTH = 24
_WORDS = ("title", "text", "content", "label", "placeholder")  # where a card keeps what is read on it
_EVERYBODY = "all"
_PLACEHOLDER = "@_"

NameOf = Callable[[str], str]
"""Return the name of a person by open id, "" where it is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The words of a message, and what is attached."""

    text: str = ""
    files: tuple[Attachment, ...] = ()


def content_of(kind: str, content: str, *, message_id: str, mentions: Mapping[str, str]) -> Content:
    """Return what a message of a kind says.

    Args:
        content: JSON, as events and the history give it; what is not JSON is taken as it is.
        mentions: Names by their placeholders ("@_user_1").
    """
    value = decoded(content)
    if not isinstance(value, dict):
        return Content(text="" if kind in _SILENT else content.strip()[:MAX_CHARS])
    words = named(_words(kind, value), {**_names(value), **mentions})
    return Content(text=words.strip()[:MAX_CHARS], files=tuple(_files(kind, value, message_id)))


def named(words: str, mentions: Mapping[str, str]) -> str:
    """Return a text with placeholders of people replaced by @names."""
    for key in sorted(mentions, key=len, reverse=True):  # @_user_10 before @_user_1
        words = words.replace(key, f"@{mentions[key]}") if key else words
    return words.replace("@_all", f"@{_EVERYBODY}")


_SILENT = frozenset({"image", "file", "folder", "audio", "media", "sticker", "merge_forward", "system"})


def _words(kind: str, value: Object) -> str:
    if kind == "post":
        return "\n".join(_post(value))
    if kind == "todo":
        return "\n".join(_post(obj(value, "summary")))
    if kind == "interactive":
        return "\n".join(line for line in _card(value, 0) if line.strip())
    if kind in _LABELS:
        label, *keys = _LABELS[kind]
        return f"[{label} {next((found for key in keys if (found := text(value, key))), '')}]"
    return "" if kind in _SILENT else _AT.sub(r"@\1", text(value, "text"))


_LABELS = {
    "share_chat": ("group", "chat_name", "chat_id"),
    "share_user": ("contact", "user_name", "user_id"),
    "location": ("location", "name"),
    "share_calendar_event": ("event", "summary"),
    "calendar": ("event", "summary"),
    "general_calendar": ("event", "summary"),
    "vote": ("vote", "topic"),
    "video_chat": ("meeting", "topic"),
}
_AT = re.compile(r"<at\b[^<>]*>([^<>]*)</at>")  # as bots write mentions


def _post(value: Object) -> Iterator[str]:
    """Return the lines of a rich text; where it has several languages, those of the first that says something."""
    if not isinstance(at(value, "content"), list):
        versions = [one for one in value.values() if isinstance(one, dict) and "content" in one]
        value = versions[0] if versions else {}
    if title := text(value, "title").strip():
        yield title
    rows = at(value, "content")
    for row in rows if isinstance(rows, list) else ():
        line = (
            "".join(_inline(element) for element in row if isinstance(element, dict)) if isinstance(row, list) else ""
        )
        if line.strip():
            yield line.rstrip()


def _inline(element: Object) -> str:
    tag = text(element, "tag")
    if tag in _INLINE:
        return _INLINE[tag](element)
    return text(element, "text")


def _link(element: Object) -> str:
    words, href = text(element, "text"), text(element, "href")
    return f"{words} ({href})" if words and href and words != href else words or href


def _code(element: Object) -> str:
    return f"\n```{text(element, 'language').lower()}\n{text(element, 'text').rstrip()}\n```\n"


def _at(element: Object) -> str:
    """Return a mention; user_id is a placeholder, which is named later, an open id, or "all" for everybody."""
    who = text(element, "user_id")
    if who == _EVERYBODY or who.startswith(_PLACEHOLDER):
        return f"@{who.removeprefix('@')}"
    return f"@{text(element, 'user_name') or who}"


_INLINE: Mapping[str, Callable[[Object], str]] = {
    "a": _link,
    "at": _at,
    "code_block": _code,
    "emotion": lambda element: f":{text(element, 'emoji_type')}:",
    "hr": lambda _: "\n---\n",
    "img": lambda _: "",
    "media": lambda _: "",
}


def _names(value: Object) -> dict[str, str]:
    """Return the names in a rich text by their placeholders."""
    rows = at(value, "content")
    elements = (one for row in rows if isinstance(row, list) for one in row) if isinstance(rows, list) else iter(())
    ats = [one for one in elements if isinstance(one, dict) and text(one, "tag") == "at"]
    return {
        who: name
        for one in ats
        if (who := text(one, "user_id")).startswith(_PLACEHOLDER) and (name := text(one, "user_name"))
    }


def _card(value: JsonValue | Object, depth: int) -> Iterator[str]:
    """Return the lines of a card from top to bottom: header, then elements, columns and rows as they stand."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        elements = [one for one in value if isinstance(one, dict)]
        if elements and len(elements) == len(value) and all(_is_inline(one) for one in elements):
            yield "".join(_inline(one) for one in elements)
            return
        for one in value:
            yield from _card(one, depth + 1)
    elif isinstance(value, dict):
        if inner := decoded(text(value, "json_card")):  # a card of version 2, as the history wraps it
            yield from _card(inner, depth + 1)
            return
        yield from (text(value, "header", key, "content") for key in ("title", "subtitle"))
        words = next((found for key in _WORDS if (found := text(value, key))), "")
        yield _inline({**value, "text": words}) if "tag" in value else words
        for key, inner in value.items():
            if key not in ("header", "i18n_elements", "behaviors", "value", "config") and isinstance(
                inner, list | dict
            ):
                yield from _card(inner, depth + 1)


def _is_inline(element: Object) -> bool:
    return text(element, "tag") in ("text", "a", "at", "emotion", "img", "md") and isinstance(
        element.get("text", ""), str
    )


_FILE_KINDS = {"image": "image", "file": "file", "folder": "folder", "audio": "audio", "media": "video"}


def _files(kind: str, value: Object, message_id: str) -> Iterator[Attachment]:
    """Return what is attached. Its id is `<message id>/<key>`: Lark hands out a file only with the message that it came in."""
    if kind in _FILE_KINDS:
        key = text(value, "image_key" if kind == "image" else "file_key")
        yield from _file(message_id, key, _FILE_KINDS[kind], text(value, "file_name"), text(value, "file_size"))
    elif kind in ("post", "interactive"):
        for tag, key, name in _keys_in(value, 0):
            yield from _file(message_id, key, "image" if tag == "img" else "video", name, "")


def _file(message_id: str, key: str, media: str, name: str, size: str) -> Iterator[Attachment]:
    if key:
        bytes_ = int(size) if size.isascii() and size.isdigit() and len(size) < len(str(2**60)) else 0
        yield Attachment(id=f"{message_id}/{key}", name=name or media, media_type=media, size_bytes=bytes_)


def _keys_in(value: JsonValue | Object, depth: int) -> Iterator[tuple[str, str, str]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, dict):
        tag = text(value, "tag")
        if tag in ("img", "media"):
            key = text(value, "file_key") if tag == "media" else text(value, "image_key") or text(value, "img_key")
            yield tag, key, text(value, "file_name")
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _keys_in(one, depth + 1)


def unfold(items: Iterable[Object], *, message_id: str, name_of: NameOf) -> Content:
    """Return a bundle of forwarded messages as text, one "name: words" after the other, bundles inside it indented.

    Args:
        items: What the API returns for the bundle's id: the bundle and everything in it, each with upper_message_id.
    """
    inside: dict[str, list[Object]] = {}
    for item in items:
        inside.setdefault(text(item, "upper_message_id"), []).append(item)
    said = [
        (depth, item, _content(item, message_id)) for depth, item in islice(_walk(inside, message_id, 0), MAX_FORWARDED)
    ]
    lines = [f"{'  ' * depth}{_sender(item, name_of)}: {_shown(content)}".rstrip() for depth, item, content in said]
    files = tuple(file for _, _, content in said for file in content.files)
    return Content(text="\n".join(lines)[:MAX_CHARS], files=files)


def _walk(inside: Mapping[str, list[Object]], message_id: str, depth: int) -> Iterator[tuple[int, Object]]:
    if depth > _MAX_DEPTH:
        return
    for item in sorted(inside.get(message_id, ()), key=lambda one: seconds(one, "create_time")):
        yield depth, item
        own_id = text(item, "message_id")
        if text(item, "msg_type") == "merge_forward" and own_id != message_id:
            yield from _walk(inside, own_id, depth + 1)


def _content(item: Object, bundle_id: str) -> Content:
    mentions = {text(one, "key"): text(one, "name") for one in objects(item, "mentions")}
    return content_of(text(item, "msg_type"), text(item, "body", "content"), message_id=bundle_id, mentions=mentions)


def _sender(item: Object, name_of: NameOf) -> str:
    sender = text(item, "sender", "id")
    return name_of(sender) or sender or "unknown"


def _shown(content: Content) -> str:
    return content.text or "".join(f"[{file.name}]" for file in content.files)
