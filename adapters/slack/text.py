"""The words of a Slack message as plain text, out of its markup, blocks and attachments; pure, and never raises."""

import re
from collections.abc import Callable, Iterator, Mapping

from adapters.slack.emoji import character_of
from adapters.slack.payloads import Body, at

Name = Callable[[str], str]
"""The name of a person (U, W), user group (S) or channel (C), by its id; empty where it is not known."""

MAX_TEXT = 40_000  # characters; what Slack lets a message have
MAX_DEPTH = 12  # of blocks in blocks; Slack nests them 4 deep

_MARKUP = re.compile(r"<([^<>]*)>")
_EMOJI = re.compile(r"(?<![\w:]):([a-z0-9_+'-]{1,64})(?:::skin-tone-[2-6])?:(?![\w:])")
_UNSAFE = re.compile("[\x00\ud800-\udfff]")  # what neither UTF-8 nor every database takes
_NAMED_BY = {"user": ("@", "user_id"), "usergroup": ("@", "usergroup_id"), "channel": ("#", "channel_id")}
_NOT_ALONE = {"actions", "divider", "input"}  # blocks without words of their own


def plain(message: Body, name: Name, *, blocks_first: bool) -> str:
    """Return the words of a message.

    Args:
        blocks_first: Whether the blocks are the message and its text a fallback, as programs write them. What a person
            types is in the text as a whole.
    """
    text = unmarked(at(message, "text"), name)
    blocks = _blocks(message, name, 0) if blocks_first or not text else ""
    parts = [blocks if text and _squeezed(text) in _squeezed(blocks) else "\n".join(filter(None, (text, blocks)))]
    parts += (_attachment(one, name) for one in objects(message, "attachments") if not _is_preview(one))
    return _UNSAFE.sub("\ufffd", "\n".join(filter(None, parts)))[:MAX_TEXT].strip()


def unmarked(text: str, name: Name) -> str:
    """Return text with Slack's markup resolved: mentions, links, dates, entities, emoji."""
    resolved = _MARKUP.sub(lambda found: _resolved(found[1], name), text)
    unescaped = resolved.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    return _EMOJI.sub(_emoji, unescaped)


def objects(of: Body, field: str) -> list[Body]:
    """Return the objects in a list; none where there is no list."""
    value = of.get(field)
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _resolved(inner: str, name: Name) -> str:
    target, _, label = inner.partition("|")
    if target[:1] in {"@", "#"}:
        return target[0] + (name(target[1:]) or label.lstrip("@#") or target[1:])
    if target.startswith("!subteam^"):
        group = target.removeprefix("!subteam^")
        return "@" + (name(group) or label.lstrip("@") or group)
    if target.startswith("!"):
        return label or "@" + target[1:].partition("^")[0]
    address = target.removeprefix("mailto:").removeprefix("tel:")
    return address if not label or _same_address(label, address) else f"{label} ({address})"


def _same_address(label: str, address: str) -> bool:
    return address.rstrip("/").removeprefix("https://").removeprefix("http://") in {label.rstrip("/"), label}


def _emoji(found: re.Match[str]) -> str:
    character = character_of(found[1])
    return found[0] if character == found[1] else character


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _is_preview(attachment: Body) -> bool:
    """Whether Slack made it from a link in the text; a message that somebody forwards is none."""
    has_source = bool(at(attachment, "from_url") or at(attachment, "original_url"))
    return has_source and attachment.get("is_share") is not True


def _attachment(of: Body, name: Name) -> str:
    blocks = _blocks(of, name, 0)
    title, link = unmarked(at(of, "title"), name), at(of, "title_link")
    head = [unmarked(at(of, "pretext"), name), at(of, "author_name"), f"{title} ({link})" if title and link else title]
    fields = [
        ": ".join(filter(None, (unmarked(at(one, "title"), name), unmarked(at(one, "value"), name))))
        for one in objects(of, "fields")
    ]
    body = blocks or unmarked(at(of, "text"), name)
    words = "\n".join(filter(None, [*head, body, *fields]))
    return words or unmarked(at(of, "fallback"), name)


def _blocks(of: Body, name: Name, depth: int) -> str:
    return "\n".join(filter(None, (_block(one, name, depth) for one in objects(of, "blocks"))))


def _block(block: Body, name: Name, depth: int) -> str:
    kind = at(block, "type")
    if depth > MAX_DEPTH or kind in _NOT_ALONE:
        return ""
    match kind:
        case "rich_text":
            return _lines(_rich(one, name, depth + 1) for one in objects(block, "elements"))
        case "context":
            return " ".join(filter(None, (_words(one, name) for one in objects(block, "elements"))))
        case "image" | "video":
            return _words(block.get("title"), name) or at(block, "alt_text")
        case "table":
            return _lines(_row(row, name, depth + 1) for row in _lists(block.get("rows")))
        case _:
            parts = [_words(block.get("text"), name), *(_words(one, name) for one in objects(block, "fields"))]
            return _lines(parts)


def _row(cells: list[object], name: Name, depth: int) -> str:
    return " | ".join(_words(c, name) or _block(c, name, depth) for c in cells if isinstance(c, Mapping))


def _rich(element: Body, name: Name, depth: int) -> str:
    if depth > MAX_DEPTH:
        return ""
    parts = objects(element, "elements")
    match at(element, "type"):
        case "rich_text_list":
            bullet = "1. " if at(element, "style") == "ordered" else "• "
            return _lines(bullet + _rich(one, name, depth + 1) for one in parts)
        case "rich_text_preformatted":
            return f"```\n{_inline(parts, name)}\n```"
        case "rich_text_quote":
            return "> " + _inline(parts, name).replace("\n", "\n> ")
        case _:
            return _inline(parts, name)


def _inline(parts: list[Body], name: Name) -> str:
    return "".join(_leaf(one, name) for one in parts)


def _leaf(leaf: Body, name: Name) -> str:
    kind = at(leaf, "type")
    if kind in _NAMED_BY:
        sign, field = _NAMED_BY[kind]
        return sign + (name(at(leaf, field)) or at(leaf, field))
    match kind:
        case "broadcast":
            return "@" + at(leaf, "range")
        case "emoji":
            word = at(leaf, "name")
            known = character_of(word)
            return f":{word}:" if known == word.partition("::")[0] else known
        case "link":
            address, label = at(leaf, "url"), at(leaf, "text")
            return address if not label or _same_address(label, address) else f"{label} ({address})"
        case _:
            return at(leaf, "text") or at(leaf, "value") or at(leaf, "fallback")


def _words(value: object, name: Name) -> str:
    """Return the text of a text object, or of what carries one; what is not mrkdwn is taken as it stands."""
    if isinstance(value, str):
        return unmarked(value, name)
    if not isinstance(value, Mapping):
        return ""
    text = at(value, "text") or at(value, "text", "text") or at(value, "alt_text")
    return text if at(value, "type") in {"plain_text", "raw_text"} else unmarked(text, name)


def _lines(parts: Iterator[str] | list[str]) -> str:
    return "\n".join(filter(None, parts))


def _lists(value: object) -> list[list[object]]:
    return [one for one in value if isinstance(one, list)] if isinstance(value, list) else []
