"""What a message may have in it: .../reference/im-v1/message/create_json (what is sent), .../message_content (received)."""

import json
import re
from typing import Any

from tests.servers.lark_parts.api import Asked, invalid_parameter
from tests.servers.lark_parts.cards import check_card
from tests.servers.lark_parts.world import Json, Refused, World

LIMITS = {"text": 150 * 1024, "post": 30 * 1024, "interactive": 30 * 1024}  # bytes of the request
KINDS = frozenset(
    {
        *("text", "post", "image", "file", "audio", "media", "sticker", "interactive"),
        *("share_chat", "share_user", "system"),
    }
)
KEYS = {"image": "image_key", "file": "file_key", "audio": "file_key", "media": "file_key", "sticker": "file_key"}
POST_TAGS = frozenset({"text", "a", "at", "img", "media", "emotion", "hr", "code_block", "md"})
AT = re.compile(r'<at user_id="([^"]*)">([^<]*)</at>')


def check_content(asked: Asked, kind: str, content: str) -> None:
    """Refuse content that is too long, or not of its kind."""
    if kind not in KINDS:
        raise invalid_parameter("invalid msg_type")
    if asked.size > LIMITS.get(kind, 150 * 1024):
        raise Refused(230025, "The length of the message content reaches its limit.")
    try:
        value = json.loads(content)
    except ValueError as wrong:
        raise invalid_parameter("content is not a string in json format") from wrong
    if not isinstance(value, dict):
        raise invalid_parameter("content is not a string in json format")
    if kind == "interactive":
        check_card(value)
    elif not _is(asked, kind, value):
        raise invalid_parameter("invalid message content")


def _is(asked: Asked, kind: str, value: Json) -> bool:
    match kind:
        case "text":
            return isinstance(value.get("text"), str) and bool(value["text"].strip())
        case "post":
            return _is_post(value)
        case "share_chat":
            return value.get("chat_id") in asked.world.chats
        case "share_user":
            return value.get("user_id") in asked.world.users
        case "system":
            return value.get("type") == "divider"
        case _:
            return value.get(KEYS[kind]) in asked.world.files


def _is_post(value: Json) -> bool:
    """Rich text in one or more languages, each a list of paragraphs, each a list of known elements."""
    return bool(value) and all(
        isinstance(one, dict)
        and isinstance(one.get("content"), list)
        and all(
            isinstance(line, list) and all(isinstance(e, dict) and e.get("tag") in POST_TAGS for e in line)
            for line in one["content"]
        )
        for one in value.values()
    )


def mentions_in(world: World, content: str) -> list[Json]:
    """Whom a text that the bot sends names, in the order of @_user_1, @_user_2, ...; @_all is none."""
    found: list[Json] = []
    for open_id, name in AT.findall(json.loads(content).get("text", "")):
        if open_id != "all":
            user = world.users.get(open_id)
            found.append({"key": f"@_user_{len(found) + 1}", "open_id": open_id, "name": user.name if user else name})
    return found


def stored(kind: str, content: str) -> str:
    """As the message is kept: names in a text become keys, rich text loses its languages but the first."""
    value: dict[str, Any] = json.loads(content)
    if kind == "text":
        count = 0

        def key(match: re.Match[str]) -> str:
            nonlocal count
            if match[1] == "all":
                return "@_all"
            count += 1
            return f"@_user_{count}"

        value["text"] = AT.sub(key, value["text"])
    elif kind == "post":
        value = {"title": "", **next(iter(value.values()))}
    return json.dumps(value, ensure_ascii=False)


def spoken(world: World, text: str) -> tuple[str, list[Json]]:
    """A text as people write it, with @name, as it is received: with keys, and who they stand for."""
    names = {world.app.name: world.app.open_id} | {one.name: one.open_id for one in world.users.values()}
    choice = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    mentions: list[Json] = []

    def key(match: re.Match[str]) -> str:
        if match[1] in ("all", "所有人"):
            return "@_all"
        one = {"key": f"@_user_{len(mentions) + 1}", "open_id": names[match[1]], "name": match[1]}
        mentions.append(one)
        return str(one["key"])

    return re.sub(rf"@({choice}|all|所有人)", key, text), mentions


def named(world: World, content: Json) -> tuple[Json, list[Json]]:
    """Rich text in which {"tag": "at", "user_id": a person} names people, as it is received: with keys."""
    mentions: list[Json] = []
    for line in content.get("content", []) if isinstance(content.get("content"), list) else []:
        for one in line:
            if one.get("tag") == "at" and one.get("user_id") not in ("all", "@_all"):
                open_id, name = _who(world, one["user_id"])
                one |= {"user_id": f"@_user_{len(mentions) + 1}", "user_name": name, "style": []}
                mentions.append({"key": one["user_id"], "open_id": open_id, "name": name})
    return content, mentions


def _who(world: World, reference: str) -> tuple[str, str]:
    if reference in (world.app.open_id, world.app.name):
        return world.app.open_id, world.app.name
    user = world.user(reference)
    return user.open_id, user.name
